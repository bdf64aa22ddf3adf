package dev.rackplan.cost.placement;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.ActiveShare;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.List;
import java.util.Optional;

/**
 * What one layer's expert placement makes of one scenario: tokens, active experts and received
 * copies, per GPU and per domain.
 *
 * <p>Kept up to date move by move by {@link PlacementTallies}. Loads, active experts and copies to
 * domains are sums of whole numbers that a change of a few experts only adds to; copies to single
 * GPUs are counted when they are asked for, from the experts of that GPU alone. So a tally that
 * came by any sequence of changes equals a fresh one exactly.
 *
 * <p>Copies, by {@link CopyRule}: {@code PER_EXPERT} one per chosen expert; {@code PER_GPU} and
 * {@code PER_DOMAIN} one per receiving GPU, {@code PER_DOMAIN} also one per receiving domain. From
 * recorded tokens the distinct receivers are counted token by token: with S the share of home class
 * A's tokens of expert e that receiver q gets ({@link ReplicaShares}), a token with experts T sends
 * q {@code 1 - Π_{e∈T}(1 - S(e,A,q))} copies. Where only loads f are known, experts are taken as
 * independent: {@code 1 - Π_e(1 - f_e·S(e,A,q))}.
 *
 * <p>Under {@code RANK_MODULO} a sender's choice is certain, and copies are counted sender by
 * sender ({@link RankCopies}).
 *
 * <p>Left out: under {@code NEAREST} the replica choices of one token's experts are taken as
 * independent within a home class, which is exact for experts with one replica. Independence
 * between experts understates distinct receivers: with 8 of 256 equally loaded experts in 4 domains
 * it gives 0.869 for a domain, counting gives 0.904.
 */
public final class PlacementTally {
  private final ScenarioLayer routing;
  private final ShareTable table;
  private final CopyRule copyRule;
  private final int homes;
  private final GpuLoads loads;
  private final GpuCopies toGpus;
  private final DomainCopies toDomains;
  // In place of the last where a sender's choice is certain.
  private final Optional<RankCopies> byRank;
  // GPUs that changed since save(), each once.
  private final boolean[] journaled;
  private final int[] journal;
  private int journalCount;

  PlacementTally(
      ScenarioLayer routing, ShareTable table, ActiveShare activeShare, CopyRule copyRule) {
    this.routing = routing;
    this.table = table;
    this.copyRule = copyRule;
    this.homes = table.homes();
    this.byRank =
        table.rule() == DispatchRule.RANK_MODULO && copyRule != CopyRule.PER_EXPERT
            ? Optional.of(new RankCopies(routing, table, CopiesOfLoads.logsOfNone(routing)))
            : Optional.empty();
    int rows = byRank.isPresent() ? 0 : homes * table.shape().domainCount();
    this.loads = new GpuLoads(routing, table, activeShare);
    this.toGpus = new GpuCopies(routing, table, copyRule, byRank);
    this.toDomains = new DomainCopies(routing, table, copyRule, rows);
    this.journaled = new boolean[table.shape().gpuCount()];
    this.journal = new int[journaled.length];
  }

  /**
   * A tally of a whole placement, {@code replicaGpus[e]} the ascending positions of the GPUs that
   * hold expert e.
   *
   * @param routing the layer's routing
   * @param shape the stage's GPUs
   * @param dispatchRule how replicas are chosen
   * @param copyRule how often a token is sent
   * @param tokensAtOnce tokens over the whole stage that one reading of an expert serves: {@link
   *     Batch#tokensAtOnce}
   */
  public static PlacementTally of(
      ScenarioLayer routing,
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      double tokensAtOnce,
      int[][] replicaGpus) {
    return PlacementTallies.of(
            List.of(routing), shape, dispatchRule, copyRule, tokensAtOnce, replicaGpus)
        .all()
        .get(0);
  }

  /** Keeps the state for {@link #restore}. */
  void save() {
    byRank.ifPresent(RankCopies::save);
    toDomains.save();
    for (int i = 0; i < journalCount; i++) {
      journaled[journal[i]] = false;
    }
    journalCount = 0;
  }

