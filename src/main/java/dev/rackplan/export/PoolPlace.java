package dev.rackplan.export;

import dev.rackplan.problem.Pool;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where a deployment stands among those that serve together.
 *
 * @param word what it is called among them, as its folder is; empty where it serves alone
 * @param role what it does; empty where each of its instances reads and decodes
 * @param instancesBefore instances of the pools before it, which have their ports on the same hosts
 * @param attentionRanksBefore attention ranks of those instances
 * @param cachesOverNvlink whether KV caches go from host to host over NVLink
 * @param cacheTokens that 99 of 100 prompts stay within, whose KV caches are handed over; 0 where
 *     none are
 * @param longestContext tokens of the longest sequence that all of them take; empty where each
 *     takes its own
 */
public record PoolPlace(
    String word,
    Optional<Pool> role,
    int instancesBefore,
    int attentionRanksBefore,
    boolean cachesOverNvlink,
    int cacheTokens,
    OptionalInt longestContext) {
  /** One that serves alone. */
  public static final PoolPlace ALONE =
      new PoolPlace("", Optional.empty(), 0, 0, false, 0, OptionalInt.empty());

  /** Whether it is one of several pools. */
  boolean isOneOfSeveral() {
    return !word.isEmpty();
  }

  /** Whether it hands KV caches over, or takes them. */
  boolean handsOver() {
    return role.isPresent();
  }

  /** Whether it reads prompts for a pool that decodes. */
  boolean prefills() {
    return role.filter(own -> own == Pool.PREFILL).isPresent();
  }

  /** Whether it decodes what another pool has read. */
  boolean decodes() {
    return role.filter(own -> own == Pool.DECODE).isPresent();
  }

  /** The word for what it does: {@code prefill} or {@code decode}; else {@code serve}. */
  String roleWord() {
    return Pool.word(role);
  }
}
