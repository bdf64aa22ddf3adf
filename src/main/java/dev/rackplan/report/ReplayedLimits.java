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
import java.util.OptionalDouble;

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

  /** Header of {@link #rows}; the first column needs no head in a terminal. */
  public static final List<String> HEADER =
      List.of("time", "mean", "p50", "p95", "p99", "limit", "± %");

  /**
   * What a replay says of requests.
   *
   * @param requests how many were sent
   * @param refused of them those that no rank can hold
   * @param within of them those that are answered within both limits, each by itself
   */
  public record Times(
      int requests, int refused, int within, Distribution ttft, Distribution tpot) {}

  /** What a replay says of requests under these limits. */
  public static ReplayedLimits of(
      Optional<LatencyLimit> ttft, Optional<LatencyLimit> tpot, ReplayResult result) {
    return new ReplayedLimits(
        ttft,
        tpot,
        new Times(
            result.trace().size(),
            result.refused(),
            result.within(seconds(ttft), seconds(tpot)),
            result.ttft(),
            result.tpot()));
  }

  private static OptionalDouble seconds(Optional<LatencyLimit> limit) {
    return limit.isPresent() ? OptionalDouble.of(limit.get().seconds()) : OptionalDouble.empty();
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

  /**
   * Mean and percentiles of both times, a row each.
   *
   * @param ttftError ± of the TTFT as a share; empty where none is known
   * @param tpotError the same of the TPOT
   */
  public List<List<String>> rows(OptionalDouble ttftError, OptionalDouble tpotError) {
    return List.of(
        row("TTFT [ms]", times.ttft(), ttft, ttftError),
        row("TPOT [ms]", times.tpot(), tpot, tpotError));
  }

  private static List<String> row(
      String what, Distribution times, Optional<LatencyLimit> limit, OptionalDouble error) {
    List<String> row = new ArrayList<>(List.of(what));
    for (double seconds : new double[] {times.mean(), times.p50(), times.p95(), times.p99()}) {
      row.add(Figures.fixed(MILLIS * seconds, 2));
    }
    row.add(
        limit
            .map(most -> most.of().key() + " " + Figures.shortest(MILLIS * most.seconds()))
            .orElse(Figures.NONE));
    row.add(ConfidenceText.cell(error));
    return row;
  }

  /**
   * Goodput, and what the ± is of.
   *
   * @param requestsPerSecond at which requests came
   */
  public String goodput(double requestsPerSecond) {
    double share = times.within() / (double) times.requests();
    return String.format(
        Locale.ROOT,
        "goodput: %s of %s requests/s are answered within both limits (%.1f%%);"
            + " ±: of the mean, by the steps' times; waiting near full load is less sure",
        Figures.requests(share * requestsPerSecond),
        Figures.requests(requestsPerSecond),
        100 * share);
  }

  /** All of it for a terminal, in lines of at most 80 columns; ends with a line feed. */
  public String text(OptionalDouble ttftError, OptionalDouble tpotError, double requestsPerSecond) {
    List<String> header = new ArrayList<>(HEADER);
    header.set(0, "");
    TextTable table = new TextTable(header);
    rows(ttftError, tpotError).forEach(table::add);
    return table.text() + TextTable.wrapped(goodput(requestsPerSecond), 2);
  }

  /** As plain values for JSON. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("requests", times.requests());
    tree.put("refused", times.refused());
    tree.put("withinLimits", kept());
    tree.put("withinLimitsShare", times.within() / (double) times.requests());
    tree.put("ttftMillis", ReplayReport.millis(times.ttft()));
    tree.put("tpotMillis", ReplayReport.millis(times.tpot()));
    return tree;
  }
}
