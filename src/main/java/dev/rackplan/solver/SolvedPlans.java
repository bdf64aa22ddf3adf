package dev.rackplan.solver;

import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.cost.StepLimit;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The plans that a search has found, one a layout, and what became of each layout. */
final class SolvedPlans {
  private final Problem problem;
  private final ProblemRouting routing;
  private final PlanSoFar soFar;
  private final List<Attempt> attempts;
  private final List<SolvedPlan> solved = new ArrayList<>();

  /**
   * @param attempts layouts that were looked at, grows
   * @param soFar told of each plan that is the best yet
   */
  SolvedPlans(Problem problem, ProblemRouting routing, List<Attempt> attempts, PlanSoFar soFar) {
    this.problem = problem;
    this.routing = routing;
    this.attempts = attempts;
    this.soFar = soFar;
  }

  /** A plan with its figures; not among those found yet. */
  SolvedPlan judged(LayoutSolver solver, Plan plan) {
    CostedPlan costed = CostedPlan.of(problem, routing, plan, CostDetail.TIMES);
    return new SolvedPlan(
        solver, plan, Standing.of(problem, costed), StepConfidence.of(problem, costed).plusMinus());
  }

  /** Takes in what was found of a layout, unless it is too slow for a limit. */
  void add(SolvedPlan reached) {
    Optional<String> late = late(reached.standing());
    attempts.add(
        late.map(fault -> Attempt.late(reached.layout(), reached.standing(), fault))
            .orElseGet(() -> Attempt.solved(reached.layout(), reached.standing())));
    if (late.isEmpty()) {
      soFar.found(reached.plan(), reached.standing());
      solved.add(reached);
    }
  }

  /** By how much a plan is too slow for a limit, in words; empty where it is not. */
  Optional<String> late(Standing standing) {
    return StepLimit.fault(problem, standing.stepSeconds());
  }

  boolean isEmpty() {
    return solved.isEmpty();
  }

  List<SolvedPlan> all() {
    return List.copyOf(solved);
  }

  /** What the {@code count}-th best plan reaches; empty where there are fewer. */
  Optional<Loss> reached(int count) {
    return solved.stream()
        .map(plan -> plan.standing().loss())
        .sorted()
        .skip(count - 1L)
        .findFirst();
  }

  /** The first of equals. */
  Optional<SolvedPlan> best() {
    return solved.stream().min(Comparator.comparing(plan -> plan.standing().loss()));
  }

  /** The surest of equals. */
  Optional<SolvedPlan> surest() {
    return SurestOfEquals.of(solved, plan -> plan.standing().loss(), SolvedPlan::plusMinus);
  }

  /** All but the surest, the best first. */
  List<Plan> others() {
    Optional<SolvedPlan> best = surest();
    return solved.stream()
        .filter(plan -> best.isEmpty() || !plan.equals(best.get()))
        .sorted(Comparator.comparing(plan -> plan.standing().loss()))
        .map(SolvedPlan::plan)
        .toList();
  }

  /** What the searches of these plans began with. */
  List<Plan> begun() {
    return solved.stream().flatMap(plan -> plan.solver().begun().stream()).toList();
  }

  /** The plan in place of {@code solution} of the same layout if it is better, else that one. */
  SolvedPlan improve(SolvedPlan solution, Plan plan) {
    Standing standing = Standing.of(problem, routing, plan);
    if (!standing.loss().isLessThan(solution.standing().loss()) || late(standing).isPresent()) {
      return solution;
    }
    soFar.found(plan, standing);
    attempts.replaceAll(
        attempt ->
            attempt.layout().equals(plan.layout())
                ? Attempt.solved(plan.layout(), standing)
                : attempt);
    SolvedPlan better = judged(solution.solver(), plan);
    solved.replaceAll(other -> other.equals(solution) ? better : other);
    return better;
  }

  /**
   * What became of each layout.
   *
   * @param wide whether there are so many that the ones that come first are read
   */
  List<LayoutTrial> trials(boolean wide) {
    Optional<SolvedPlan> best = surest();
    List<LayoutTrial> trials = new ArrayList<>();
    for (Attempt attempt : attempts) {
      LayoutTrial trial =
          best.isPresent() && attempt.layout().equals(best.get().layout())
              ? attempt.chosen()
              : attempt.comparedWith(best.map(SolvedPlan::standing));
      trials.add(
          solved.stream()
              .filter(plan -> plan.layout().equals(attempt.layout()))
              .findFirst()
              .map(plan -> trial.with(plan.plusMinus()))
              .orElse(trial));
    }
    if (wide) {
      trials.sort(
          Comparator.comparing(LayoutTrial::reason)
              .thenComparingDouble(trial -> -trial.tokensPerSecondPerGpu().orElse(0)));
    }
    return trials;
  }
}
