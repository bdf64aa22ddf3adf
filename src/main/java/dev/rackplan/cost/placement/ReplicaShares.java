package dev.rackplan.cost.placement;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.problem.DispatchRule;
import java.util.Arrays;

/**
 * Where the tokens that chose one expert go: for each home domain, the share that each GPU with a
 * replica receives.
 *
 * <p>Tokens live evenly on the stage's GPUs. A share is the mean over the home domain's GPUs;
 * {@code otherShare} leaves out the tokens that live on the receiving GPU itself, since they cross
 * no link. Replicas are numbered in slot order. Immutable.
 *
 * <p>Left out: under {@link DispatchRule#NEAREST} a sender without a replica in its node is taken
 * to use each replica equally often; SGLang draws one replica per sender once, with equal chances.
 */
public final class ReplicaShares {
  private final int[] replicas;
  private final int[] gpus;
  private final double[] share;
  private final double[] otherShare;
  // Domains with a replica, by their first.
  private final int[] domains;
  private final double[] domainShare;
  private final double[] totalShare;

  private ReplicaShares(
      StageShape shape,
      int[] replicas,
      int[] gpus,
      double[] share,
      double[] otherShare,
      int homes) {
    this.replicas = replicas;
    this.gpus = gpus;
    this.share = share;
    this.otherShare = otherShare;
    // Plain loops: the search makes some of these for every move.
    int[] place = new int[gpus.length];
    int[] found = new int[gpus.length];
    int count = 0;
    for (int i = 0; i < gpus.length; i++) {
      int domain = shape.domainOf(gpus[i]);
      int at = 0;
      while (at < count && found[at] != domain) {
        at++;
      }
      if (at == count) {
        found[count++] = domain;
      }
      place[i] = at;
    }
    this.domains = Arrays.copyOf(found, count);
    this.domainShare = new double[homes * count];
    this.totalShare = new double[gpus.length];
    for (int home = 0; home < homes; home++) {
      double weight = homes == 1 ? 1 : shape.domainSize(home) / (double) shape.gpuCount();
      for (int i = 0; i < gpus.length; i++) {
        domainShare[home * domains.length + place[i]] += share[home * gpus.length + i];
        totalShare[i] += weight * share[home * gpus.length + i];
      }
    }
  }

  /**
   * Home classes that the rule tells apart: 1 where the choice doesn't depend on the sender, else
   * one per domain.
   */
  public static int homeClasses(DispatchRule rule, StageShape shape) {
    return rule.sendersAreAlike() ? 1 : shape.domainCount();
  }

  /**
   * Shares of one expert.
   *
   * @param rule the engine's rule
   * @param shape the stage
   * @param replicaGpus position of the GPU of each replica, ascending; two replicas on one GPU
   *     count as one receiver
   */
  public static ReplicaShares of(DispatchRule rule, StageShape shape, int[] replicaGpus) {
    int homes = homeClasses(rule, shape);
    int[] distinct = distinct(replicaGpus);
    double[] share = new double[homes * distinct.length];
    double[] other = new double[distinct.length];
    // An expression: a rule without a case does not compile.
    Sharing sharing =
        switch (rule) {
          case EVEN -> ReplicaShares::even;
          case NEAREST -> ReplicaShares::nearest;
          case RANK_MODULO -> ReplicaShares::rankModulo;
        };
    sharing.fill(shape, replicaGpus, distinct, share, other);
    return new ReplicaShares(shape, replicaGpus, distinct, share, other, homes);
  }

  /** Fills in {@code share} by home class and GPU, and {@code otherShare}. */
  @FunctionalInterface
  private interface Sharing {
    void fill(StageShape shape, int[] replicas, int[] distinct, double[] share, double[] other);
  }

  private static void even(
      StageShape shape, int[] replicas, int[] distinct, double[] share, double[] other) {
    double each = 1.0 / replicas.length;
    for (int gpu : replicas) {
      share[Arrays.binarySearch(distinct, gpu)] += each;
    }
    System.arraycopy(share, 0, other, 0, other.length);
  }

