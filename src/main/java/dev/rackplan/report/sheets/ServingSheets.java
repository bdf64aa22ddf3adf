package dev.rackplan.report.sheets;

import dev.rackplan.report.Figures;
import dev.rackplan.report.sheets.Sheet.Column;
import dev.rackplan.report.sheets.Sheet.Curves;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What tokens cost by real plans: input by a prefill plan, output by a decode plan, input that was
 * kept by the memory it lay in.
 *
 * @param prefill rate of a plan; empty without one
 * @param decode rate of a plan; empty without one
 * @param steps the decode plan at other batches, and other plans of its problem
 * @param usdPerGpuHour price
 * @param usdPerGpuHourOfPower what its power costs; empty where unknown
 * @param keptUsdPerToken keeping a token's KV cache until it is read, and reading it
 * @param fleet what a fleet served; empty without one
 */
public record ServingSheets(
    OptionalDouble prefill,
    OptionalDouble decode,
    List<Step> steps,
    double usdPerGpuHour,
    OptionalDouble usdPerGpuHourOfPower,
    OptionalDouble keptUsdPerToken,
    Optional<Fleet> fleet) {
  private static final double[] SPEEDS = {1, 1.25, 1.5, 2, 2.5, 3};

  /**
   * A decode plan at one batch.
   *
   * @param what layout and batch in words
   * @param sequences in flight
   * @param stepSeconds TPOT in s
   * @param tokensPerSecondPerGpu of it
   */
  public record Step(
      String what, long sequences, double stepSeconds, double tokensPerSecondPerGpu) {
    double tokensPerSecondPerUser() {
      return 1 / stepSeconds;
    }
  }

  /**
   * Tokens that a fleet served.
   *
   * @param inputTokens read, those that were kept included
   * @param keptTokens of them
   * @param outputTokens written
   * @param gpuHours that it had; empty: only what the plans say
   * @param usdPerMillion prices of input, kept input and output; empty: no revenue
   */
  public record Fleet(
      double inputTokens,
      double keptTokens,
      double outputTokens,
      OptionalDouble gpuHours,
      Optional<double[]> usdPerMillion) {}

  /** The sheets. */
  public List<Sheet> sheets() {
    List<Sheet> sheets = new ArrayList<>();
    sheets.add(tokens());
    if (!steps.isEmpty()) {
      sheets.add(batches());
      sheets.add(speeds());
    }
    fleet.ifPresent(served -> sheets.add(fleet(served)));
    return sheets;
  }

  private double usdPerMillion(double tokensPerSecondPerGpu, double usdPerHour) {
    return usdPerHour / 3600 / tokensPerSecondPerGpu * 1e6;
  }

  private Sheet tokens() {
    List<List<Object>> rows = new ArrayList<>();
    prefill.ifPresent(rate -> rows.add(row("input", rate)));
    decode.ifPresent(rate -> rows.add(row("output", rate)));
    keptUsdPerToken.ifPresent(
        usd -> {
          List<Object> row = new ArrayList<>(List.of("kept input", "-", 1e6 * usd));
          if (usdPerGpuHourOfPower.isPresent()) {
            row.add("-");
          }
          rows.add(row);
        });
    List<Column> columns =
        new ArrayList<>(
            List.of(
                new Column("tokens", "tokens", 0),
                new Column("tokensPerSecondPerGpu", "tokens/s/GPU", 0),
                new Column("usdPerMillion", "USD/M by price", Column.SIGNIFICANT)));
    if (usdPerGpuHourOfPower.isPresent()) {
      columns.add(new Column("usdPerMillionByPower", "USD/M by power", Column.SIGNIFICANT));
    }
    String sentence =
        prefill.isPresent() && decode.isPresent()
            ? "An output token costs "
                + Figures.fixed(prefill.getAsDouble() / decode.getAsDouble(), 1)
                + " times an input token"
                + (keptUsdPerToken.isPresent()
                    ? ", which costs "
                        + Figures.fixed(
                            usdPerMillion(prefill.getAsDouble(), usdPerGpuHour)
                                / 1e6
                                / keptUsdPerToken.getAsDouble(),
                            0)
                        + " times one that was kept."
                    : ".")
            : "Give a prefill and a decode solution to compare input with output.";
    return new Sheet(
        "tokens",
        "What a million tokens cost at " + Figures.fixed(usdPerGpuHour, 2) + " USD/GPU/h",
        sentence,
        columns,
        rows,
        Optional.empty());
  }

  private List<Object> row(String name, double rate) {
    List<Object> row = new ArrayList<>(List.of(name, rate, usdPerMillion(rate, usdPerGpuHour)));
    usdPerGpuHourOfPower.ifPresent(power -> row.add(usdPerMillion(rate, power)));
    return row;
  }

  private double usd(Step step) {
    return usdPerMillion(step.tokensPerSecondPerGpu(), usdPerGpuHour);
  }

  private Sheet batches() {
    List<List<Object>> rows = new ArrayList<>();
    Map<String, List<List<Double>>> lines = new LinkedHashMap<>();
    List<List<Double>> line = new ArrayList<>();
    List<Step> sorted =
        steps.stream().sorted(Comparator.comparingDouble(Step::tokensPerSecondPerUser)).toList();
    for (Step step : sorted) {
      rows.add(
          List.of(
              step.what(),
              step.sequences(),
              1e3 * step.stepSeconds(),
              step.tokensPerSecondPerUser(),
              step.tokensPerSecondPerGpu(),
              usd(step)));
      line.add(List.of(step.tokensPerSecondPerUser(), usd(step)));
    }
    lines.put("USD per million output tokens", line);
    Step slowest = sorted.get(0);
    Step fastest = sorted.get(sorted.size() - 1);
    return new Sheet(
        "batches",
        "Cost and speed of output over the batch",
        "Fewer sequences make each faster and dearer: from "
            + Figures.fixed(slowest.tokensPerSecondPerUser(), 1)
            + " to "
            + Figures.fixed(fastest.tokensPerSecondPerUser(), 1)
            + " tokens/s a user, from "
            + Figures.fixed(usd(slowest), 3)
            + " to "
            + Figures.fixed(usd(fastest), 3)
            + " USD/M.",
        List.of(
            new Column("plan", "plan", 0),
            new Column("sequences", "sequences", 0),
            new Column("stepMillis", "TPOT [ms]", 3),
            new Column("tokensPerSecondPerUser", "tokens/s/user", 1),
            new Column("tokensPerSecondPerGpu", "tokens/s/GPU", 0),
            new Column("usdPerMillion", "USD/M tokens", 4)),
        rows,
        Optional.of(
            new Curves("tokens/s a user", false, "USD per million output tokens", true, lines)));
  }

  /** The cheapest at least as fast. */
  private Optional<Step> cheapest(double speed) {
    return steps.stream()
        .filter(step -> step.tokensPerSecondPerUser() >= speed * (1 - 1e-9))
        .min(Comparator.comparingDouble(this::usd));
  }

  private Sheet speeds() {
    Step base = steps.stream().min(Comparator.comparingDouble(this::usd)).orElseThrow();
    List<List<Object>> rows = new ArrayList<>();
    String fast = "No plan known is 2.5 times as fast.";
    for (double speed : SPEEDS) {
      Optional<Step> step = cheapest(speed * base.tokensPerSecondPerUser());
      if (step.isPresent()) {
        double times = usd(step.get()) / usd(base);
        rows.add(
            List.of(
                speed,
                step.get().tokensPerSecondPerUser(),
                usd(step.get()),
                times,
                step.get().what()));
        if (speed == 2.5) {
          fast = "2.5 times the speed costs " + Figures.fixed(times, 1) + " times the price here.";
        }
      }
    }
    return new Sheet(
        "fastMode",
        "A fast mode: the cheapest plan known that is so many times as fast as the cheapest of all",
        fast,
        List.of(
            new Column("speed", "times the speed", 2),
            new Column("tokensPerSecondPerUser", "tokens/s/user", 1),
            new Column("usdPerMillion", "USD/M tokens", 4),
            new Column("price", "times the price", 2),
            new Column("plan", "plan", 0)),
        rows,
        Optional.empty());
  }

  private Sheet fleet(Fleet served) {
    List<List<Object>> rows = new ArrayList<>();
    double computed = served.inputTokens() - served.keptTokens();
    double hours = 0;
    if (prefill.isPresent()) {
      double needed = computed / prefill.getAsDouble() / 3600;
      hours += needed;
      rows.add(List.of("prefill", computed / 1e9, needed, needed * usdPerGpuHour));
    }
    if (decode.isPresent()) {
      double needed = served.outputTokens() / decode.getAsDouble() / 3600;
      hours += needed;
      rows.add(List.of("decode", served.outputTokens() / 1e9, needed, needed * usdPerGpuHour));
    }
    double planned = hours;
    double all = served.inputTokens() + served.outputTokens();
    rows.add(List.of("by the plans", all / 1e9, hours, hours * usdPerGpuHour));
    StringBuilder sentence = new StringBuilder();
    if (served.gpuHours().isPresent()) {
      double had = served.gpuHours().getAsDouble();
      rows.add(List.of("as it was", all / 1e9, had, had * usdPerGpuHour));
      sentence.append(
          String.format(
              Locale.ROOT,
              "The fleet served %.2f million tokens a GPU hour; the plans would serve %.2f, %.0f%% %s: they know no load that comes and goes, no caches that move, and of prompts what their problems say. ",
              all / had / 1e6,
              all / hours / 1e6,
              100 * Math.abs(had / hours - 1),
              had > hours ? "more" : "less"));
    }
    served
        .usdPerMillion()
        .ifPresent(
            prices -> {
              double revenue =
                  (computed * prices[0]
                          + served.keptTokens() * prices[1]
                          + served.outputTokens() * prices[2])
                      / 1e6;
              rows.add(List.of("revenue", all / 1e9, 0.0, revenue));
              double cost = served.gpuHours().orElse(planned) * usdPerGpuHour;
              sentence
                  .append("Revenue is ")
                  .append(Figures.fixed(revenue / cost, 2))
                  .append(" times the cost.");
            });
    return new Sheet(
        "fleet",
        "A fleet: tokens, GPU hours, USD",
        sentence.toString().strip(),
        List.of(
            new Column("part", "part", 0),
            new Column("gigaTokens", "tokens [1e9]", 1),
            new Column("gpuHours", "GPU hours", 0),
            new Column("usd", "USD", 0)),
        rows,
        Optional.empty());
  }
}
