package dev.rackplan.cost;

import dev.rackplan.cost.operation.Term;
import dev.rackplan.model.Layer;
import dev.rackplan.problem.Problem;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * Where one term of a plan's step comes from: of the slowest instance the stage that spends most on
 * it, of that stage the layer that does, and of that layer every part with its law.
 *
 * @param term what is explained
 * @param stepSeconds the whole step in s
 * @param termSeconds the term in all stages, each as often as it counts in the step, nothing
 *     hidden, in s
 * @param stage position of the stage that is shown
 * @param passes how often its time counts in the step
 * @param stageSeconds the term there, once, in s
 * @param layers of that stage that have the term; 0 for what only a stage has
 * @param layer the one that is shown; empty likewise
 * @param seconds the term in what is shown, in s: the sum of its parts
 * @param parts what it is made of; empty where the step has no such term
 */
public record TermAccount(
    Term term,
    double stepSeconds,
    double termSeconds,
    int stage,
    double passes,
    double stageSeconds,
    int layers,
    OptionalInt layer,
    double seconds,
    List<TermPart> parts) {
  public TermAccount {
    parts = List.copyOf(parts);
  }

  /**
   * Of a plan.
   *
   * @param costed with its figures
   */
  public static TermAccount of(Problem problem, CostedPlan costed, Term term) {
    CostedInstance slowest = costed.slowest();
    int stage = 0;
    double all = 0;
    for (int s = 0; s < slowest.stages().size(); s++) {
      all += inStep(slowest, s, term);
      stage = inStep(slowest, s, term) > inStep(slowest, stage, term) ? s : stage;
    }
    CostedStage shown = slowest.stages().get(stage);
    TermParts parts = new TermParts(problem, costed.plan().layout(), slowest.shapes().get(stage));
    double once = shown.terms().of(term);
    double passes = slowest.passes().get(stage);
    if (once == 0 || term.origin() == Term.Origin.STAGE) {
      return new TermAccount(
          term,
          slowest.stepSeconds(),
          all,
          stage,
          passes,
          once,
          0,
          OptionalInt.empty(),
          once,
          once == 0 ? List.of() : parts.ofStage(term, shown));
    }
    List<CostedLayer> having =
        shown.layers().stream().filter(layer -> layer.cost().terms().of(term) > 0).toList();
    CostedLayer longest =
        having.stream()
            .max(Comparator.comparingDouble(layer -> layer.cost().terms().of(term)))
            .orElseThrow();
    Layer layer = problem.model().layers().get(longest.index());
    return new TermAccount(
        term,
        slowest.stepSeconds(),
        all,
        stage,
        passes,
        once,
        having.size(),
        OptionalInt.of(longest.index()),
        longest.cost().terms().of(term),
        parts.ofLayer(term, layer, longest));
  }

  private static double inStep(CostedInstance instance, int stage, Term term) {
    return instance.passes().get(stage) * instance.stages().get(stage).terms().of(term);
  }
}
