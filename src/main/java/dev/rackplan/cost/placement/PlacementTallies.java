package dev.rackplan.cost.placement;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.ActiveShare;
import dev.rackplan.cost.operation.Batch;
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
  private final ActiveShare activeShare;
  private final List<PlacementTally> tallies = new ArrayList<>();
  private final int[] changedExperts;
  private final ReplicaShares[] formerShares;
  private int changes;

  /**
   * Tallies of no experts; give each expert its replicas with {@link #update} before reading
   * figures.
   *
   * @param scenarios the layer's routing, scenario by scenario; at least one
   * @param shape the stage's GPUs
   * @param dispatchRule how replicas are chosen
   * @param copyRule how often a token is sent
   * @param tokensAtOnce tokens over the whole stage that one reading of an expert serves: {@link
   *     Batch#tokensAtOnce}
   */
  public PlacementTallies(
      List<ScenarioLayer> scenarios,
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      double tokensAtOnce) {
    int experts = scenarios.get(0).experts();
    this.table = new ShareTable(dispatchRule, shape, experts);
    this.activeShare = new ActiveShare(tokensAtOnce, experts * scenarios.size());
    for (ScenarioLayer scenario : scenarios) {
      tallies.add(new PlacementTally(scenario, table, activeShare, copyRule));
    }
    this.changedExperts = new int[experts];
    this.formerShares = new ReplicaShares[experts];
  }

  /** Tallies of a whole placement, as {@link PlacementTally#of}. */
  public static PlacementTallies of(
      List<ScenarioLayer> scenarios,
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      double tokensAtOnce,
      int[][] replicaGpus) {
    PlacementTallies tallies =
        new PlacementTallies(scenarios, shape, dispatchRule, copyRule, tokensAtOnce);
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
   * Another number of tokens that one reading of an expert serves: active experts alone depend on
   * it.
   */
  void readFor(double tokensAtOnce) {
    activeShare.reset(tokensAtOnce);
    for (PlacementTally tally : tallies) {
      tally.recountActive();
    }
  }

  /** Where each expert's tokens go; changes with the tallies. */
  public ShareTable table() {
    return table;
  }

  public ActiveShare activeShare() {
    return activeShare;
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
