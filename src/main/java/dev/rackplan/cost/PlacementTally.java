package dev.rackplan.cost;

import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.Arrays;
import java.util.BitSet;

/**
 * What one layer's expert placement makes of one scenario: tokens, active experts and received
 * copies, per GPU and per domain.
 *
 * <p>Mutable and cheap to change: {@link #update} replaces the replicas of a few experts and
 * recounts only the tokens that choose them. All counts are sums of whole numbers, so a tally that
 * came by any sequence of updates equals a fresh one exactly.
 *
 * <p>Copies, by {@link CopyRule}: {@code PER_EXPERT} one per chosen expert; {@code PER_GPU} and
 * {@code PER_DOMAIN} one per receiving GPU, {@code PER_DOMAIN} also one per receiving domain. From
 * recorded tokens the distinct receivers are counted token by token: with S the share of home class
 * A's tokens of expert e that receiver q gets ({@link ReplicaShares}), a token with experts T sends
 * q {@code 1 - Π_{e∈T}(1 - S(e,A,q))} copies. Where only loads f are known, experts are taken as
 * independent: {@code 1 - Π_e(1 - f_e·S(e,A,q))}.
 *
 * <p>Left out: within a home class the replica choices of one token's experts are taken as
 * independent, which is exact for {@code EVEN} and for experts with one replica. Independence
 * between experts understates distinct receivers: with 8 of 256 equally loaded experts in 4 domains
 * it gives 0.869 for a domain, counting gives 0.904.
 */
public final class PlacementTally {
  // Below this the logarithm of "no copy" is cut off: e^-27 is far below one token in any sample.
  private static final double LEAST_COMPLEMENT = 0x1p-39;

  private final ScenarioLayer routing;
  private final StageShape shape;
  private final DispatchRule dispatchRule;
  private final CopyRule copyRule;
  private final double tokens;
  private final int homes;
  private final int gpuCount;
  private final int domainCount;

  private final ReplicaShares[] shares;
  private final long[] load;
  private final long[] active;
  private final long[] gpuCopies;
  private final long[] domainCopies;
  private final long[] gpuLogs;
  private final long[] domainLogs;
  private final double[] gpuCopiesOfLoads;
  private final double[] domainCopiesOfLoads;
  private final BitSet staleGpuCopies = new BitSet();
  private final BitSet staleDomainCopies = new BitSet();

  private double lastProbability;
  private long lastLog;

  // What save() kept.
  private final long[][] savedCounts;
  private final double[][] savedCopies;
  private final int[] changedExperts;
  private final ReplicaShares[] changedShares;
  private int changes;

  // Scratch of one token.
  private final double[] none;
  private final int[] touched;
  private final BitSet recount;

  /**
   * A tally of no experts; give each expert its replicas with {@link #update} before reading
   * figures.
   *
   * @param routing the layer's routing
   * @param shape the stage's GPUs
   * @param dispatchRule how replicas are chosen
   * @param copyRule how often a token is sent
   * @param tokens tokens N of one micro-batch over the whole stage
   */
  public PlacementTally(
      ScenarioLayer routing,
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      double tokens) {
    this.routing = routing;
    this.shape = shape;
    this.dispatchRule = dispatchRule;
    this.copyRule = copyRule;
    this.tokens = tokens;
    this.homes = ReplicaShares.homeClasses(dispatchRule, shape);
    this.gpuCount = shape.gpuCount();
    this.domainCount = shape.domainCount();
    this.shares = new ReplicaShares[routing.experts()];
    this.load = new long[gpuCount];
    this.active = new long[gpuCount];
    // Row per home class; the last row counts tokens of the receiver's own domain that live on
    // another GPU.
    this.gpuCopies = new long[(homes + 1) * gpuCount];
    this.domainCopies = new long[homes * domainCount];
    this.gpuLogs = new long[routing.loadProfiles() * (homes + 1) * gpuCount];
    this.domainLogs = new long[routing.loadProfiles() * homes * domainCount];
    this.gpuCopiesOfLoads = new double[routing.loadProfiles() == 0 ? 0 : (homes + 1) * gpuCount];
    this.domainCopiesOfLoads = new double[routing.loadProfiles() == 0 ? 0 : homes * domainCount];
    this.none = new double[Math.max(gpuCount, domainCount)];
    this.touched = new int[Math.max(gpuCount, domainCount)];
    this.recount = new BitSet(routing.tokens());
    Arrays.fill(none, 1);
    this.savedCounts = new long[counts().length][];
    this.savedCopies = new double[2][];
    this.changedExperts = new int[routing.experts()];
    this.changedShares = new ReplicaShares[routing.experts()];
  }

  /**
   * A tally of a whole placement, {@code replicaGpus[e]} the ascending positions of the GPUs that
   * hold expert e.
   */
  public static PlacementTally of(
      ScenarioLayer routing,
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      double tokens,
      int[][] replicaGpus) {
    PlacementTally tally = new PlacementTally(routing, shape, dispatchRule, copyRule, tokens);
    int[] all = new int[replicaGpus.length];
    for (int e = 0; e < all.length; e++) {
      all[e] = e;
    }
    tally.update(all, replicaGpus);
    return tally;
  }

