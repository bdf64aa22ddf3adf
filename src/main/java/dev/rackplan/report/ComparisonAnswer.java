package dev.rackplan.report;

import dev.rackplan.evaluation.Evaluation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/** The answer of several plans: which yields most, is cheapest, is quickest. */
public final class ComparisonAnswer {
  private ComparisonAnswer() {}

  /** Of plans side by side. */
  public static Answer of(Comparison comparison) {
    List<Compared> plans = comparison.plans();
    return new Answer("", true, sentence(plans), figures(plans), lead(plans));
  }

  /** Of the problems of a batch. */
  public static Answer of(RunTable table) {
    List<Compared> plans = table.plans();
    boolean good =
        table.ends().stream()
            .allMatch(end -> end.plan().map(plan -> plan.evaluation().feasible()).orElse(false));
    String verdict = good ? "every problem has a plan" : "not every problem has a plan";
    return plans.isEmpty()
        ? new Answer(verdict, false, table.summary(), List.of(), List.of())
        : new Answer(
            verdict,
            good,
            table.summary() + ". " + sentence(plans),
            figures(plans),
            List.of(
                new Answer.Line(
                    "search",
                    Figures.fixed(table.ends().stream().mapToDouble(RunEnd::seconds).sum(), 1)
                        + " s over all problems")));
  }

  /** The plans by their kind, each with the most tokens/s/GPU first. */
  public static Map<String, List<Compared>> byKind(List<Compared> plans) {
    Map<String, List<Compared>> kinds = new LinkedHashMap<>();
    plans.stream()
        .sorted(
            Comparator.comparingDouble(
                (Compared plan) -> -plan.evaluation().tokensPerSecondPerGpu()))
        .forEach(plan -> kinds.computeIfAbsent(plan.kind(), kind -> new ArrayList<>()).add(plan));
    return kinds;
  }

  private static String sentence(List<Compared> plans) {
    Map<String, List<Compared>> kinds = byKind(plans);
    if (kinds.size() > 1) {
      List<String> parts = new ArrayList<>();
      kinds.forEach((kind, list) -> parts.add(list.size() + " of " + kind));
      return Figures.count(plans.size(), "plan")
          + ": "
          + String.join(", ", parts)
          + "; tokens of one kind compare";
    }
    List<Compared> sorted = kinds.values().iterator().next();
    Compared best = sorted.get(0);
    String most =
        best.name()
            + " yields the most: "
            + Figures.grouped(best.evaluation().tokensPerSecondPerGpu())
            + " tokens/s/GPU";
    return plans.size() == 1
        ? most
        : most
            + ", "
            + Figures.fixed(
                best.evaluation().tokensPerSecondPerGpu()
                    / sorted.get(1).evaluation().tokensPerSecondPerGpu(),
                2)
            + " times "
            + sorted.get(1).name();
  }

  private static List<Answer.Figure> figures(List<Compared> plans) {
    List<Answer.Figure> figures = new ArrayList<>();
    Map<String, List<Compared>> kinds = byKind(plans);
    kinds.forEach(
        (kind, list) -> {
          String of = kinds.size() > 1 ? ", " + kind : "";
          least(list, e -> OptionalDouble.of(-e.tokensPerSecondPerGpu()))
              .ifPresent(
                  plan ->
                      figures.add(
                          figure(
                              "Most per GPU" + of,
                              Figures.grouped(plan.evaluation().tokensPerSecondPerGpu()),
                              "tokens/s/GPU",
                              plan)));
          least(list, Evaluation::usdPerMillionTokens)
              .ifPresent(
                  plan ->
                      figures.add(
                          figure(
                              "Cheapest" + of,
                              Figures.fixed(plan.evaluation().usdPerMillionTokens(), 3),
                              "USD per million tokens",
                              plan)));
          least(list, e -> OptionalDouble.of(e.stepSeconds()))
              .ifPresent(plan -> figures.add(quickest(plan)));
        });
    return figures;
  }

  private static Answer.Figure quickest(Compared plan) {
    String name =
        switch (plan.kind()) {
          case "decode" -> "Lowest TPOT";
          case "prefill" -> "Lowest TTFT";
          default -> "Shortest step";
        };
    return figure(
        name,
        Figures.fixed(1e3 * plan.evaluation().stepSeconds(), 1),
        "ms" + ConfidenceText.plusMinus(plan.evaluation().confidence().plusMinus()),
        plan);
  }

  private static Answer.Figure figure(String name, String value, String unit, Compared plan) {
    return new Answer.Figure(name, value, unit, plan.name(), Optional.empty());
  }

  // Plans that break a limit win nothing.
  private static Optional<Compared> least(
      List<Compared> plans, Function<Evaluation, OptionalDouble> figure) {
    return plans.stream()
        .filter(plan -> plan.evaluation().feasible())
        .filter(plan -> figure.apply(plan.evaluation()).isPresent())
        .min(Comparator.comparingDouble(plan -> figure.apply(plan.evaluation()).getAsDouble()));
  }

  private static List<Answer.Line> lead(List<Compared> plans) {
    List<Answer.Line> lines = new ArrayList<>();
    byKind(plans)
        .values()
        .forEach(
            sorted -> {
              if (sorted.size() > 1) {
                lines.add(
                    new Answer.Line(
                        "how sure",
                        "the modelled times of "
                            + sorted.get(0).name()
                            + " and "
                            + sorted.get(1).name()
                            + " are"
                            + error(sorted.get(0))
                            + " and"
                            + error(sorted.get(1))));
              }
            });
    return lines;
  }

  private static String error(Compared plan) {
    OptionalDouble share = plan.evaluation().confidence().plusMinus();
    return share.isPresent() ? ConfidenceText.plusMinus(share) : " of no known ±";
  }
}
