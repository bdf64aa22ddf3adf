package dev.rackplan.cost.placement;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.problem.DispatchRule;
import java.util.Arrays;

/**
 * Where every expert's tokens go under one placement, laid out for counting: {@link ReplicaShares}
 * by expert, and one row per (home class, receiving domain) with {@code 1 - share} of each expert.
 *
 * <p>Mutable, shared by the tallies of one placement. Changing an expert tells which rows and which
 * GPUs that touches, and keeps the rows' former contents until the next change, so that a tally can
 * count old against new in one pass. Rows of a home class to its own domain are left out where
 * classes are domains: nothing crosses the network there.
 */
public final class ShareTable {
  /** Bit of {@link #codes}: each token of the expert is sent to the row's domain. */
  static final int ALL = 1;

  /** Bit of {@link #codes}: some are, some not. */
  static final int SOME = 2;

  /** By how much the same bits stand higher for the state before the last change. */
  static final int FORMER_SHIFT = 2;

  // Sets of GPUs that are remembered: a search comes back to the same few of each expert.
  private static final int SETS_PER_EXPERT = 16;
  private static final int MOST_PLACE_BITS = 12;

  private final DispatchRule rule;
  private final StageShape shape;
  private final int homes;
  private final int domains;
  private final int experts;
  private final ReplicaShares[] shares;
  // Row-major (home × domain) × expert.
  private final double[] none;
  private final double[] former;
  // What each place of none and former is, see the bits below.
  private final byte[] codes;
  // Experts with a share on each GPU, ascending.
  private final int[][] expertsOfGpu;
  private final int[] expertCount;
  private final int placeBits;
  private final int[][] askedGpus;
  private final ReplicaShares[] askedShares;

  // The last change.
  private final int[] changedRows;
  private final boolean[] rowChanged;
  private int rowCount;
  private int[] changedExperts = new int[0];
  private final ReplicaShares[] formerShares;
  private final int[] touchedGpus;
  private final boolean[] touched;
  private int touchedCount;

  ShareTable(DispatchRule rule, StageShape shape, int experts) {
    this.rule = rule;
    this.shape = shape;
    this.homes = ReplicaShares.homeClasses(rule, shape);
    this.domains = shape.domainCount();
    this.experts = experts;
    this.shares = new ReplicaShares[experts];
    this.formerShares = new ReplicaShares[experts];
    this.none = new double[domains == 1 ? 0 : homes * domains * experts];
    this.former = new double[none.length];
    this.codes = new byte[none.length];
    Arrays.fill(none, 1);
    this.expertsOfGpu = new int[shape.gpuCount()][4];
    this.expertCount = new int[shape.gpuCount()];
    int wanted = 32 - Integer.numberOfLeadingZeros(SETS_PER_EXPERT * experts - 1);
    this.placeBits = Math.min(MOST_PLACE_BITS, wanted);
    this.askedGpus = new int[1 << placeBits][];
    this.askedShares = new ReplicaShares[1 << placeBits];
    this.changedRows = new int[homes * domains];
    this.rowChanged = new boolean[changedRows.length];
    this.touchedGpus = new int[shape.gpuCount()];
    this.touched = new boolean[shape.gpuCount()];
  }

  public StageShape shape() {
    return shape;
  }

  DispatchRule rule() {
    return rule;
  }

  int homes() {
    return homes;
  }

  /** Gives each of the distinct {@code newExperts} the replicas of the same row. */
  void change(int[] newExperts, int[][] replicaGpus) {
    ReplicaShares[] next = new ReplicaShares[newExperts.length];
    for (int i = 0; i < next.length; i++) {
      next[i] = sharesOf(replicaGpus[i]);
    }
    replace(newExperts, next);
  }

  /** Gives each of the distinct {@code newExperts} the shares of the same row. */
  void replace(int[] newExperts, ReplicaShares[] next) {
    settleCodes();
    changedExperts = newExperts;
    rowCount = 0;
    touchedCount = 0;
    for (int i = 0; i < newExperts.length; i++) {
      int expert = newExperts[i];
      formerShares[expert] = shares[expert];
      shares[expert] = next[i];
      if (formerShares[expert] != null) {
        for (int j = 0; j < formerShares[expert].gpuCount(); j++) {
          touch(formerShares[expert].gpu(j));
          remove(formerShares[expert].gpu(j), expert);
        }
      }
      for (int j = 0; j < next[i].gpuCount(); j++) {
        touch(next[i].gpu(j));
        insert(next[i].gpu(j), expert);
      }
    }
    for (int i = 0; i < touchedCount; i++) {
      touched[touchedGpus[i]] = false;
    }
    for (int i = 0; i < newExperts.length && domains > 1; i++) {
      if (formerShares[newExperts[i]] != null) {
        changePlaces(newExperts[i], formerShares[newExperts[i]]);
      }
      changePlaces(newExperts[i], next[i]);
    }
  }

