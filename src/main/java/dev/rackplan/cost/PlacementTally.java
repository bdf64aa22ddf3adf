package dev.rackplan.cost;

import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.Arrays;
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
  // Below this the logarithm of "no copy" is cut off: e^-27 is far below one token in any sample.
  private static final double LEAST_COMPLEMENT = 0x1p-39;
  private static final double UNKNOWN = -1;

  private final ScenarioLayer routing;
  private final ShareTable table;
  private final ActiveShare activeShare;
  private final CopyRule copyRule;
  private final int homes;
  private final int gpuCount;
  private final int domainCount;

  private final long[] load;
  private final long[] active;
  // GPU by GPU, the load in each window.
  private final int windows;
  private final long[] windowLoad;
  // Row per (home class, domain).
  private final long[] domainChoices;
  private final DomainSets domainSets;
  private final long[] domainLogs;
  private final double[] domainCopiesOfLoads;
  // In place of all these where a sender's choice is certain.
  private final Optional<RankCopies> byRank;
  // GPU by GPU, a place per home class; the last one counts tokens of the receiver's own domain
  // that
  // live on another GPU.
  private final double[] gpuCopies;
  private final boolean[] counted;
  // By GPU, worked out when asked for: below 0 where it wasn't yet.
  private final double[] loadDeviation;
  private final double[] sectionLoad;

  // What save() kept: domain figures whole, GPU figures as they are touched.
  private final long[] savedDomainChoices;
  private final long[] savedDomainLogs;
  private final double[] savedDomainCopiesOfLoads;
  private final long[] savedLoad;
  private final long[] savedActive;
  private final long[] savedWindowLoad;
  private final double[] savedGpuCopies;
  private final boolean[] savedCounted;
  private final double[] savedLoadDeviation;
  private final boolean[] journaled;
  private final int[] journal;
  private int journalCount;

  // Scratch: tokens that surely send a copy, those that may, and of each its chance to send none.
  private final long[] surely;
  private final long[] perhaps;
  private final double[] noCopy;

  PlacementTally(
      ScenarioLayer routing, ShareTable table, ActiveShare activeShare, CopyRule copyRule) {
    this.routing = routing;
    this.table = table;
    this.activeShare = activeShare;
    this.copyRule = copyRule;
    this.homes = table.homes();
    this.gpuCount = table.shape().gpuCount();
    this.domainCount = table.shape().domainCount();
    this.load = new long[gpuCount];
    this.active = new long[gpuCount];
    this.windows = routing.windows();
    this.windowLoad = new long[windows * gpuCount];
    this.savedWindowLoad = new long[windowLoad.length];
    this.byRank =
        table.rule() == DispatchRule.RANK_MODULO && copyRule != CopyRule.PER_EXPERT
            ? Optional.of(new RankCopies(routing, table, logsOfNone(routing)))
            : Optional.empty();
    int rows = byRank.isPresent() ? 0 : homes * domainCount;
    this.domainChoices = new long[copyRule == CopyRule.PER_EXPERT ? rows : 0];
    this.domainSets = new DomainSets(routing, table, copyRule == CopyRule.PER_EXPERT ? 0 : rows);
    this.domainLogs = new long[routing.loadProfiles() * rows];
    this.domainCopiesOfLoads = new double[routing.loadProfiles() == 0 ? 0 : rows];
    this.gpuCopies = new double[(homes + 1) * gpuCount];
    this.counted = new boolean[gpuCount];
    this.loadDeviation = new double[gpuCount];
    this.savedLoadDeviation = new double[gpuCount];
    Arrays.fill(loadDeviation, UNKNOWN);
    this.sectionLoad = new double[routing.sections()];
    this.savedDomainChoices = new long[domainChoices.length];
    this.savedDomainLogs = new long[domainLogs.length];
    this.savedDomainCopiesOfLoads = new double[domainCopiesOfLoads.length];
    this.savedLoad = new long[gpuCount];
    this.savedActive = new long[gpuCount];
    this.savedGpuCopies = new double[gpuCopies.length];
    this.savedCounted = new boolean[gpuCount];
    this.journaled = new boolean[gpuCount];
    this.journal = new int[gpuCount];
    this.surely = new long[copyRule == CopyRule.PER_EXPERT ? 0 : routing.tokenSets().words()];
    this.perhaps = new long[surely.length];
    this.noCopy = new double[routing.tokens()];
    Arrays.fill(noCopy, 1);
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
    domainSets.save();
    System.arraycopy(domainChoices, 0, savedDomainChoices, 0, domainChoices.length);
    System.arraycopy(domainLogs, 0, savedDomainLogs, 0, domainLogs.length);
    System.arraycopy(
        domainCopiesOfLoads, 0, savedDomainCopiesOfLoads, 0, domainCopiesOfLoads.length);
    for (int i = 0; i < journalCount; i++) {
      journaled[journal[i]] = false;
    }
    journalCount = 0;
  }

  /** Back to the state at the last {@link #save}. */
  void restore() {
    byRank.ifPresent(RankCopies::restore);
    domainSets.restore();
    System.arraycopy(savedDomainChoices, 0, domainChoices, 0, domainChoices.length);
    System.arraycopy(savedDomainLogs, 0, domainLogs, 0, domainLogs.length);
    System.arraycopy(
        savedDomainCopiesOfLoads, 0, domainCopiesOfLoads, 0, domainCopiesOfLoads.length);
    for (int i = 0; i < journalCount; i++) {
      int gpu = journal[i];
      load[gpu] = savedLoad[gpu];
      active[gpu] = savedActive[gpu];
      System.arraycopy(savedWindowLoad, gpu * windows, windowLoad, gpu * windows, windows);
      counted[gpu] = savedCounted[gpu];
      loadDeviation[gpu] = savedLoadDeviation[gpu];
      System.arraycopy(savedGpuCopies, gpu * (homes + 1), gpuCopies, gpu * (homes + 1), homes + 1);
      journaled[gpu] = false;
    }
    journalCount = 0;
  }

  /** Counts the last change of the table, new against old. */
  void count() {
    for (int i = 0; i < table.touchedCount(); i++) {
      touch(table.touchedGpus()[i]);
    }
    for (int expert : table.changedExperts()) {
      if (table.formerShares(expert) != null) {
        addLoad(expert, table.formerShares(expert), -1);
      }
      addLoad(expert, table.shares(expert), 1);
    }
    byRank.ifPresent(RankCopies::count);
    for (int i = 0; i < table.rowCount() && byRank.isEmpty(); i++) {
      countRow(table.changedRows()[i]);
    }
  }

  private void touch(int gpu) {
    if (!journaled[gpu]) {
      journaled[gpu] = true;
      journal[journalCount++] = gpu;
      savedLoad[gpu] = load[gpu];
      savedActive[gpu] = active[gpu];
      System.arraycopy(windowLoad, gpu * windows, savedWindowLoad, gpu * windows, windows);
      savedCounted[gpu] = counted[gpu];
      savedLoadDeviation[gpu] = loadDeviation[gpu];
      System.arraycopy(gpuCopies, gpu * (homes + 1), savedGpuCopies, gpu * (homes + 1), homes + 1);
    }
    counted[gpu] = false;
    loadDeviation[gpu] = UNKNOWN;
  }

  private void addLoad(int expert, ReplicaShares share, int sign) {
    double frequency = routing.frequency(expert);
    for (int i = 0; i < share.gpuCount(); i++) {
      double received = frequency * share.totalShare(i);
      load[share.gpu(i)] += sign * FixedPoint.of(received);
      active[share.gpu(i)] += sign * active(expert, share.totalShare(i), received);
      addWindows(expert, share.totalShare(i), sign, windowLoad, share.gpu(i) * windows);
    }
  }

  /**
   * Adds {@code sign} times what a GPU with {@code share} of the expert's tokens computes in each
   * window to {@code loads} from {@code at}, in {@link FixedPoint} units.
   */
  void addWindows(int expert, double share, int sign, long[] loads, int at) {
    double[] frequency = routing.windowFrequency();
    double fixedShare = share * FixedPoint.ONE;
    for (int window = 0; window < windows; window++) {
      // Never below 0, so that a cast rounds half up.
      loads[at + window] += sign * (long) (frequency[expert * windows + window] * fixedShare + 0.5);
    }
  }

  // One copy of an expert has what the routing remembers.
  private long active(int expert, double share, double received) {
    return share == 1
        ? FixedPoint.of(1 - routing.idleShares(activeShare.tokens())[expert])
        : activeShare.of(received);
  }

  /** Counts active experts again, after the tokens that one reading serves have changed. */
  void recountActive() {
    Arrays.fill(active, 0);
    for (int expert = 0; expert < routing.experts(); expert++) {
      double frequency = routing.frequency(expert);
      ReplicaShares share = table.shares(expert);
      for (int i = 0; i < share.gpuCount(); i++) {
        double part = share.totalShare(i);
        active[share.gpu(i)] += active(expert, part, frequency * part);
      }
    }
  }

  private void countRow(int row) {
    double[] none = table.none();
    double[] former = table.former();
    int first = row * routing.experts();
    if (copyRule == CopyRule.PER_EXPERT) {
      for (int expert : table.changedExperts()) {
        double frequency = routing.frequency(expert);
        domainChoices[row] +=
            FixedPoint.of(frequency * (1 - none[first + expert]))
                - FixedPoint.of(frequency * (1 - former[first + expert]));
      }
      return;
    }
    if (routing.tokens() > 0) {
      domainSets.count(row);
    }
    for (int p = 0; p < routing.loadProfiles(); p++) {
      int at = p * homes * domainCount + row;
      for (int expert : table.changedExperts()) {
        double frequency = routing.loadFrequency(p, expert);
        if (none[first + expert] != former[first + expert]) {
          domainLogs[at] +=
              logOfNone(frequency * (1 - none[first + expert]))
                  - logOfNone(frequency * (1 - former[first + expert]));
        }
      }
    }
    if (routing.loadProfiles() > 0) {
      domainCopiesOfLoads[row] = copiesOfLoads(domainLogs, homes * domainCount, row);
    }
  }

  /** Of a token that is sent with this chance. */
  static long weighted(long weight, double probability) {
    return (long) (weight * probability + 0.5);
  }

  private static long logOfNone(double probability) {
    return probability > 0
        ? FixedPoint.of(StrictMath.log(Math.max(LEAST_COMPLEMENT, 1 - probability)))
        : 0;
  }

  // Profile by profile, of each expert.
  private static long[] logsOfNone(ScenarioLayer routing) {
    long[] logs = new long[routing.loadProfiles() * routing.experts()];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = logOfNone(routing.loadFrequency(i / routing.experts(), i % routing.experts()));
    }
    return logs;
  }

  private double copiesOfLoads(long[] logs, int stride, int row) {
    double sum = 0;
    for (int p = 0; p < routing.loadProfiles(); p++) {
      long log = logs[p * stride + row];
      sum += routing.choosingAny(p, log);
    }
    return sum;
  }

  private void countGpu(int gpu) {
    counted[gpu] = true;
    if (byRank.isPresent()) {
      byRank.get().toGpu(gpu, gpuCopies, gpu * (homes + 1));
      return;
    }
    for (int row = 0; row <= homes; row++) {
      double copies =
          FixedPoint.toDouble(
              copyRule == CopyRule.PER_EXPERT ? choicesOf(gpu, row) : copiesOfTokens(gpu, row));
      if (copyRule != CopyRule.PER_EXPERT && routing.loadProfiles() > 0) {
        copies += copiesOfLoads(logsOf(gpu, row), 1, 0);
      }
      gpuCopies[gpu * (homes + 1) + row] = copies;
    }
  }

  private long choicesOf(int gpu, int row) {
    long sum = 0;
    for (int i = 0; i < table.expertCount(gpu); i++) {
      int expert = table.expertsOf(gpu)[i];
      sum += FixedPoint.of(routing.frequency(expert) * table.shares(expert).shareOfGpu(row, gpu));
    }
    return sum;
  }

  // Tokens that surely send a copy are joined a word at a time; each other's chance is worked out.
  private long copiesOfTokens(int gpu, int row) {
    TokenSets sets = routing.tokenSets();
    int[] experts = table.expertsOf(gpu);
    int count = table.expertCount(gpu);
    Arrays.fill(surely, 0);
    boolean others = false;
    for (int i = 0; i < count; i++) {
      double share = table.shares(experts[i]).shareOfGpu(row, gpu);
      if (share == 1) {
        TokenSets.join(sets.of(experts[i]), surely);
      } else {
        others |= share > 0;
      }
    }
    long sum = sets.weigh(surely);
    return others ? sum + copiesOfOthers(gpu, row, sets) : sum;
  }

  private long copiesOfOthers(int gpu, int row, TokenSets sets) {
    int[] experts = table.expertsOf(gpu);
    int count = table.expertCount(gpu);
    for (int i = 0; i < count; i++) {
      double share = table.shares(experts[i]).shareOfGpu(row, gpu);
      if (share > 0 && share != 1) {
        long[] set = sets.of(experts[i]);
        for (int word = 0; word < set.length; word++) {
          for (long left = set[word] & ~surely[word]; left != 0; left &= left - 1) {
            noCopy[sets.token(word, Long.numberOfTrailingZeros(left))] *= 1 - share;
          }
          perhaps[word] |= set[word] & ~surely[word];
        }
      }
    }
    long sum = 0;
    for (int word = 0; word < perhaps.length; word++) {
      for (long left = perhaps[word]; left != 0; left &= left - 1) {
        int token = sets.token(word, Long.numberOfTrailingZeros(left));
        sum += weighted(sets.weight(word), 1 - noCopy[token]);
        noCopy[token] = 1;
      }
      perhaps[word] = 0;
    }
    return sum;
  }

  private long[] logsOf(int gpu, int row) {
    long[] logs = new long[routing.loadProfiles()];
    for (int i = 0; i < table.expertCount(gpu); i++) {
      int expert = table.expertsOf(gpu)[i];
      double share = table.shares(expert).shareOfGpu(row, gpu);
      for (int p = 0; p < logs.length; p++) {
        logs[p] += logOfNone(routing.loadFrequency(p, expert) * share);
      }
    }
    return logs;
  }

  /** Windows of the sample that loads are known of; 0 where of the whole only. */
  int windows() {
    return windows;
  }

  /** Loads, GPU by GPU, in each window, in {@link FixedPoint} units; not to be written to. */
  long[] windowLoads() {
    return windowLoad;
  }

  /** As {@link #load}, in {@link FixedPoint} units. */
  long fixedLoad(int gpu) {
    return load[gpu];
  }

  /** Copies loads and active experts by GPU, in {@link FixedPoint} units. */
  void copyExpertLoads(long[] loads, long[] actives) {
    System.arraycopy(load, 0, loads, 0, gpuCount);
    System.arraycopy(active, 0, actives, 0, gpuCount);
  }

  /** The routing this counts. */
  ScenarioLayer routing() {
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
  public CopyRule copyRule() {
    return copyRule;
  }

  /** (token, expert) pairs that GPU {@code gpu} computes, per token of the stage. */
  public double load(int gpu) {
    return FixedPoint.toDouble(load[gpu]);
  }

  /**
   * By how much the load of GPU {@code gpu} may be off on other tokens of the same traffic, as many
   * as were recorded: the standard deviation of the difference of two such samples' loads, from the
   * differences between the sections of this one ({@code s·√(2/sections)}, s their standard
   * deviation). 0 without two recorded tokens.
   */
  public double loadDeviation(int gpu) {
    if (loadDeviation[gpu] < 0) {
      loadDeviation[gpu] = deviation(gpu);
    }
    return loadDeviation[gpu];
  }

  private double deviation(int gpu) {
    int sections = sectionLoad.length;
    if (sections < 2) {
      return 0;
    }
    double[] frequency = routing.sectionFrequency();
    Arrays.fill(sectionLoad, 0);
    for (int i = 0; i < table.expertCount(gpu); i++) {
      int expert = table.expertsOf(gpu)[i];
      double share = table.shares(expert).totalShareOf(gpu);
      for (int section = 0; section < sections; section++) {
        sectionLoad[section] += share * frequency[expert * sections + section];
      }
    }
    double mean = 0;
    for (double section : sectionLoad) {
      mean += section / sections;
    }
    double squares = 0;
    for (double section : sectionLoad) {
      squares += (section - mean) * (section - mean);
    }
    return Math.sqrt(2 * squares / (sections - 1) / sections);
  }

  /** Experts on GPU {@code gpu} that at least one token of the micro-batch uses, expected. */
  public double activeExperts(int gpu) {
    return FixedPoint.toDouble(active[gpu]);
  }

  /**
   * Copies that GPU {@code gpu} receives per token that lives in domain {@code home}, other than
   * its own.
   */
  public double copiesFromOtherDomain(int home, int gpu) {
    return copiesOfRow(homes == 1 ? 0 : home, gpu);
  }

  /**
   * Copies that GPU {@code gpu} receives per token that lives in its own domain but not on itself.
   */
  public double copiesFromOwnDomain(int gpu) {
    return copiesOfRow(homes, gpu);
  }

  private double copiesOfRow(int row, int gpu) {
    if (!counted[gpu]) {
      countGpu(gpu);
    }
    return gpuCopies[gpu * (homes + 1) + row];
  }

  /**
   * Copies over the network to {@code domain} per token that lives in domain {@code home}, another
   * one.
   */
  public double copiesToDomain(int home, int domain) {
    if (byRank.isPresent()) {
      return byRank.get().toDomain(home, domain);
    }
    int index = (homes == 1 ? 0 : home) * domainCount + domain;
    double sampled =
        FixedPoint.toDouble(
            copyRule == CopyRule.PER_EXPERT ? domainChoices[index] : domainSets.copies(index));
    return domainCopiesOfLoads.length == 0 ? sampled : sampled + domainCopiesOfLoads[index];
  }
}