  /** Gives each of the distinct {@code experts} the replicas of the same row. */
  public void update(int[] experts, int[][] replicaGpus) {
    countTokens(experts, -1);
    for (int i = 0; i < experts.length; i++) {
      int expert = experts[i];
      if (changes < changedExperts.length) {
        changedExperts[changes] = expert;
        changedShares[changes++] = shares[expert];
      }
      if (shares[expert] != null) {
        countExpert(expert, -1);
      }
      shares[expert] = ReplicaShares.of(dispatchRule, shape, replicaGpus[i]);
      countExpert(expert, 1);
    }
    countTokens(experts, 1);
    refreshLoads();
  }

  /** Keeps the state for {@link #restore}; changes until then must name each expert once. */
  public void save() {
    long[][] counts = counts();
    for (int i = 0; i < counts.length; i++) {
      savedCounts[i] = copy(counts[i], savedCounts[i]);
    }
    savedCopies[0] = copy(gpuCopiesOfLoads, savedCopies[0]);
    savedCopies[1] = copy(domainCopiesOfLoads, savedCopies[1]);
    changes = 0;
  }

  /** Back to the state at the last {@link #save}. */
  public void restore() {
    long[][] counts = counts();
    for (int i = 0; i < counts.length; i++) {
      System.arraycopy(savedCounts[i], 0, counts[i], 0, counts[i].length);
    }
    System.arraycopy(savedCopies[0], 0, gpuCopiesOfLoads, 0, gpuCopiesOfLoads.length);
    System.arraycopy(savedCopies[1], 0, domainCopiesOfLoads, 0, domainCopiesOfLoads.length);
    for (int i = 0; i < changes; i++) {
      shares[changedExperts[i]] = changedShares[i];
    }
    changes = 0;
  }

  private long[][] counts() {
    return new long[][] {load, active, gpuCopies, domainCopies, gpuLogs, domainLogs};
  }

  private static long[] copy(long[] from, long[] to) {
    if (to == null) {
      return from.clone();
    }
    System.arraycopy(from, 0, to, 0, from.length);
    return to;
  }

  private static double[] copy(double[] from, double[] to) {
    if (to == null) {
      return from.clone();
    }
    System.arraycopy(from, 0, to, 0, from.length);
    return to;
  }

  private void countExpert(int expert, int sign) {
    ReplicaShares share = shares[expert];
    double frequency = routing.frequency(expert);
    for (int i = 0; i < share.gpuCount(); i++) {
      double received = frequency * share.totalShare(i);
      load[share.gpu(i)] += sign * FixedPoint.of(received);
      active[share.gpu(i)] +=
          sign * FixedPoint.of(1 - StrictMath.pow(1 - Math.min(1, received), tokens));
    }
    if (copyRule == CopyRule.PER_EXPERT) {
      countCopiesPerExpert(share, frequency, sign);
    } else {
      for (int p = 0; p < routing.loadProfiles(); p++) {
        countLogs(p, share, routing.loadFrequency(p, expert), sign);
      }
    }
  }

  private void countCopiesPerExpert(ReplicaShares share, double frequency, int sign) {
    for (int i = 0; i < share.gpuCount(); i++) {
      for (int home = 0; home < homes; home++) {
        gpuCopies[home * gpuCount + share.gpu(i)] +=
            sign * FixedPoint.of(frequency * share.share(home, i));
      }
      gpuCopies[homes * gpuCount + share.gpu(i)] +=
          sign * FixedPoint.of(frequency * share.otherShare(i));
    }
    for (int home = 0; home < homes; home++) {
      for (int i = 0; i < share.domainCount(); i++) {
        domainCopies[home * domainCount + share.domain(i)] +=
            sign * FixedPoint.of(frequency * share.domainShare(home, i));
      }
    }
  }

  private void countLogs(int profile, ReplicaShares share, double frequency, int sign) {
    int gpuRow = profile * (homes + 1) * gpuCount;
    int domainRow = profile * homes * domainCount;
    for (int i = 0; i < share.gpuCount(); i++) {
      for (int home = 0; home < homes; home++) {
        countLog(
            gpuLogs,
            gpuRow,
            home * gpuCount + share.gpu(i),
            frequency * share.share(home, i),
            sign,
            staleGpuCopies);
      }
      countLog(
          gpuLogs,
          gpuRow,
          homes * gpuCount + share.gpu(i),
          frequency * share.otherShare(i),
          sign,
          staleGpuCopies);
    }
    for (int home = 0; home < homes; home++) {
      for (int i = 0; i < share.domainCount(); i++) {
        countLog(
            domainLogs,
            domainRow,
            home * domainCount + share.domain(i),
            frequency * share.domainShare(home, i),
            sign,
            staleDomainCopies);
      }
    }
  }

  private void countLog(
      long[] logs, int row, int index, double probability, int sign, BitSet stale) {
    if (probability > 0) {
      logs[row + index] += sign * logOfNone(probability);
      stale.set(index);
    }
  }

