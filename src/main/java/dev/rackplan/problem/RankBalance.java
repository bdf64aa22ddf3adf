package dev.rackplan.problem;

/**
 * How attention ranks wait for each other before a step reads prompts: until each has one, or so
 * many steps have passed; then a few steps more, in which others come. No rank waits while one has
 * nothing to decode.
 *
 * <p>Source: TensorRT-LLM's {@code attention_dp_config} with {@code enable_balance}, and {@code
 * _balance_adp_requests} of its {@code py_executor.py}: 50 and 10 steps where it is told no others.
 *
 * @param mostSteps since the last time that all had prompts, or that this time was up
 * @param furtherSteps once all have prompts
 */
public record RankBalance(int mostSteps, int furtherSteps) {
  public RankBalance {
    if (mostSteps < 0 || furtherSteps < 0) {
      throw new IllegalArgumentException(
          "steps must be >= 0, were " + mostSteps + " and " + furtherSteps);
    }
  }
}
