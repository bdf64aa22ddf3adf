package dev.rackplan.workload;

import java.util.OptionalInt;

/**
 * What data-parallel ranks hold a part of, and fetch or reduce when they need the whole.
 *
 * @param stage ZeRO's: 0 nothing, 1 optimizer states, 2 gradients too, 3 weights too (FSDP)
 * @param ranks of a group that holds one whole copy (HSDP, a distributed optimizer's instance);
 *     empty = all data-parallel ranks
 */
public record Sharding(int stage, OptionalInt ranks) {
  /** No part of anything. */
  public static final Sharding NONE = new Sharding(0, OptionalInt.empty());

  /** Optimizer states over all data-parallel ranks, as Megatron's distributed optimizer. */
  public static final Sharding OPTIMIZER = new Sharding(1, OptionalInt.empty());

  private static final int MOST = 3;

  public Sharding {
    if (stage < 0 || stage > MOST) {
      throw new IllegalArgumentException("stage must be 0 to 3, was " + stage);
    }
    if (ranks.isPresent() && ranks.getAsInt() < 1) {
      throw new IllegalArgumentException("ranks must be >= 1, was " + ranks.getAsInt());
    }
  }

  /** Whether optimizer states are divided. */
  public boolean optimizer() {
    return stage >= 1;
  }

  /** Whether gradients are. */
  public boolean gradients() {
    return stage >= 2;
  }

  /** Whether weights are. */
  public boolean weights() {
    return stage >= MOST;
  }

  /** Ranks of a group among {@code all} data-parallel ranks. */
  public int groupOf(int all) {
    return Math.min(ranks.orElse(all), all);
  }

  /**
   * Ranks of such a group that hold the same experts: with as many copies of the whole as the
   * groups make, each has its share of them (Megatron-Core's {@code parallel_state.py}).
   *
   * @param all data-parallel ranks
   * @param sameExperts ranks that hold the same experts
   */
  public int expertGroupOf(int all, int sameExperts) {
    return Math.max(1, sameExperts / (all / groupOf(all)));
  }
}