  private static void nearest(
      StageShape shape, int[] replicas, int[] distinct, double[] share, double[] other) {
    double each = 1.0 / replicas.length;
    // Senders counted per home domain: those of nodes with a replica choose it, the rest spread
    // over all.
    int[] served = new int[shape.domainCount()];
    double[] inNode = new double[distinct.length];
    for (int i = 0; i < distinct.length; i++) {
      int holders = 0;
      boolean first = true;
      for (int j = 0; j < distinct.length; j++) {
        if (shape.nodeOf(distinct[j]) == shape.nodeOf(distinct[i])) {
          holders++;
          first &= j >= i;
        }
      }
      if (first) {
        int size = shape.nodeSize(shape.nodeOf(distinct[i]));
        inNode[i] = size - holders;
        served[shape.domainOf(distinct[i])] += size;
      }
    }
    for (int gpu : replicas) {
      int i = Arrays.binarySearch(distinct, gpu);
      for (int home = 0; home < shape.domainCount(); home++) {
        share[home * distinct.length + i] +=
            each * (shape.domainSize(home) - served[home]) / shape.domainSize(home);
      }
    }
    for (int i = 0; i < distinct.length; i++) {
      int home = shape.domainOf(distinct[i]);
      int size = shape.domainSize(home);
      double spread = share[home * distinct.length + i] * size;
      share[home * distinct.length + i] = (spread + inNode[i] + 1) / size;
      other[i] = size == 1 ? 0 : (spread + inNode[i]) / (size - 1);
    }
  }

  private static void rankModulo(
      StageShape shape, int[] replicas, int[] distinct, double[] share, double[] other) {
    int count = replicas.length;
    for (int rank = 0; rank < shape.gpuCount(); rank++) {
      int i = Arrays.binarySearch(distinct, replicas[rank % count]);
      int home = shape.domainOf(rank);
      int size = shape.domainSize(home);
      share[home * distinct.length + i] += 1.0 / size;
      if (rank != distinct[i] && home == shape.domainOf(distinct[i])) {
        other[i] += 1.0 / (size - 1);
      }
    }
  }

  private static int[] distinct(int[] ascending) {
    int count = 0;
    int[] result = new int[ascending.length];
    for (int gpu : ascending) {
      if (count == 0 || result[count - 1] != gpu) {
        result[count++] = gpu;
      }
    }
    return count == result.length ? result : Arrays.copyOf(result, count);
  }

  /** Replicas, two on one GPU counted twice. */
  int replicaCount() {
    return replicas.length;
  }

  /** GPU to which rank {@code rank} sends under {@link DispatchRule#RANK_MODULO}. */
  int gpuOfRank(int rank) {
    return replicas[rank % replicas.length];
  }

  /** Distinct GPUs with a replica. */
  public int gpuCount() {
    return gpus.length;
  }

  /** Position of the {@code i}-th GPU with a replica, ascending in {@code i}. */
  public int gpu(int i) {
    return gpus[i];
  }

  /** Share of the expert's tokens of home class {@code home} that the {@code i}-th GPU receives. */
  public double share(int home, int i) {
    return share[home * gpus.length + i];
  }

  /**
   * As {@link #share} for tokens that live in the {@code i}-th GPU's domain but not on that GPU.
   */
  public double otherShare(int i) {
    return otherShare[i];
  }

  /** Domains with a replica. */
  int domainCount() {
    return domains.length;
  }

  /** The {@code i}-th of them, in the order of their first replicas. */
  int domain(int i) {
    return domains[i];
  }

  /** Share of the expert's tokens of home class {@code home} that {@code domain} receives. */
  double shareOfDomain(int home, int domain) {
    for (int i = 0; i < domains.length; i++) {
      if (domains[i] == domain) {
        return domainShare[home * domains.length + i];
      }
    }
    return 0;
  }

  /**
   * Share of the expert's tokens of class {@code row} that {@code gpu} receives, a home class or,
   * in the row after the last one, the tokens that live on another GPU of the receiver's domain; 0
   * where it holds no replica.
   */
  double shareOfGpu(int row, int gpu) {
    int i = Arrays.binarySearch(gpus, gpu);
    if (i < 0) {
      return 0;
    }
    return row * gpus.length < share.length ? share[row * gpus.length + i] : otherShare[i];
  }

  /** Share of all the expert's tokens that {@code gpu} receives; 0 where it holds no replica. */
  double totalShareOf(int gpu) {
    int i = Arrays.binarySearch(gpus, gpu);
    return i < 0 ? 0 : totalShare[i];
  }

  /** Share of all the expert's tokens that the {@code i}-th GPU receives. */
  public double totalShare(int i) {
    return totalShare[i];
  }
}
