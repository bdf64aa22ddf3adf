package dev.rackplan.replay;

import java.util.List;
import java.util.Optional;

/**
 * What requests go through.
 *
 * @param pools those that do both, or those that read prompts and then those that decode; several
 *     of a role where instances are of several sizes
 * @param link between pools; empty where they do both
 * @param router within the pools of a role
 * @param cachedShare of each prompt that is found cached, where a trace does not say which blocks
 *     it is made of
 */
public record Deployment(
    List<Pool> pools, Optional<CacheLink> link, Router router, double cachedShare) {
  public Deployment {
    pools = List.copyOf(pools);
    List<Role> roles = pools.stream().map(Pool::role).toList();
    boolean one = link.isEmpty() && !roles.isEmpty() && roles.stream().allMatch(Role.BOTH::equals);
    int readers = roles.lastIndexOf(Role.PREFILL) + 1;
    boolean two =
        link.isPresent()
            && link.get().bytesPerSecond().size() == roles.size()
            && roles.subList(0, readers).stream().allMatch(Role.PREFILL::equals)
            && roles.subList(readers, roles.size()).stream().allMatch(Role.DECODE::equals)
            && readers > 0
            && readers < roles.size();
    if (!one && !two) {
      throw new IllegalArgumentException("no deployment: " + roles + ", link " + link.isPresent());
    }
    if (!(cachedShare >= 0 && cachedShare < 1)) {
      throw new IllegalArgumentException("cachedShare must be in [0, 1), was " + cachedShare);
    }
  }

  /** GPUs of all pools. */
  public int gpus() {
    return pools.stream().mapToInt(Pool::gpus).sum();
  }
}
