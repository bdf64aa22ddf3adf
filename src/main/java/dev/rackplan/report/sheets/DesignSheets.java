package dev.rackplan.report.sheets;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.report.Figures;
import dev.rackplan.report.LayoutTable;
import dev.rackplan.report.sheets.Sheet.Bars;
import dev.rackplan.report.sheets.Sheet.Column;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Designs of a model side by side on clusters: what each cluster rewards or punishes.
 *
 * @param outcomes cluster by cluster; of each the design as it is first
 */
public record DesignSheets(Phase phase, List<Outcome> outcomes) {
  /**
   * A design on a cluster.
   *
   * @param design what is set, in words
   * @param layout of the best plan found; empty where none fits
   * @param evaluation of it
   */
  public record Outcome(
      String topology,
      String design,
      Model model,
      Optional<Layout> layout,
      Optional<Evaluation> evaluation) {
    double rate() {
      return evaluation.map(Evaluation::tokensPerSecondPerGpu).orElse(0.0);
    }
  }

  /** The sheets: one of designs, one for each cluster. */
  public List<Sheet> sheets() {
    Map<String, List<Outcome>> byTopology = new LinkedHashMap<>();
    outcomes.forEach(
        outcome ->
            byTopology.computeIfAbsent(outcome.topology(), t -> new ArrayList<>()).add(outcome));
    List<Sheet> sheets = new ArrayList<>();
    sheets.add(designs(byTopology.values().iterator().next()));
    int number = 1;
    for (Map.Entry<String, List<Outcome>> entry : byTopology.entrySet()) {
      sheets.add(cluster("topology" + number++, entry.getKey(), entry.getValue()));
    }
    return sheets;
  }

  private static Sheet designs(List<Outcome> designs) {
    List<List<Object>> rows = new ArrayList<>();
    for (Outcome outcome : designs) {
      Model model = outcome.model();
      rows.add(
          List.of(
              outcome.design(),
              model.parameters() / 1e9,
              model.activeParameters() / 1e9,
              model.parameters() / (double) model.activeParameters(),
              model.kvBytesPerToken(Dtype.BF16)));
    }
    return new Sheet(
        "designs",
        "Designs of " + designs.get(0).model().name(),
        "What is set is otherwise, all else as in the model; weights follow, quality is not looked at.",
        List.of(
            new Column("design", "design", 0),
            new Column("parametersBillions", "parameters [1e9]", 2),
            new Column("activeBillions", "active [1e9]", 2),
            new Column("sparsity", "all over active", 2),
            new Column("kvBytesPerToken", "KV bf16 growing [bytes/token]", 0)),
        rows,
        Optional.empty());
  }

  private Sheet cluster(String key, String topology, List<Outcome> designs) {
    double own = designs.get(0).rate();
    List<List<Object>> rows = new ArrayList<>();
    for (Outcome outcome : designs) {
      rows.add(
          List.of(
              outcome.design(),
              outcome.evaluation().isPresent()
                  ? (Object) (1e3 * outcome.evaluation().get().stepSeconds())
                  : Figures.NONE,
              outcome.evaluation().isPresent() ? (Object) outcome.rate() : Figures.NONE,
              own > 0 && outcome.rate() > 0 ? (Object) (outcome.rate() / own) : Figures.NONE,
              outcome.evaluation().isPresent()
                  ? (Object) (outcome.evaluation().get().memory().peakBytes() / 1e9)
                  : Figures.NONE,
              outcome.layout().isPresent()
                  ? LayoutTable.degrees(SolutionFile.layout(outcome.layout().get()))
                  : "no plan fits"));
    }
    return new Sheet(
        key,
        "On " + topology,
        sentence(topology, designs, own),
        List.of(
            new Column("design", "design", 0),
            new Column("stepMillis", phase.stepName() + " [ms]", 3),
            new Column("tokensPerSecondPerGpu", "tokens/s/GPU", 0),
            new Column("toFirst", "to the first", 3),
            new Column("memoryGb", "memory [GB/GPU]", 1),
            new Column("layout", "layout", 0)),
        rows,
        Optional.empty(),
        changes(designs, own));
  }

  private static Optional<Bars> changes(List<Outcome> designs, double own) {
    Map<String, Double> changes = new LinkedHashMap<>();
    designs.stream()
        .skip(1)
        .filter(outcome -> outcome.rate() > 0)
        .forEach(outcome -> changes.put(outcome.design(), 100 * (outcome.rate() / own - 1)));
    return own > 0 && !changes.isEmpty()
        ? Optional.of(new Bars("change of tokens/s/GPU [%]", changes))
        : Optional.empty();
  }

  private static String sentence(String topology, List<Outcome> designs, double own) {
    List<Outcome> others = designs.subList(1, designs.size());
    if (others.isEmpty()) {
      return "Give --set to compare designs.";
    }
    if (own == 0) {
      return "The model as it is does not fit " + topology + ".";
    }
    Outcome best = others.stream().max(Comparator.comparingDouble(Outcome::rate)).orElseThrow();
    Outcome worst = others.stream().min(Comparator.comparingDouble(Outcome::rate)).orElseThrow();
    String text = topology + " ";
    text += best.rate() > own ? "rewards " + words(best, own) : "rewards none of them";
    if (worst.rate() < own) {
      text += (best.rate() > own ? " and punishes " : ", and punishes most ") + words(worst, own);
    }
    return text + ".";
  }

  private static String words(Outcome outcome, double own) {
    return outcome.design()
        + (outcome.rate() > 0
            ? String.format(Locale.ROOT, " (%+.0f%%)", 100 * (outcome.rate() / own - 1))
            : " (no plan fits)");
  }
}