  /** Back to the state at the last {@link #save}. */
  void restore() {
    byRank.ifPresent(RankCopies::restore);
    toDomains.restore();
    for (int i = 0; i < journalCount; i++) {
      loads.putBack(journal[i]);
      toGpus.putBack(journal[i]);
      journaled[journal[i]] = false;
    }
    journalCount = 0;
  }

  /** Counts the last change of the table, new against old. */
  void count() {
    for (int i = 0; i < table.touchedCount(); i++) {
      touch(table.touchedGpus()[i]);
    }
    loads.count();
    if (byRank.isPresent()) {
      byRank.get().count();
    } else {
      toDomains.count();
    }
  }

  private void touch(int gpu) {
    if (!journaled[gpu]) {
      journaled[gpu] = true;
      journal[journalCount++] = gpu;
      loads.keep(gpu);
      toGpus.keep(gpu);
    }
    loads.touch(gpu);
    toGpus.touch(gpu);
  }

  /** As {@link GpuLoads#addWindows}. */
  public void addWindows(int expert, double share, int sign, long[] windowLoads, int at) {
    loads.addWindows(expert, share, sign, windowLoads, at);
  }

  /** Counts active experts again, after the tokens that one reading serves have changed. */
  void recountActive() {
    loads.recountActive();
  }

  /** Windows of the sample that loads are known of; 0 where of the whole only. */
  public int windows() {
    return routing.windows();
  }

  /** As {@link ScenarioLayer#windowsComeAgain}. */
  public boolean windowsComeAgain() {
    return routing.windowsComeAgain();
  }

  /** Loads, GPU by GPU, in each window, in {@link FixedPoint} units; not to be written to. */
  public long[] windowLoads() {
    return loads.ofWindows();
  }

  /** As {@link #load}, in {@link FixedPoint} units. */
  public long fixedLoad(int gpu) {
    return loads.load(gpu);
  }

  /** Copies loads and active experts by GPU, in {@link FixedPoint} units. */
  public void copyExpertLoads(long[] load, long[] active) {
    loads.copyTo(load, active);
  }

  /** The routing this counts. */
  public ScenarioLayer routing() {
    return routing;
  }

  /** Where each expert's tokens go; changes with the tally. */
  ShareTable table() {
    return table;
  }

  /** The stage this counts for. */
  public StageShape shape() {
    return table.shape();
  }

  /** Copies rule this counts by. */
  CopyRule copyRule() {
    return copyRule;
  }

  /** (token, expert) pairs that GPU {@code gpu} computes, per token of the stage. */
  public double load(int gpu) {
    return FixedPoint.toDouble(loads.load(gpu));
  }

  /**
   * By how much the load of GPU {@code gpu} may be off on other tokens of the same traffic, as many
   * as were recorded: the standard deviation of the difference of two such samples' loads, from the
   * differences between the sections of this one ({@code s·√(2/sections)}, s their standard
   * deviation). 0 without two recorded tokens.
   */
  public double loadDeviation(int gpu) {
    return loads.deviation(gpu);
  }

  /** Experts on GPU {@code gpu} that at least one token of the micro-batch uses, expected. */
  public double activeExperts(int gpu) {
    return FixedPoint.toDouble(loads.active(gpu));
  }

  /**
   * Copies that GPU {@code gpu} receives per token that lives in domain {@code home}, other than
   * its own.
   */
  public double copiesFromOtherDomain(int home, int gpu) {
    return toGpus.copies(homes == 1 ? 0 : home, gpu);
  }

  /**
   * Copies that GPU {@code gpu} receives per token that lives in its own domain but not on itself.
   */
  public double copiesFromOwnDomain(int gpu) {
    return toGpus.copies(homes, gpu);
  }

  /**
   * Copies that GPU {@code gpu} receives per token of the stage, at most: one for each choice that
   * it serves. Drawn tokens, of which merged copies are counted, need not choose as the loads say.
   */
  public double mostCopies(int gpu) {
    return routing.drawn() && copyRule != CopyRule.PER_EXPERT ? toGpus.most(gpu) : load(gpu);
  }

  /**
   * Copies over the network to {@code domain} per token that lives in domain {@code home}, another
   * one.
   */
  public double copiesToDomain(int home, int domain) {
    if (byRank.isPresent()) {
      return byRank.get().toDomain(home, domain);
    }
    return toDomains.copies((homes == 1 ? 0 : home) * table.shape().domainCount() + domain);
  }
}
