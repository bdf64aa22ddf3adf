package dev.rackplan.solver;

/**
 * What plans are compared by, smaller being better: the GPUs that are needed, of equals the loss by
 * the objective.
 *
 * @param gpus that as many whole deployments have as meet the problem's demand; 0 where it has none
 * @param objective s, or USD per token, or s·GPU per token
 */
public record Loss(double gpus, double objective) implements Comparable<Loss> {
  @Override
  public int compareTo(Loss other) {
    int byGpus = Double.compare(gpus, other.gpus);
    return byGpus != 0 ? byGpus : Double.compare(objective, other.objective);
  }

  /** Whether this is better than {@code other}. */
  public boolean isLessThan(Loss other) {
    return compareTo(other) < 0;
  }

  /**
   * Whether this is at most {@code margin} times the loss of {@code best}: with a demand, the GPUs
   * that it needs; else what the objective counts.
   */
  boolean isWithin(double margin, Loss best) {
    return best.gpus > 0 ? gpus <= margin * best.gpus : objective <= margin * best.objective;
  }

  /** By how many times this is worse: in the objective, or where they differ in GPUs. */
  public double ratioTo(Loss other) {
    return gpus == other.gpus ? objective / other.objective : gpus / other.gpus;
  }
}
