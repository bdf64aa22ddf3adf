package dev.rackplan.replay;

import java.util.List;
import java.util.Optional;

/**
 * What requests go through.
 *
 * @param pools one that does both, or one that reads prompts and one that decodes, in this order
 * @param link from the first to the second; empty where there is one pool
 * @param router within each pool
 * @param cachedShare of each prompt that is found cached, where a trace does not say which blocks
 *     it is made of
 */
public record Deployment(
    List<Pool> pools, Optional<CacheLink> link, Router router, double cachedShare) {
  public Deployment {
    pools = List.copyOf(pools);
    List<Role> roles = pools.stream().map(Pool::role).toList();
    boolean one = roles.equals(List.of(Role.BOTH)) && link.isEmpty();
    boolean two = roles.equals(List.of(Role.PREFILL, Role.DECODE)) && link.isPresent();
    if (!one && !two) {
      throw new IllegalArgumentException("no deployment: " + roles + ", link " + link.isPresent());
    }
    if (!(cachedShare >= 0 && cachedShare < 1)) {
      throw new IllegalArgumentException("cachedShare must be in [0, 1), was " + cachedShare);
    }
  }

  /** The pool that reads prompts. */
  public Pool first() {
    return pools.get(0);
  }

  /** The pool that decodes. */
  public Pool last() {
    return pools.get(pools.size() - 1);
  }

  /** GPUs of all pools. */
  public int gpus() {
    return pools.stream().mapToInt(Pool::gpus).sum();
  }
}
