package dev.rackplan.report;

import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.link.CacheTransfer;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.serving.Bill;
import dev.rackplan.topology.Gpu;
import dev.rackplan.workload.Contexts;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Both pools of a serving problem, with all that is said about each.
 *
 * @param serving the question
 * @param prefill report on the prefill pool
 * @param decode report on the decode pool
 */
public record ServingReport(ServingProblem serving, PlanReport prefill, PlanReport decode) {
  private static final int MOST_LOST = 4;
  // Where a pool could take that much more, the rate is what keeps GPUs idle. Assumed.
  private static final double WORTH = 1.001;

  /** The same at the rate that both pools can take, where none is given. */
  public ServingReport withRate() {
    if (serving.rate().isPresent()) {
      return this;
    }
    double most = new ServingReport(serving.at(1), prefill, decode).capacity();
    return new ServingReport(serving.at(most), prefill, decode);
  }

  /** The report on one pool. */
  public PlanReport of(Pool pool) {
    return switch (pool) {
      case PREFILL -> prefill;
      case DECODE -> decode;
    };
  }

  /** Requests per second that a pool could take, by its GPUs and by their links. */
  double capacity(Pool pool) {
    double computed =
        of(pool).evaluation().tokensPerSecond()
            * serving.requestsPerSecond()
            / serving.tokensPerSecond(pool);
    return Math.min(computed, CacheTransfer.of(serving).requestsPerSecond(gpus(pool)));
  }

  /** The same of the pool that takes fewer. */
  public double capacity() {
    return Math.min(capacity(Pool.PREFILL), capacity(Pool.DECODE));
  }

  /**
   * Requests per second, up to those that come, with {@code nodes} hosts or trays lost where that
   * costs most: the instances on them end, no others.
   */
  double requestsPerSecondWithout(int nodes) {
    double left = serving.requestsPerSecond();
    for (Pool pool : Pool.values()) {
      Plan plan = of(pool).plan();
      int instances = LostNodes.left(plan, of(pool).problem().topology(), nodes);
      left = Math.min(left, capacity(pool) * instances / plan.layout().replicas());
    }
    return left;
  }

  private int usableGpus() {
    return serving.prefill().topology().usableGpus().size();
  }

  private int idleGpus() {
    return usableGpus() - gpus();
  }

  /** Who pays for what, all usable GPUs of the topology; empty where one has no price. */
  Optional<Bill> bill() {
    OptionalDouble prompts = usdPerHour(Pool.PREFILL);
    OptionalDouble answers = usdPerHour(Pool.DECODE);
    if (prompts.isEmpty() || answers.isEmpty()) {
      return Optional.empty();
    }
    Set<Integer> used = new HashSet<>();
    for (Pool pool : Pool.values()) {
      of(pool).plan().stages().forEach(stage -> used.addAll(stage.gpus()));
    }
    double idle = 0;
    for (Gpu gpu : serving.prefill().topology().usableGpus()) {
      OptionalDouble usd = gpu.spec().usdPerHour();
      if (usd.isEmpty()) {
        return Optional.empty();
      }
      idle += used.contains(gpu.index()) ? 0 : usd.getAsDouble();
    }
    Contexts contexts = serving.prefill().workload().contexts();
    return Optional.of(
        new Bill(
            prompts.getAsDouble(),
            answers.getAsDouble(),
            idle,
            0,
            new Bill.Requests(
                serving.requestsPerSecond(),
                contexts.computedTokens(),
                contexts.cachedTokens(),
                serving.outputTokens())));
  }

  private OptionalDouble usdPerHour(Pool pool) {
    return CostedPlan.usdPerHour(of(pool).problem(), of(pool).plan().stages());
  }

  /** Whether both pools take as many requests as come. */
  public boolean keepsUp() {
    return keepsUp(Pool.PREFILL) && keepsUp(Pool.DECODE);
  }

  private boolean keepsUp(Pool pool) {
    return CacheTransfer.of(serving)
        .demand(serving, pool)
        .isMet(of(pool).evaluation().tokensPerSecond(), gpus(pool));
  }

  /** Share of their links that a pool's GPUs spend on sending or taking in KV caches. */
  private double linkShare(Pool pool) {
    return serving.requestsPerSecond() / CacheTransfer.of(serving).requestsPerSecond(gpus(pool));
  }

  private int gpus(Pool pool) {
    return of(pool).plan().layout().gpus();
  }

  /** GPUs of both pools, which serving is to have few of. */
  public int gpus() {
    return gpus(Pool.PREFILL) + gpus(Pool.DECODE);
  }

