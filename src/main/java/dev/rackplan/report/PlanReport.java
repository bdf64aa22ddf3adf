package dev.rackplan.report;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.plan.FrontPoint;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A plan with all that is said about it.
 *
 * @param evaluation of {@code plan}
 * @param baselines what the usual plans of the same layout cost
 * @param layouts what the search looked at; empty where nothing was searched
 * @param front tokens/s per GPU against TPOT or TTFT over all plans found, the quickest first;
 *     empty where nothing was searched
 */
public record PlanReport(
    Problem problem,
    Plan plan,
    Evaluation evaluation,
    List<NamedEvaluation> baselines,
    List<LayoutTrial> layouts,
    List<FrontPoint> front) {
  public PlanReport {
    baselines = List.copyOf(baselines);
    layouts = List.copyOf(layouts);
    front = List.copyOf(front);
  }

  /**
   * Expert slots that repeat an expert of their own GPU, over all layers; only in maps that were
   * made elsewhere.
   */
  public int secondCopies() {
    return plan.experts().values().stream().mapToInt(map -> map.secondCopies().length).sum();
  }

  /** The fastest usual plan that keeps every limit; empty where none does. */
  Optional<NamedEvaluation> bestBaseline() {
    return baselines.stream()
        .filter(baseline -> baseline.evaluation().feasible())
        .min(Comparator.comparingDouble(baseline -> baseline.evaluation().stepSeconds()));
  }

  /** {@code TPOT} in decode, {@code TTFT} in prefill, {@code step} in training. */
  public String stepName() {
    return problem.workload().phase().stepName();
  }
}