  // An expert with one replica asks for the same logarithm for each home class.
  private long logOfNone(double probability) {
    if (probability != lastProbability) {
      lastProbability = probability;
      lastLog = FixedPoint.of(StrictMath.log(Math.max(LEAST_COMPLEMENT, 1 - probability)));
    }
    return lastLog;
  }

  private void refreshLoads() {
    refresh(gpuLogs, gpuCopiesOfLoads, staleGpuCopies);
    refresh(domainLogs, domainCopiesOfLoads, staleDomainCopies);
  }

  private void refresh(long[] logs, double[] copies, BitSet stale) {
    for (int i = stale.nextSetBit(0); i >= 0; i = stale.nextSetBit(i + 1)) {
      double sum = 0;
      for (int p = 0; p < routing.loadProfiles(); p++) {
        long log = logs[p * copies.length + i];
        sum +=
            log == 0 ? 0 : routing.loadWeight(p) * (1 - StrictMath.exp(FixedPoint.toDouble(log)));
      }
      copies[i] = sum;
    }
    stale.clear();
  }

  private void countTokens(int[] experts, int sign) {
    if (copyRule == CopyRule.PER_EXPERT || routing.tokens() == 0) {
      return;
    }
    if (experts.length == 1) {
      for (int token : routing.tokensOf(experts[0])) {
        countToken(token, sign);
      }
      return;
    }
    for (int expert : experts) {
      for (int token : routing.tokensOf(expert)) {
        recount.set(token);
      }
    }
    for (int token = recount.nextSetBit(0); token >= 0; token = recount.nextSetBit(token + 1)) {
      countToken(token, sign);
    }
    recount.clear();
  }

  private void countToken(int token, int sign) {
    for (int j = 0; j < routing.expertsPerToken(); j++) {
      if (shares[routing.choice(token, j)] == null) {
        return;
      }
    }
    long weight = sign * routing.tokenWeight(token);
    for (int home = 0; home <= homes; home++) {
      countTokenToGpus(token, home, weight);
    }
    for (int home = 0; home < homes; home++) {
      countTokenToDomains(token, home, weight);
    }
  }

  private void countTokenToGpus(int token, int home, long weight) {
    int count = 0;
    for (int j = 0; j < routing.expertsPerToken(); j++) {
      ReplicaShares share = shares[routing.choice(token, j)];
      for (int i = 0; i < share.gpuCount(); i++) {
        int gpu = share.gpu(i);
        double part = home == homes ? share.otherShare(i) : share.share(home, i);
        if (part > 0) {
          if (none[gpu] == 1) {
            touched[count++] = gpu;
          }
          none[gpu] *= 1 - part;
        }
      }
    }
    for (int i = 0; i < count; i++) {
      gpuCopies[home * gpuCount + touched[i]] += weighted(weight, 1 - none[touched[i]]);
      none[touched[i]] = 1;
    }
  }

  private void countTokenToDomains(int token, int home, long weight) {
    int count = 0;
    for (int j = 0; j < routing.expertsPerToken(); j++) {
      ReplicaShares share = shares[routing.choice(token, j)];
      for (int i = 0; i < share.domainCount(); i++) {
        double part = share.domainShare(home, i);
        if (part > 0) {
          if (none[share.domain(i)] == 1) {
            touched[count++] = share.domain(i);
          }
          none[share.domain(i)] *= 1 - part;
        }
      }
    }
    for (int i = 0; i < count; i++) {
      domainCopies[home * domainCount + touched[i]] += weighted(weight, 1 - none[touched[i]]);
      none[touched[i]] = 1;
    }
  }

  private static long weighted(long weight, double probability) {
    // Odd in the weight, so that taking a token out undoes putting it in.
    return weight < 0 ? -Math.round(-weight * probability) : Math.round(weight * probability);
  }

  /** The stage this counts for. */
  public StageShape shape() {
    return shape;
  }

  /** Copies rule this counts by. */
  public CopyRule copyRule() {
    return copyRule;
  }

  /** Tokens N of one micro-batch over the whole stage. */
  public double tokens() {
    return tokens;
  }

  /** (token, expert) pairs that GPU {@code gpu} computes, per token of the stage. */
  public double load(int gpu) {
    return FixedPoint.toDouble(load[gpu]);
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
    return gpuCopies(homes == 1 ? 0 : home, gpu);
  }

  /**
   * Copies that GPU {@code gpu} receives per token that lives in its own domain but not on itself.
   */
  public double copiesFromOwnDomain(int gpu) {
    return gpuCopies(homes, gpu);
  }

  /**
   * Copies over the network to {@code domain} per token that lives in domain {@code home}, another
   * one.
   */
  public double copiesToDomain(int home, int domain) {
    int index = (homes == 1 ? 0 : home) * domainCount + domain;
    double sampled = FixedPoint.toDouble(domainCopies[index]);
    return domainCopiesOfLoads.length == 0 ? sampled : sampled + domainCopiesOfLoads[index];
  }

  private double gpuCopies(int row, int gpu) {
    int index = row * gpuCount + gpu;
    double sampled = FixedPoint.toDouble(gpuCopies[index]);
    return gpuCopiesOfLoads.length == 0 ? sampled : sampled + gpuCopiesOfLoads[index];
  }
}
