package dev.rackplan.export;

import dev.rackplan.problem.Pool;
import java.util.Optional;

/**
 * Where a deployment stands among those that serve together.
 *
 * @param pool what it does; empty where it serves alone
 * @param instancesBefore instances of the pools before it, which have their ports on the same hosts
 * @param attentionRanksBefore attention ranks of those instances
 * @param cachesOverNvlink whether KV caches go from host to host over NVLink
 * @param cacheTokens that 99 of 100 prompts stay within, whose KV caches are handed over; 0 alone
 */
public record PoolPlace(
    Optional<Pool> pool,
    int instancesBefore,
    int attentionRanksBefore,
    boolean cachesOverNvlink,
    int cacheTokens) {
  /** One that serves alone. */
  public static final PoolPlace ALONE = new PoolPlace(Optional.empty(), 0, 0, false, 0);

  /** Whether it reads prompts for a pool that decodes. */
  boolean prefills() {
    return pool.filter(own -> own == Pool.PREFILL).isPresent();
  }

  /** Whether it decodes what another pool has read. */
  boolean decodes() {
    return pool.filter(own -> own == Pool.DECODE).isPresent();
  }
}