  // Only domains that hold an expert, or did, are sent its tokens.
  private void changePlaces(int expert, ReplicaShares holders) {
    for (int i = 0; i < holders.domainCount(); i++) {
      int domain = holders.domain(i);
      for (int home = 0; home < homes; home++) {
        if (homes == 1 || home != domain) {
          changePlace(home * domains + domain, expert, shares[expert].shareOfDomain(home, domain));
        }
      }
    }
  }

  private void changePlace(int row, int expert, double share) {
    int at = row * experts + expert;
    double value = 1 - share;
    if (value != none[at]) {
      if (!rowChanged[row]) {
        System.arraycopy(none, row * experts, former, row * experts, experts);
        rowChanged[row] = true;
        changedRows[rowCount++] = row;
      }
      none[at] = value;
      codes[at] = (byte) (codes[at] & (3 << FORMER_SHIFT) | codeOf(value));
    }
  }

  private static int codeOf(double none) {
    return none == 0 ? ALL : none == 1 ? 0 : SOME;
  }

  // The state before the next change is the one after the last.
  private void settleCodes() {
    for (int i = 0; i < rowCount; i++) {
      rowChanged[changedRows[i]] = false;
      for (int expert : changedExperts) {
        int at = changedRows[i] * experts + expert;
        codes[at] = (byte) (codeOf(none[at]) * (1 + (1 << FORMER_SHIFT)));
      }
    }
  }

  private void touch(int gpu) {
    if (!touched[gpu]) {
      touched[gpu] = true;
      touchedGpus[touchedCount++] = gpu;
    }
  }

  private void remove(int gpu, int expert) {
    int[] list = expertsOfGpu[gpu];
    int at = Arrays.binarySearch(list, 0, expertCount[gpu], expert);
    System.arraycopy(list, at + 1, list, at, expertCount[gpu] - at - 1);
    expertCount[gpu]--;
  }

  private void insert(int gpu, int expert) {
    if (expertCount[gpu] == expertsOfGpu[gpu].length) {
      expertsOfGpu[gpu] = Arrays.copyOf(expertsOfGpu[gpu], 2 * expertCount[gpu]);
    }
    int[] list = expertsOfGpu[gpu];
    int at = -1 - Arrays.binarySearch(list, 0, expertCount[gpu], expert);
    System.arraycopy(list, at, list, at + 1, expertCount[gpu] - at);
    list[at] = expert;
    expertCount[gpu]++;
  }

  /** Shares of an expert with these replicas, ascending GPUs; keeps the array. */
  public ReplicaShares sharesOf(int[] replicaGpus) {
    int place = Arrays.hashCode(replicaGpus) * 0x9E3779B9 >>> 32 - placeBits;
    if (!Arrays.equals(askedGpus[place], replicaGpus)) {
      askedGpus[place] = replicaGpus;
      askedShares[place] = ReplicaShares.of(rule, shape, replicaGpus);
    }
    return askedShares[place];
  }

  /** Shares of {@code expert}; null before its first change. */
  public ReplicaShares shares(int expert) {
    return shares[expert];
  }

  /** Shares of {@code expert} before the last change, which named it; null where it had none. */
  ReplicaShares formerShares(int expert) {
    return formerShares[expert];
  }

  /** Experts that the last change named. */
  int[] changedExperts() {
    return changedExperts;
  }

  /** GPUs that held or hold one of them: the first {@link #touchedCount()}. */
  int[] touchedGpus() {
    return touchedGpus;
  }

  int touchedCount() {
    return touchedCount;
  }

  /** Rows whose contents the last change altered: the first {@link #rowCount()}. */
  int[] changedRows() {
    return changedRows;
  }

  int rowCount() {
    return rowCount;
  }

  /** All rows: {@code 1 - share} of expert e in row r at {@code r·experts + e}. */
  double[] none() {
    return none;
  }

  /** The same before the last change, valid in the changed rows only. */
  double[] former() {
    return former;
  }

  /**
   * For each place of {@link #none} whether it is 0 ({@link #ALL}), between ({@link #SOME}) or 1
   * (no bit), and the same before the last change, {@link #FORMER_SHIFT} higher.
   */
  byte[] codes() {
    return codes;
  }

  /** Experts on {@code gpu}, ascending: the first {@link #expertCount}. */
  int[] expertsOf(int gpu) {
    return expertsOfGpu[gpu];
  }

  int expertCount(int gpu) {
    return expertCount[gpu];
  }
}
