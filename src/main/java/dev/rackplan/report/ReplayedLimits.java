package dev.rackplan.report;

import dev.rackplan.problem.LatencyLimit;
import dev.rackplan.problem.Statistic;
import dev.rackplan.replay.Distribution;
import dev.rackplan.replay.ReplayResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Limits of percentiles, held against a replay.
 *
 * @param ttft limit of the time to first token; empty = any
 * @param tpot limit of the time per output token; empty = any
 * @param times of the replayed requests
 */
public record ReplayedLimits(
    Optional<LatencyLimit> ttft, Optional<LatencyLimit> tpot, Times times) {
  private static final double MILLIS = 1e3;

  /**
   * What a replay says of requests.
   *
   * @param requests how many were sent
   * @param refused of them those that no rank can hold
   */
  public record Times(int requests, int refused, Distribution ttft, Distribution tpot) {
    /** Of a replay. */
    public static Times of(ReplayResult result) {
      return new Times(result.trace().size(), result.refused(), result.ttft(), result.tpot());
    }
  }

  /** Whether every percentile that is asked for is kept, and every request answered. */
  public boolean kept() {
    return times.refused() == 0 && ttftOfLimit() <= 1 && tpotOfLimit() <= 1;
  }

  /** The percentile of the TTFT over its limit; 0 where no percentile is limited. */
  public double ttftOfLimit() {
    return ofLimit(ttft, times.ttft());
  }

  /** The same of the TPOT. */
  public double tpotOfLimit() {
    return ofLimit(tpot, times.tpot());
  }

  /** The mean of the TTFT over the limit; 0 where no percentile is limited. */
  public double ttftMeanOfLimit() {
    return ofLimit(ttft, times.ttft(), Statistic.MEAN);
  }

  /** The same of the TPOT. */
  public double tpotMeanOfLimit() {
    return ofLimit(tpot, times.tpot(), Statistic.MEAN);
  }

  private static double ofLimit(Optional<LatencyLimit> limit, Distribution times) {
    return limit.map(most -> ofLimit(limit, times, most.of())).orElse(0.0);
  }

  private static double ofLimit(
      Optional<LatencyLimit> limit, Distribution times, Statistic statistic) {
    return limit
        .filter(LatencyLimit::isPercentile)
        .map(most -> times.at(statistic) / most.seconds())
        .orElse(0.0);
  }

  /** Such as {@code replay of 10000 requests: TTFT p95 930 of 1000 ms}. */
  public String words() {
    List<String> parts = new ArrayList<>();
    ttft.ifPresent(limit -> parts.add(words("TTFT", limit, times.ttft())));
    tpot.ifPresent(limit -> parts.add(words("TPOT", limit, times.tpot())));
    return "replay of " + times.requests() + " requests: " + String.join(", ", parts);
  }

  private static String words(String what, LatencyLimit limit, Distribution times) {
    return String.format(
        Locale.ROOT,
        "%s %s %s of %s ms",
        what,
        limit.of().key(),
        Figures.shortest(Math.rint(1e4 * times.at(limit.of())) / 10),
        Figures.shortest(MILLIS * limit.seconds()));
  }

  /** As plain values for JSON. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("requests", times.requests());
    tree.put("refused", times.refused());
    tree.put("withinLimits", kept());
    tree.put("ttftMillis", ReplayReport.millis(times.ttft()));
    tree.put("tpotMillis", ReplayReport.millis(times.tpot()));
    return tree;
  }
}
