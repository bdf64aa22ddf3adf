package dev.rackplan.replay;

/** Which attention rank of a pool a request goes to; each rank has a queue of its own. */
public enum Router {
  /** One after the other, instance by instance. */
  ROUND_ROBIN,
  /** The one with the fewest requests, waiting or running; of equals the emptier instance's. */
  LEAST_LOADED,
  /**
   * The one that has most of the prompt in its prefix cache, where that is more than 0.3 of it;
   * else the one whose prefix cache holds least. Where loads are apart, the largest more than 64
   * requests and 1.5 times above the smallest, the least loaded. Source: SGLang's router, {@code
   * --policy cache_aware} with its defaults. A pool that only decodes has no such cache: the least
   * loaded.
   */
  CACHE_AWARE
}
