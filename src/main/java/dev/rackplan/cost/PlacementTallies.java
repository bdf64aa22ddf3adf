package dev.rackplan.cost;

import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One placement under several scenarios, each a {@link PlacementTally}: changed together, so that
 * replica choices are worked out once.
 *
 * <p>Mutable and cheap to change; one step of {@link #update} can be taken back by {@link
 * #restore}.
 */
public final class PlacementTallies {
  private final ShareTable table;
  private final List<PlacementTally> tallies = new ArrayList<>();
  private final int[] changedExperts;
  private final ReplicaShares[] formerShares;
  private int changes;
  private final double[] trialSeconds;

  /**
   * Tallies of no experts; give each expert its replicas with {@link #update} before reading
   * figures.
   *
   * @param scenarios the layer's routing, scenario by scenario; at least one
   * @param shape the stage's GPUs
   * @param dispatchRule how replicas are chosen
   * @param copyRule how often a token is sent
   * @param tokens tokens N of one micro-batch over the whole stage
   */
  public PlacementTallies(
      List<ScenarioLayer> scenarios,
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      double tokens) {
    int experts = scenarios.get(0).experts();
    this.table = new ShareTable(dispatchRule, shape, experts);
    ActiveShare activeShare = new ActiveShare(tokens);
    for (ScenarioLayer scenario : scenarios) {
      tallies.add(new PlacementTally(scenario, table, activeShare, copyRule, tokens));
    }
    this.changedExperts = new int[experts];
    this.formerShares = new ReplicaShares[experts];
    this.trialSeconds = new double[scenarios.size()];
  }

  /** Tallies of a whole placement, as {@link PlacementTally#of}. */
  public static PlacementTallies of(
      List<ScenarioLayer> scenarios,
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      double tokens,
      int[][] replicaGpus) {
    PlacementTallies tallies =
        new PlacementTallies(scenarios, shape, dispatchRule, copyRule, tokens);
    tallies.update(IntStream.range(0, replicaGpus.length).toArray(), replicaGpus);
    return tallies;
  }

  /** One tally a scenario, in their order; they follow every change. */
  public List<PlacementTally> all() {
    return tallies;
  }

  /** Gives each of the distinct {@code experts} the replicas of the same row, ascending GPUs. */
  public void update(int[] experts, int[][] replicaGpus) {
    table.change(experts, replicaGpus);
    for (int expert : experts) {
      if (changes < changedExperts.length) {
        changedExperts[changes] = expert;
        formerShares[changes++] = table.formerShares(expert);
      }
    }
    for (PlacementTally tally : tallies) {
      tally.count();
    }
  }

  /**
   * Time in s of the slowest GPU's experts, tally by tally, if {@code experts} had the replicas of
   * the same row; nothing is changed. Far cheaper than {@link #update}: no token is counted.
   *
   * @param saved whether to go by the state of the last {@link #save} instead of the present one
   * @return one time per tally; valid until the next call
   */
  public double[] expertSecondsWith(
      ExpertLayerModel model, int[] experts, int[][] replicaGpus, boolean saved) {
    ReplicaShares[] now = new ReplicaShares[experts.length];
    ReplicaShares[] next = new ReplicaShares[experts.length];
    for (int i = 0; i < experts.length; i++) {
      now[i] = saved ? savedShares(experts[i]) : table.shares(experts[i]);
      next[i] = table.sharesOf(replicaGpus[i]);
    }
    for (int t = 0; t < trialSeconds.length; t++) {
      trialSeconds[t] = tallies.get(t).expertSecondsWith(model, experts, now, next, saved);
    }
    return trialSeconds;
  }

  private ReplicaShares savedShares(int expert) {
    for (int i = 0; i < changes; i++) {
      if (changedExperts[i] == expert) {
        return formerShares[i];
      }
    }
    return table.shares(expert);
  }

  /** Keeps the state for {@link #restore}; changes until then must name each expert once. */
  public void save() {
    changes = 0;
    for (PlacementTally tally : tallies) {
      tally.save();
    }
  }

  /** Back to the state at the last {@link #save}. */
  public void restore() {
    if (changes > 0) {
      table.replace(Arrays.copyOf(changedExperts, changes), Arrays.copyOf(formerShares, changes));
    }
    changes = 0;
    for (PlacementTally tally : tallies) {
      tally.restore();
    }
  }
}
