package dev.rackplan.report;

import dev.rackplan.replay.Distribution;
import dev.rackplan.replay.PoolFigures;
import dev.rackplan.replay.ReplayResult;
import dev.rackplan.replay.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What became of requests that went through a deployment.
 *
 * @param name of the problem, for the heading
 * @param arrivals where the requests are from, in words
 * @param ttftLimit longest time to first token in s; empty = none
 * @param tpotLimit longest time per token after the first in s; empty = none
 */
public record ReplayReport(
    String name,
    String arrivals,
    ReplayResult result,
    OptionalDouble ttftLimit,
    OptionalDouble tpotLimit) {
  private static final double MILLIS = 1e3;

  /** Header of {@link #timeRows}. */
  public static final List<String> TIME_HEADER =
      List.of("time", "mean", "p50", "p95", "p99", "longest");

  /** Header of {@link #poolRows}. */
  public static final List<String> POOL_HEADER =
      List.of(
          "pool",
          "GPUs",
          "instances",
          "busy",
          "waiting",
          "at most",
          "running",
          "KV used",
          "fullest",
          "gave way");

  private double perSecond(double amount) {
    return result.seconds() > 0 ? amount / result.seconds() : 0;
  }

  // Of requests: over the time in which they come; one that is alone, or all at once, until the
  // end.
  private double comesPerSecond(double amount) {
    double last = 0;
    for (int r = 0; r < result.trace().size(); r++) {
      last = Math.max(last, result.cameSeconds(r));
    }
    return last > 0 ? amount / last : perSecond(amount);
  }

  private int within() {
    return result.within(ttftLimit, tpotLimit);
  }

  /** The heading. */
  public String title() {
    return name + ", replayed";
  }

  /** Times, a row each. */
  public List<List<String>> timeRows() {
    return List.of(
        row("TTFT [ms]", result.ttft(), MILLIS),
        row("in the queue [ms]", result.queueing(), MILLIS),
        row("TPOT [ms]", result.tpot(), MILLIS),
        row("whole answer [s]", result.whole(), 1));
  }

  private static List<String> row(String what, Distribution times, double unit) {
    List<String> row = new ArrayList<>(List.of(what));
    for (double value :
        new double[] {times.mean(), times.p50(), times.p95(), times.p99(), times.most()}) {
      row.add(Figures.fixed(value * unit, 2));
    }
    return row;
  }

  /** Pools, a row each. */
  public List<List<String>> poolRows() {
    return result.pools().stream().map(ReplayReport::row).toList();
  }

  private static List<String> row(PoolFigures pool) {
    return List.of(
        poolName(pool),
        String.valueOf(pool.pool().gpus()),
        String.valueOf(pool.pool().instances()),
        Figures.percent(pool.busyShare()),
        Figures.fixed(pool.waiting(), 1),
        Figures.fixed(pool.mostWaiting(), 0),
        Figures.fixed(pool.running(), 1),
        Figures.percent(pool.kvShare()),
        Figures.percent(pool.mostKvShare()),
        String.valueOf(pool.preempted()));
  }

  /** The pool's name: {@code prefill}, {@code decode}, {@code both}. */
  public static String poolName(PoolFigures pool) {
    return pool.pool().role().name().toLowerCase(Locale.ROOT);
  }

  /** For a terminal; ends with a line feed. */
  public String text() {
    TextTable times = new TextTable(TIME_HEADER);
    timeRows().forEach(times::add);
    TextTable pools = new TextTable(POOL_HEADER);
    poolRows().forEach(pools::add);
    return name
        + ": "
        + arrivals
        + "\n\n"
        + times.text()
        + '\n'
        + pools.text()
        + '\n'
        + sentences()
        + '\n';
  }

  /** What to see in it. */
  public String sentences() {
    StringBuilder text = new StringBuilder();
    int offered = result.trace().size();
    text.append(
        String.format(
            Locale.ROOT,
            "Goodput: %.3f of %.3f requests/s %s (%s).",
            comesPerSecond(within()),
            comesPerSecond(offered),
            limits(),
            Figures.percent(within() / (double) offered)));
    text.append(
        String.format(
            Locale.ROOT,
            " %.1f tokens/s, %.2f on each of %d GPUs.",
            perSecond(result.answerTokens()),
            perSecond(result.answerTokens()) / result.deployment().gpus(),
            result.deployment().gpus()));
    if (result.foundShare() > 0) {
      text.append(" Of prompt tokens ")
          .append(Figures.percent(result.foundShare()))
          .append(" are cached.");
    }
    if (result.refused() > 0) {
      text.append(' ')
          .append(Figures.count(result.refused(), "request"))
          .append(" refused: no rank can hold prompt and answer.");
    }
    return text.toString();
  }

  private String limits() {
    List<String> limits = new ArrayList<>();
    ttftLimit.ifPresent(limit -> limits.add("TTFT " + Figures.shortest(limit * MILLIS) + " ms"));
    tpotLimit.ifPresent(limit -> limits.add("TPOT " + Figures.shortest(limit * MILLIS) + " ms"));
    return limits.isEmpty()
        ? "are answered, no limit is set"
        : "keep " + String.join(" and ", limits);
  }

  /** Plain values, for JSON. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", name);
    tree.put("requests", result.trace().size());
    tree.put("served", result.served());
    tree.put("refused", result.refused());
    tree.put("seconds", result.seconds());
    tree.put("gpus", result.deployment().gpus());
    tree.put("requestsPerSecond", comesPerSecond(result.trace().size()));
    tree.put("servedRequestsPerSecond", perSecond(result.served()));
    tree.put("goodputRequestsPerSecond", comesPerSecond(within()));
    tree.put("withinLimitsShare", within() / (double) result.trace().size());
    ttftLimit.ifPresent(limit -> tree.put("ttftLimitMillis", limit * MILLIS));
    tpotLimit.ifPresent(limit -> tree.put("tpotLimitMillis", limit * MILLIS));
    tree.put("ttftMillis", millis(result.ttft()));
    tree.put("queueMillis", millis(result.queueing()));
    tree.put("tpotMillis", millis(result.tpot()));
    tree.put("answerMillis", millis(result.whole()));
    tree.put("tokensPerSecond", perSecond(result.answerTokens()));
    tree.put(
        "tokensPerSecondPerGpu", perSecond(result.answerTokens()) / result.deployment().gpus());
    tree.put("cachedShare", result.foundShare());
    tree.put("pools", result.pools().stream().map(ReplayReport::tree).toList());
    return tree;
  }

  /** Mean and percentiles in ms. */
  static Map<String, Object> millis(Distribution times) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("count", times.count());
    tree.put("mean", times.mean() * MILLIS);
    tree.put("p50", times.p50() * MILLIS);
    tree.put("p90", times.p90() * MILLIS);
    tree.put("p95", times.p95() * MILLIS);
    tree.put("p99", times.p99() * MILLIS);
    tree.put("longest", times.most() * MILLIS);
    return tree;
  }

  private static Map<String, Object> tree(PoolFigures pool) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", poolName(pool));
    tree.put("gpus", pool.pool().gpus());
    tree.put("instances", pool.pool().instances());
    tree.put("attentionRanks", pool.pool().ranks());
    if (pool.pool().role() != Role.DECODE) {
      tree.put("tokenBudget", pool.pool().batching().tokenBudget());
    }
    if (pool.pool().role() != Role.PREFILL) {
      tree.put("mostRunning", pool.pool().batching().mostRunning());
    }
    tree.put("kvTokensPerRank", Math.floor(pool.pool().room().tokens()));
    tree.put("busyShare", pool.busyShare());
    tree.put("steps", pool.steps());
    tree.put("preempted", pool.preempted());
    tree.put("waiting", pool.waiting());
    tree.put("mostWaiting", pool.mostWaiting());
    tree.put("running", pool.running());
    tree.put("kvShare", pool.kvShare());
    tree.put("mostKvShare", pool.mostKvShare());
    List<Object> spans = new ArrayList<>();
    for (PoolFigures.Span span : pool.spans()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("seconds", span.seconds());
      entry.put("waiting", span.waiting());
      entry.put("running", span.running());
      entry.put("kvShare", span.kvShare());
      spans.add(entry);
    }
    tree.put("overTime", spans);
    return tree;
  }

  /** A line for each request, in the order in which they came. */
  public String csv() {
    return CsvText.of(
        table -> {
          table.row(
              "came_s",
              "prompt_tokens",
              "answer_tokens",
              "served",
              "queue_ms",
              "ttft_ms",
              "tpot_ms",
              "ended_s");
          for (int r = 0; r < result.trace().size(); r++) {
            boolean refused = result.isRefused(r);
            OptionalDouble tpot = refused ? OptionalDouble.empty() : result.tpotSeconds(r);
            table.row(
                Figures.shortest(result.cameSeconds(r)),
                result.trace().promptTokens(r),
                result.trace().answerTokens(r),
                !refused,
                refused
                    ? ""
                    : Figures.shortest(MILLIS * (result.begunSeconds(r) - result.cameSeconds(r))),
                refused ? "" : Figures.shortest(MILLIS * result.ttftSeconds(r)),
                tpot.isPresent() ? Figures.shortest(MILLIS * tpot.getAsDouble()) : "",
                Figures.shortest(result.endedSeconds(r)));
          }
        });
  }
}
