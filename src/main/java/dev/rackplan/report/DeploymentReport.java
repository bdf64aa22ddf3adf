package dev.rackplan.report;

import dev.rackplan.problem.Degree;
import dev.rackplan.serving.Found;
import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.Found.Mode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * Deployments that serve a goal, best first.
 *
 * @param deployments at least one
 * @param gpus that there are
 * @param outputTokens of an answer
 * @param asked whether a rate was asked for, instead of the most
 * @param usdPerHour of one GPU; empty where the catalogue has no price
 */
public record DeploymentReport(
    List<Found> deployments,
    int gpus,
    double outputTokens,
    boolean asked,
    OptionalDouble usdPerHour) {
  private static final int MOST_ROWS = 12;
  private static final double SECONDS_PER_HOUR = 3600;

  public DeploymentReport {
    deployments = List.copyOf(deployments);
  }

  /** The best of one mode; empty where none keeps the limits. */
  public Optional<Found> best(Mode mode) {
    return deployments.stream().filter(found -> found.mode() == mode).findFirst();
  }

  private double tokensPerSecondPerGpu(Found found) {
    return found.requestsPerSecond() * outputTokens / found.gpus();
  }

  // The whole bill over the output tokens.
  private OptionalDouble usdPerMillion(Found found) {
    return usdPerHour.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            1e6 * usdPerHour.getAsDouble() / SECONDS_PER_HOUR / tokensPerSecondPerGpu(found));
  }

  private OptionalDouble usdPerRequest(Found found) {
    return usdPerHour.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            found.gpus() * usdPerHour.getAsDouble() / SECONDS_PER_HOUR / found.requestsPerSecond());
  }

  /** The first line: what is best, and how many GPUs idle. */
  public String headline() {
    Found best = deployments.get(0);
    int idle = gpus - best.gpus();
    String why = asked ? "the rate needs no more" : "no further instance fits";
    String rest = idle == 0 ? "no GPU idles" : idle + " of " + gpus + " GPUs idle: " + why;
    return String.format(
        Locale.ROOT,
        "%s, %d GPUs: %.2f requests/s, TTFT %.0f ms, TPOT %.2f ms; %s; binds: %s",
        word(best.mode()),
        best.gpus(),
        best.requestsPerSecond(),
        1e3 * best.ttftSeconds(),
        1e3 * best.tpotSeconds(),
        rest,
        best.binds());
  }

  /** The best deployments, and the best of the other mode where it is not among them. */
  public String table() {
    TextTable table =
        new TextTable(
            List.of(
                "mode and instances",
                "GPUs",
                "TTFT [ms]",
                "TPOT [ms]",
                "tokens/s/GPU",
                "requests/s",
                "USD/M tokens",
                "front",
                "binds"));
    for (Found found : shown()) {
      table.add(
          List.of(
              words(found),
              String.valueOf(found.gpus()),
              Figures.fixed(1e3 * found.ttftSeconds(), 0),
              Figures.fixed(1e3 * found.tpotSeconds(), 2),
              Figures.fixed(tokensPerSecondPerGpu(found), 0),
              Figures.fixed(found.requestsPerSecond(), 2),
              Figures.fixed(usdPerMillion(found), 3),
              onFront(found) ? "yes" : "",
              found.binds()));
    }
    return table.text();
  }

  // None is at least as good in all three figures, and better in one.
  private boolean onFront(Found found) {
    return deployments.stream().noneMatch(other -> beats(other, found));
  }

  private boolean beats(Found one, Found other) {
    double more = tokensPerSecondPerGpu(one) - tokensPerSecondPerGpu(other);
    double later = one.tpotSeconds() - other.tpotSeconds();
    double first = one.ttftSeconds() - other.ttftSeconds();
    return more >= 0 && later <= 0 && first <= 0 && (more > 0 || later < 0 || first < 0);
  }

  private List<Found> shown() {
    List<Found> shown = new ArrayList<>(deployments.stream().limit(MOST_ROWS).toList());
    Predicate<Found> fresh = found -> !shown.contains(found);
    for (Mode mode : Mode.values()) {
      best(mode).filter(fresh).ifPresent(shown::add);
    }
    return shown;
  }

  /** Such as {@code disaggregated: 2 prefill TP4 + 6 decode DP4 EP4}. */
  public static String words(Found found) {
    List<String> parts = found.pools().stream().map(DeploymentReport::words).toList();
    return word(found.mode()) + ": " + String.join(" + ", parts);
  }

  private static String words(Instances pool) {
    StringBuilder words = new StringBuilder(pool.count() + " x " + pool.role());
    append(words, " TP", pool.layout().attentionTensorParallel());
    append(words, " DP", pool.layout().attentionRanks());
    append(words, " EP", pool.layout().expertParallel());
    append(words, " ETP", pool.layout().expertTensorParallel());
    append(words, " PP", pool.layout().pipelineStages());
    return words.toString();
  }

  private static void append(StringBuilder words, String mark, int degree) {
    if (degree > 1) {
      words.append(mark).append(degree);
    }
  }

  private static String word(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  /** All of them as plain values. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("gpus", gpus);
    tree.put("idleGpus", gpus - deployments.get(0).gpus());
    tree.put("deployments", deployments.stream().map(this::tree).toList());
    return tree;
  }

  private Map<String, Object> tree(Found found) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("mode", word(found.mode()));
    tree.put("gpus", found.gpus());
    tree.put("tpotMillis", 1e3 * found.tpotSeconds());
    tree.put("ttftMillis", 1e3 * found.ttftSeconds());
    tree.put("tokensPerSecondPerGpu", tokensPerSecondPerGpu(found));
    tree.put("requestsPerSecond", found.requestsPerSecond());
    tree.put("concurrency", concurrency(found));
    usdPerMillion(found).ifPresent(usd -> tree.put("usdPerMillionOutputTokens", usd));
    usdPerRequest(found).ifPresent(usd -> tree.put("usdPerRequest", usd));
    tree.put("onFront", onFront(found));
    tree.put("binds", found.binds());
    tree.put("pools", found.pools().stream().map(DeploymentReport::tree).toList());
    return tree;
  }

  // Little's law over a request's whole stay.
  private double concurrency(Found found) {
    return found.requestsPerSecond()
        * (found.ttftSeconds() + Math.max(0, outputTokens - 1) * found.tpotSeconds());
  }

  private static Map<String, Object> tree(Instances pool) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("role", pool.role());
    tree.put("instances", pool.count());
    tree.put("gpusPerInstance", pool.layout().gpus());
    tree.put("sequencesPerRank", pool.sequencesPerRank());
    Map<String, Object> degrees = new LinkedHashMap<>();
    for (Degree degree : Degree.values()) {
      if (pool.layout().get(degree) != degree.neutral()) {
        degrees.put(degree.key(), pool.layout().get(degree));
      }
    }
    tree.put("layout", degrees);
    return tree;
  }
}
