package dev.rackplan.cost.economics;

import dev.rackplan.problem.Demand;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.topology.Tier;
import dev.rackplan.topology.Topology;
import java.util.List;

/**
 * KV caches on their way from the prefill pool to the decode pool, and the cached part of prompts
 * on its way into the prefill pool.
 *
 * <p>Each request's cache is sent once and taken in once, by all GPUs of a pool evenly, over their
 * NICs; in a topology of one domain over their scale-up ports. All GPUs send at once, so each has
 * its share of narrow links above, and the slowest counts. What stages have beside them: {@code
 * PoolTraffic}. Left out: copies for attention tensor parallelism, the last layer's transfer in
 * TTFT (the others go while later layers are computed).
 *
 * @param bytesPerRequest KV cache of a whole prompt
 * @param cachedBytesPerRequest of its cached part
 * @param linkBytesPerSecond sustained rate of a GPU's link, each direction
 */
public record CacheTransfer(
    double bytesPerRequest, double cachedBytesPerRequest, double linkBytesPerSecond) {

  /** The transfers of one request; its prompt's length is the mean. */
  public static CacheTransfer of(ServingProblem serving) {
    Problem prefill = serving.prefill();
    double cached = prefill.workload().contexts().cachedTokens();
    return new CacheTransfer(
        prefill.model().kvCapacityBytes(serving.inputTokens(), prefill.precision().kv()),
        cached == 0 ? 0 : prefill.model().kvCapacityBytes(cached, prefill.precision().kv()),
        link(prefill.topology()));
  }

  /**
   * What the cache of one prompt takes from pool to pool in s, while nothing else needs the links.
   *
   * @param decode the question of the pool that takes it
   * @param bytesPerSecond of the instance with the narrower links
   */
  public static double seconds(Problem decode, double promptTokens, double bytesPerSecond) {
    return decode.model().kvCapacityBytes(promptTokens, decode.precision().kv()) / bytesPerSecond;
  }

  /** Sustained rate of the slowest GPU's link in topologies that are joined by that tier. */
  public static double linkBytesPerSecond(List<Topology> pools, Tier tier) {
    return pools.stream().mapToDouble(pool -> link(pool, tier)).min().orElseThrow();
  }

  private static double link(Topology topology) {
    return link(topology, topology.domains().size() > 1 ? Tier.SCALE_OUT : Tier.SCALE_UP);
  }

  private static double link(Topology topology, Tier tier) {
    return topology.usableGpus().stream()
        .mapToDouble(gpu -> topology.network().fairBytesPerSecond(tier, gpu.index()))
        .min()
        .orElseThrow();
  }

  /**
   * What a pool must yield: the tokens of the requests that come, over links that carry so much.
   */
  public Demand demand(ServingProblem serving, Pool pool) {
    return new Demand(
        serving.tokensPerSecond(pool), requestsPerSecond(1) * serving.tokensPerRequest(pool));
  }

  /** Requests per second whose caches {@code gpus} GPUs of one pool can send or take in. */
  public double requestsPerSecond(long gpus) {
    return gpus * linkBytesPerSecond / bytesPerRequest;
  }
}
