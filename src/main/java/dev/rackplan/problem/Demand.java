package dev.rackplan.problem;

/**
 * What a deployment must yield, with as few GPUs as may be.
 *
 * @param tokensPerSecond of all instances together
 * @param mostPerGpu tokens per second that a GPU's link carries the KV caches of
 */
public record Demand(double tokensPerSecond, double mostPerGpu) {
  // Of a deployment: what is met exactly needs no other one.
  private static final double ROUNDING = 1e-9;

  public Demand {
    if (!(tokensPerSecond > 0 && mostPerGpu > 0)) {
      throw new IllegalArgumentException(
          "a demand must be > 0, was " + tokensPerSecond + " and " + mostPerGpu + " a GPU");
    }
  }

  /** Whole deployments of {@code gpus} GPUs that meet it, each computing {@code computed}/s. */
  public double deployments(double computed, long gpus) {
    double each = Math.min(computed, gpus * mostPerGpu);
    return Math.max(1, Math.ceil(tokensPerSecond / each - ROUNDING));
  }

  /** Whether one deployment of {@code gpus} GPUs that computes {@code computed}/s meets it. */
  public boolean isMet(double computed, long gpus) {
    return deployments(computed, gpus) == 1;
  }
}
