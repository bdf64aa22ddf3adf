package dev.rackplan.report;

import dev.rackplan.cost.CacheTransfer;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.ServingProblem;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Both pools of a serving problem, with all that is said about each.
 *
 * @param serving the question
 * @param prefill report on the prefill pool
 * @param decode report on the decode pool
 */
public record ServingReport(ServingProblem serving, PlanReport prefill, PlanReport decode) {
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
    return tree;
  }

  /** Both summaries, and what the pools are to each other. */
  public String text() {
    return SummaryText.of(prefill)
        + '\n'
        + SummaryText.of(decode)
        + '\n'
        + serving.name()
        + ": "
        + Figures.fixed(serving.requestsPerSecond(), 2)
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
        + Figures.fixed(capacity(Pool.PREFILL), 2)
        + " and "
        + Figures.fixed(capacity(Pool.DECODE), 2)
        + " requests/s\nKV caches: "
        + transfers();
  }

  private String transfers() {
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
        "%.1f MB a request, %.2f GB/s from pool to pool, %.1f%% of the links of prefill's GPUs and %.1f%% of decode's%s%n",
        transfer.bytesPerRequest() / 1e6,
        serving.requestsPerSecond() * transfer.bytesPerRequest() / 1e9,
        100 * linkShare(Pool.PREFILL),
        100 * linkShare(Pool.DECODE),
        read);
  }
}
