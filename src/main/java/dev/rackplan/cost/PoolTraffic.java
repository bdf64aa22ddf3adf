package dev.rackplan.cost;

import dev.rackplan.cost.link.CacheTransfer;
import dev.rackplan.cost.link.LinkShares;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.topology.Network;
import dev.rackplan.topology.OtherTraffic;
import dev.rackplan.topology.Tier;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one of two pools puts on links that the other one uses at the same time: its stages' own
 * exchange, and KV caches on their way from prefill to decode.
 *
 * <p>Each prefill GPU sends as much of the caches as any other, evenly to all decode GPUs, over its
 * NIC where these are in other domains. Where the problem leaves the rate open it is what both
 * would take without caches on the links. Left out: ports inside domains, hops of the other pool.
 */
public final class PoolTraffic {
  private final Network network;
  private final Map<Integer, double[]> loads = new HashMap<>();

  private PoolTraffic(Network network) {
    this.network = network;
  }

  /** The problem with each pool's question beside the other's plan. */
  public static ServingProblem together(ServingProblem serving, Plan prefill, Plan decode) {
    ServingProblem shared = with(serving, prefill, decode, new TreeMap<>());
    double requests =
        serving.rate().isPresent()
            ? serving.requestsPerSecond()
            : Math.min(most(shared, Pool.PREFILL, prefill), most(shared, Pool.DECODE, decode));
    double bytes = requests * CacheTransfer.of(serving).bytesPerRequest();
    Network network = serving.prefill().topology().network();
    return with(serving, prefill, decode, steady(network, bytes, gpus(prefill), gpus(decode)));
  }

  private static double most(ServingProblem serving, Pool pool, Plan plan) {
    Problem problem = serving.of(pool);
    CostedPlan costed = CostedPlan.of(problem, ProblemRouting.of(problem), plan, CostDetail.TIMES);
    return Math.min(
        costed.tokensPerSecond() / serving.tokensPerRequest(pool),
        CacheTransfer.of(serving).requestsPerSecond(plan.layout().gpus()));
  }

  private static ServingProblem with(
      ServingProblem serving, Plan prefill, Plan decode, SortedMap<Integer, Double> caches) {
    return new ServingProblem(
        serving.name(),
        serving.inputTokens(),
        serving.outputTokens(),
        serving.rate(),
        with(serving.of(Pool.PREFILL), exchange(decode, caches)),
        with(serving.of(Pool.DECODE), exchange(prefill, caches)));
  }

  /** A topology on which a plan of another pool runs; where its KV caches go is not known yet. */
  public static Topology beside(Topology topology, Plan other) {
    return topology.withOthers(exchange(other, new TreeMap<>()));
  }

  private static Problem with(Problem problem, OtherTraffic others) {
    return problem.withTopology(problem.topology().withOthers(others));
  }

  private static OtherTraffic exchange(Plan plan, SortedMap<Integer, Double> caches) {
    Layout layout = plan.layout();
    List<List<Integer>> copies = new ArrayList<>();
    for (int instance = 0; instance < layout.replicas(); instance++) {
      for (Stage stage : plan.stages()) {
        copies.add(stage.gpusOfInstance(instance, layout.gpusPerStage()));
      }
    }
    return new OtherTraffic(copies, LinkShares.running(layout), caches);
  }

  private static List<Integer> gpus(Plan plan) {
    return plan.stages().stream().flatMap(stage -> stage.gpus().stream()).toList();
  }

  /**
   * Bytes/s by link where senders send {@code bytes} a second together, all alike, each evenly to
   * all receivers.
   */
  static SortedMap<Integer, Double> steady(
      Network network, double bytes, List<Integer> senders, List<Integer> receivers) {
    PoolTraffic traffic = new PoolTraffic(network);
    traffic.add(bytes, senders, receivers, 0);
    traffic.add(bytes, receivers, senders, 1);
    SortedMap<Integer, Double> steady = new TreeMap<>();
    traffic.loads.forEach(
        (link, both) -> {
          double most = Math.max(both[0], both[1]);
          if (most > 0) {
            steady.put(link, most);
          }
        });
    return steady;
  }

  // A link above one end is crossed by what goes to ends that lie neither below it nor in the first
  // one's own domain.
  private void add(double bytes, List<Integer> ends, List<Integer> others, int direction) {
    Map<Integer, Integer> inDomain = new HashMap<>();
    Map<Integer, Integer> below = new HashMap<>();
    Map<List<Integer>, Integer> belowInDomain = new HashMap<>();
    for (int other : others) {
      int domain = domain(other);
      inDomain.merge(domain, 1, Integer::sum);
      for (int link : network.way(Tier.SCALE_OUT, other)) {
        below.merge(link, 1, Integer::sum);
        belowInDomain.merge(List.of(domain, link), 1, Integer::sum);
      }
    }
    for (int end : ends) {
      int domain = domain(end);
      for (int link : network.way(Tier.SCALE_OUT, end)) {
        int near =
            inDomain.getOrDefault(domain, 0)
                + below.getOrDefault(link, 0)
                - belowInDomain.getOrDefault(List.of(domain, link), 0);
        double away = bytes / ends.size() * (others.size() - near) / others.size();
        loads.computeIfAbsent(link, key -> new double[2])[direction] += away;
      }
    }
  }

  private int domain(int gpu) {
    return network.topology().gpus().get(gpu).domain();
  }
}