  /** From a request's first token in to its last one out, in s. */
  public double requestSeconds() {
    return prefill.evaluation().stepSeconds()
        + serving.outputTokens() * decode.evaluation().stepSeconds();
  }

  /** GPUs of the prefill pool over those of the decode pool. */
  double gpuRatio() {
    return gpus(Pool.PREFILL) / (double) gpus(Pool.DECODE);
  }

  /** The figures as plain values, for JSON. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("requestsPerSecond", serving.requestsPerSecond());
    tree.put("prefillGpus", gpus(Pool.PREFILL));
    tree.put("decodeGpus", gpus(Pool.DECODE));
    tree.put("gpuRatio", gpuRatio());
    tree.put("prefillCapacityRequestsPerSecond", capacity(Pool.PREFILL));
    tree.put("decodeCapacityRequestsPerSecond", capacity(Pool.DECODE));
    CacheTransfer transfer = CacheTransfer.of(serving);
    tree.put("kvBytesPerRequest", transfer.bytesPerRequest());
    tree.put("cachedKvBytesPerRequest", transfer.cachedBytesPerRequest());
    tree.put("prefillLinkShare", linkShare(Pool.PREFILL));
    tree.put("decodeLinkShare", linkShare(Pool.DECODE));
    tree.put("idleGpus", idleGpus());
    tree.put(
        "requestsPerSecondWithNodesLost",
        IntStream.rangeClosed(1, MOST_LOST).mapToObj(this::requestsPerSecondWithout).toList());
    bill().ifPresent(bill -> tree.put("bill", BillText.tree(bill, OptionalDouble.empty())));
    return tree;
  }

  private String firstLine() {
    int idle = idleGpus();
    return String.format(
        Locale.ROOT,
        "%s: %s requests/s on %d GPUs for prefill and %d for decode; %s%n",
        serving.name(),
        Figures.requests(serving.requestsPerSecond()),
        gpus(Pool.PREFILL),
        gpus(Pool.DECODE),
        idle == 0
            ? "no GPU idles"
            : idle
                + " of "
                + usableGpus()
                + " GPUs idle: at "
                + (serving.requestsPerSecond() * WORTH < capacity()
                    ? "this rate no more are needed"
                    : "these sizes no instance more fits or helps"));
  }

  String lost() {
    return String.format(
        Locale.ROOT,
        "with 1 host or tray lost: %s requests/s, with 2: %s%n",
        Figures.requests(requestsPerSecondWithout(1)),
        Figures.requests(requestsPerSecondWithout(2)));
  }

  /** Both summaries, and what the pools are to each other. */
  public String text() {
    return firstLine()
        + '\n'
        + SummaryText.ofPool(prefill)
        + '\n'
        + SummaryText.ofPool(decode)
        + '\n'
        + serving.name()
        + ": "
        + Figures.requests(serving.requestsPerSecond())
        + " requests/s of "
        + Figures.fixed(serving.inputTokens(), 0)
        + " + "
        + Figures.fixed(serving.outputTokens(), 0)
        + " tokens on "
        + gpus(Pool.PREFILL)
        + " GPUs for prefill and "
        + gpus(Pool.DECODE)
        + " for decode, a ratio of "
        + Figures.fixed(gpuRatio(), 2)
        + "; at most "
        + Figures.requests(capacity(Pool.PREFILL))
        + " and "
        + Figures.requests(capacity(Pool.DECODE))
        + " requests/s\nKV caches: "
        + transfers()
        + lost()
        + bill().map(bill -> BillText.words(bill, OptionalDouble.empty()) + '\n').orElse("");
  }

  String transfers() {
    CacheTransfer transfer = CacheTransfer.of(serving);
    String read =
        transfer.cachedBytesPerRequest() == 0
            ? ""
            : String.format(
                Locale.ROOT,
                "; what prompts find cached is read at %.2f GB/s",
                serving.requestsPerSecond() * transfer.cachedBytesPerRequest() / 1e9);
    return String.format(
        Locale.ROOT,
        "%.1f MB a request, %.2f GB/s from pool to pool, %.1f%% of the links of prefill's GPUs and"
            + " %.1f%% of decode's%s%n",
        transfer.bytesPerRequest() / 1e6,
        serving.requestsPerSecond() * transfer.bytesPerRequest() / 1e9,
        100 * linkShare(Pool.PREFILL),
        100 * linkShare(Pool.DECODE),
        read);
  }
}
