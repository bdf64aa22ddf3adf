package dev.rackplan.report;

import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.RequestLengths;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What recorded requests say, and the keys of {@code workload} that say it to a problem.
 *
 * @param name of the recording, for the heading
 */
public record RequestReport(String name, RequestLengths lengths) {
  private static final double VARIATION_DIGITS = 1e3;
  private static final double RATE_DIGITS = 1e3;

  /** The workloads' keys but {@code concurrentSequences} and {@code routing}, by phase. */
  public Map<String, Map<String, Object>> workloads() {
    Map<String, Map<String, Object>> workloads = new LinkedHashMap<>();
    Map<String, Object> prefill = keys("prefill", "contextTokens", lengths.prompts());
    cached(prefill);
    workloads.put("prefill", prefill);
    lengths
        .contexts()
        .ifPresent(contexts -> workloads.put("decode", keys("decode", "contextTokens", contexts)));
    if (lengths.answers().isPresent() && lengths.perSecond().isPresent()) {
      Map<String, Object> serving = keys("serving", "inputTokens", lengths.prompts());
      cached(serving);
      serving.put("outputTokens", Math.max(1, Math.round(lengths.answers().get().mean())));
      serving.put(
          "requestsPerSecond",
          Math.max(
              1 / RATE_DIGITS,
              Math.round(lengths.perSecond().getAsDouble() * RATE_DIGITS) / RATE_DIGITS));
      workloads.put("serving", serving);
    }
    return workloads;
  }

  private static Map<String, Object> keys(
      String phase, String meanKey, RequestLengths.Spread spread) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("phase", phase);
    keys.put(meanKey, Math.round(spread.mean()));
    keys.put(
        "contextVariation",
        Math.min(
            Contexts.MOST_VARIATION,
            Math.round(spread.variation() * VARIATION_DIGITS) / VARIATION_DIGITS));
    return keys;
  }

  private void cached(Map<String, Object> keys) {
    long tokens =
        Math.min(Math.round(lengths.cachedTokens()), Math.round(lengths.prompts().mean()) - 1);
    if (tokens > 0) {
      keys.put("cachedTokens", tokens);
    }
  }

  /** The figures as plain values, for JSON. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("requests", lengths.requests());
    lengths.perSecond().ifPresent(rate -> tree.put("requestsPerSecond", rate));
    tree.put("prompts", tree(lengths.prompts()));
    tree.put("cachedTokens", lengths.cachedTokens());
    lengths.answers().ifPresent(answers -> tree.put("answers", tree(answers)));
    lengths.contexts().ifPresent(contexts -> tree.put("contexts", tree(contexts)));
    tree.put("workloads", workloads());
    return tree;
  }

  private static Map<String, Object> tree(RequestLengths.Spread spread) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("mean", spread.mean());
    tree.put("variation", spread.variation());
    tree.put("p99", spread.p99());
    return tree;
  }

  /** The figures as a table, then what to see. */
  public String text() {
    TextTable table =
        new TextTable(
            List.of("tokens", "mean", "variation (deviation / mean)", "99 of 100 within"));
    table.add(row("prompt", lengths.prompts()));
    lengths.answers().ifPresent(answers -> table.add(row("answer", answers)));
    lengths.contexts().ifPresent(contexts -> table.add(row("context in decode", contexts)));
    StringBuilder text = new StringBuilder(name).append(": ").append(lengths.requests());
    text.append(lengths.requests() == 1 ? " request" : " requests");
    lengths.perSecond().ifPresent(rate -> text.append(", " + Figures.requests(rate) + " a second"));
    text.append("\n\n").append(table.text()).append('\n').append(sentence());
    return text.toString();
  }

  /** What to see in it. */
  private String sentence() {
    double variation = lengths.prompts().variation();
    String cached =
        lengths.cachedTokens() > 0
            ? String.format(
                Locale.ROOT,
                "Of all prompt tokens %.1f%% are in blocks that an earlier prompt had. ",
                100 * lengths.cachedTokens() / lengths.prompts().mean())
            : "";
    return cached
        + String.format(
            Locale.ROOT,
            "For unlike lengths a prompt token sees %.1f times the context that it would were all prompts alike.%s%n",
            1 + variation * variation,
            variation > Contexts.MOST_VARIATION
                ? " The keys say " + Contexts.MOST_VARIATION + ", the most that a problem takes."
                : "");
  }

  private static List<String> row(String what, RequestLengths.Spread spread) {
    return List.of(
        what,
        Figures.fixed(spread.mean(), 0),
        Figures.fixed(spread.variation(), 3),
        Figures.fixed(spread.p99(), 0));
  }
}
