package dev.rackplan.serving;

import dev.rackplan.plan.Layout;
import java.util.List;

/**
 * A deployment that serves a goal.
 *
 * @param mode who reads prompts
 * @param pools of equal instances: one, or prefill and decode
 * @param ttftSeconds mean time to first token
 * @param tpotSeconds mean time per output token
 * @param requestsPerSecond that it serves
 * @param binds what keeps it from more
 */
public record Found(
    Mode mode,
    List<Instances> pools,
    double ttftSeconds,
    double tpotSeconds,
    double requestsPerSecond,
    String binds) {

  /** Who reads prompts. */
  public enum Mode {
    /** Those that decode. */
    AGGREGATED,
    /** GPUs of their own, which send the KV cache. */
    DISAGGREGATED
  }

  /**
   * Equal instances.
   *
   * @param role such as {@code prefill}
   * @param count how many
   * @param layout of each
   * @param sequencesPerRank that each attention rank decodes at a time; 0 where none does
   */
  public record Instances(String role, int count, Layout layout, double sequencesPerRank) {
    /** GPUs of all. */
    public int gpus() {
      return count * layout.gpus();
    }
  }

  public Found {
    pools = List.copyOf(pools);
  }

  /** GPUs of all pools. */
  public int gpus() {
    return pools.stream().mapToInt(Instances::gpus).sum();
  }
}
