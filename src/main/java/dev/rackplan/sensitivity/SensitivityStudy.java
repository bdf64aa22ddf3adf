package dev.rackplan.sensitivity;

import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.LayerThreads;
import dev.rackplan.solver.Loss;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/**
 * Moves each input of a problem and looks what becomes of a plan and of its rivals.
 *
 * <p>Rivals are the best plans of other layouts that searches find: of the problem as it is, with
 * each input at its outermost factors, and at each flip until no search there finds a better one.
 * Every rival is judged under every change, so a short search is enough to know a layout. Where a
 * plan is known for each layout that is the best possible one, flips are exact.
 */
public final class SensitivityStudy {
  // Layouts that each search is asked for.
  private static final int LAYOUTS = 6;
  // Shares of the time: the first search, those at the outermost factors; the rest is for flips.
  private static final double FIRST = 0.15;
  private static final double OUTERMOST = 0.55;
  private static final double TOLERANCE = 1e-3;
  private static final int ROUNDS = 4;
  // Of a loss: what two equal layouts may differ by.
  private static final double ROUNDING = 1e-9;

  private final Problem problem;
  private final Plan plan;
  private final List<Double> factors;
  private final SolverOptions options;
  private final BooleanSupplier cancelled;
  private final long startNanos = System.nanoTime();
  // The plan first.
  private final List<Plan> known = new ArrayList<>();

  private SensitivityStudy(
      Problem problem,
      Plan plan,
      List<Double> factors,
      SolverOptions options,
      BooleanSupplier cancelled) {
    this.problem = problem;
    this.plan = plan;
    this.factors = factors.stream().sorted().toList();
    this.options = options;
    this.cancelled = cancelled;
  }

  /**
   * Studies {@code plan}.
   *
   * @param factors that each input is multiplied with, none of them 1
   * @param options time limit of the whole study, or steps of each of its searches; threads are
   *     shared
   * @param cancelled ends the searches; what is known then is judged
   */
  public static Sensitivity of(
      Problem problem,
      Plan plan,
      List<Double> factors,
      SolverOptions options,
      BooleanSupplier cancelled) {
    if (factors.stream().anyMatch(factor -> !(factor > 0) || factor == 1)) {
      throw new IllegalArgumentException("factors must be > 0 and not 1, were " + factors);
    }
    return new SensitivityStudy(problem, plan, factors, options, cancelled).study();
  }

  /** The problem with an input moved. */
  private record Case(Input input, double factor, Problem problem) {}

  /** A plan in a case, with the sequences of that case. */
  private record Judged(Plan source, CostedPlan costed, Loss loss) {
    Layout layout() {
      return costed.plan().layout();
    }
  }

  private Sensitivity study() {
    known.add(plan);
    learn(problem, search(problem, FIRST * options.timeLimitSeconds(), options.threads()));
    List<Case> cases = cases();
    List<Case> outermost =
        cases.stream()
            .filter(
                each ->
                    each.factor() == factors.get(0)
                        || each.factor() == factors.get(factors.size() - 1))
            .toList();
    double each =
        OUTERMOST * options.timeLimitSeconds() * options.threads() / Math.max(1, outermost.size());
    List<Callable<Optional<Outcome>>> searches = new ArrayList<>();
    // A search may take longer than its share; what is left is for flips.
    double rest = (1 - FIRST - OUTERMOST) * options.timeLimitSeconds();
    outermost.forEach(
        one ->
            searches.add(
                () ->
                    options.steps().isEmpty() && secondsLeft() < rest
                        ? Optional.empty()
                        : Optional.of(search(one.problem(), each, 1))));
    LayerThreads.run(
        options.threads(),
        searches,
        (index, outcome) ->
            outcome.ifPresent(found -> learn(outermost.get(index).problem(), found)));

    // Any input as it is.
    Moved unmoved = moved(new Case(Input.CONTEXT, 1, problem));
    Map<Input, List<Flip>> flips = flips(cases);
    // Judged last, when all rivals are known.
    Map<Input, List<Moved>> moves = new LinkedHashMap<>();
    List<Callable<Moved>> judgements = new ArrayList<>();
    cases.forEach(one -> judgements.add(() -> moved(one)));
    LayerThreads.run(
        options.threads(),
        judgements,
        (index, moved) ->
            moves.computeIfAbsent(cases.get(index).input(), i -> new ArrayList<>()).add(moved));
    List<InputEffect> effects = new ArrayList<>();
    moves.forEach((input, all) -> effects.add(new InputEffect(input, all, flips.get(input))));
    effects.sort(Comparator.comparingDouble(effect -> -effect.spread()));
    return new Sensitivity(problem, plan, unmoved, effects, known.size() - 1);
  }

  private List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Input input : Input.values()) {
      for (double factor : factors) {
        input.of(problem, factor).ifPresent(changed -> cases.add(new Case(input, factor, changed)));
      }
    }
    return cases;
  }

  private double secondsLeft() {
    return options.timeLimitSeconds() - (System.nanoTime() - startNanos) / 1e9;
  }

  private Outcome search(Problem changed, double seconds, int threads) {
    SolverOptions limits =
        new SolverOptions(Math.max(0.05, seconds), options.steps(), options.seed(), threads)
            .keeping(LAYOUTS);
    return PlanSolver.solve(changed, limits, (a, b, c, d, e) -> {}, cancelled);
  }

  /**
   * Keeps those plans of a search of {@code changed} that are better there than the ones known of
   * their layout; whether there was one.
   */
  private boolean learn(Problem changed, Outcome outcome) {
    List<Plan> found = new ArrayList<>(outcome.others());
    outcome.plan().ifPresent(best -> found.add(0, best));
    boolean learned = false;
    for (Plan one : found) {
      List<Plan> alike =
          known.stream()
              .filter(other -> degrees(other.layout()).equals(degrees(one.layout())))
              .toList();
      Loss loss = PlanSolver.loss(changed, one);
      Optional<Judged> best = best(changed, alike);
      if (best.isEmpty() || loss.ratioTo(best.get().loss()) < 1 - ROUNDING) {
        known.add(one);
        learned = true;
      }
    }
    return learned;
  }

  /** A layout without the sequences, which follow from the load. */
  private static Layout degrees(Layout layout) {
    return layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, 1);
  }

  private boolean sameDegrees(Layout layout) {
    if (problem.workload().phase() == Phase.TRAINING) {
      // There micro-batches follow from the load.
      return degrees(layout.withMicroBatches(1, 1))
          .equals(degrees(plan.layout().withMicroBatches(1, 1)));
    }
    return degrees(layout).equals(degrees(plan.layout()));
  }

  /** A plan with the sequences that {@code changed} asks for. */
  static Plan carrying(Plan plan, Problem changed) {
    OptionalLong asked = changed.workload().concurrentSequences();
    if (asked.isEmpty() || !changed.layoutSpace().isOpen(Degree.SEQUENCES_PER_MICRO_BATCH)) {
      return plan;
    }
    Layout layout = plan.layout();
    Layout other;
    if (changed.workload().phase() == Phase.TRAINING) {
      long each = (long) layout.replicas() * layout.sequencesPerMicroBatch();
      other =
          layout.withMicroBatches(
              (int) Math.max(1, asked.getAsLong() / each), layout.sequencesPerMicroBatch());
    } else {
      long instances = (long) layout.replicas() * layout.microBatches();
      other =
          layout.with(
              Degree.SEQUENCES_PER_MICRO_BATCH,
              (int) Math.max(1, (asked.getAsLong() + instances - 1) / instances));
    }
    return new Plan(other, plan.stages(), plan.experts());
  }

  private Moved moved(Case changed) {
    Plan carried = carrying(plan, changed.problem());
    Evaluator evaluator = new Evaluator(changed.problem());
    CostedPlan costed = evaluator.cost(carried, CostDetail.FIGURES);
    Evaluation evaluation = evaluator.evaluate(costed);
    Loss loss = PlanSolver.loss(changed.problem(), costed);
    Optional<Judged> best = best(changed.problem(), known);
    boolean plans = best.isEmpty() || evaluation.feasible() && !best.get().loss().isLessThan(loss);
    return new Moved(
        changed.factor(),
        evaluation.stepSeconds(),
        evaluation.tokensPerSecondPerGpu(),
        loss.objective(),
        evaluation.violations(),
        plans ? carried.layout() : best.get().layout(),
        (plans ? loss : best.get().loss()).objective());
  }

  /** The best of {@code plans} that keeps every limit; the first of equals. */
  private static Optional<Judged> best(Problem changed, List<Plan> plans) {
    Evaluator evaluator = new Evaluator(changed);
    return plans.stream()
        .map(
            one -> {
              CostedPlan costed = evaluator.cost(carrying(one, changed), CostDetail.FIGURES);
              return new Judged(one, costed, PlanSolver.loss(changed, costed));
            })
        .sorted(Comparator.comparing(Judged::loss))
        .filter(judged -> evaluator.evaluate(judged.costed()).feasible())
        .findFirst();
  }

  private Map<Input, List<Flip>> flips(List<Case> cases) {
    // One for each input and side of 1, the nearest case first.
    List<List<Case>> sides = new ArrayList<>();
    for (Input input : Input.values()) {
      List<Case> own = cases.stream().filter(one -> one.input() == input).toList();
      sides.add(
          own.stream()
              .filter(one -> one.factor() < 1)
              .sorted(Comparator.comparingDouble(one -> -one.factor()))
              .toList());
      sides.add(own.stream().filter(one -> one.factor() > 1).toList());
    }
    sides.removeIf(List::isEmpty);
    List<Callable<Optional<Flip>>> looks = new ArrayList<>();
    sides.forEach(side -> looks.add(() -> bisected(side)));
    List<Optional<Flip>> found = new ArrayList<>();
    LayerThreads.run(options.threads(), looks, (index, flip) -> found.add(flip));
    Map<Input, List<Flip>> flips = new LinkedHashMap<>();
    for (int side = 0; side < sides.size(); side++) {
      List<Flip> own =
          flips.computeIfAbsent(sides.get(side).get(0).input(), input -> new ArrayList<>());
      List<Case> there = sides.get(side);
      found.get(side).flatMap(flip -> sharpened(flip, there)).ifPresent(own::add);
    }
    return flips;
  }

  /** Searches at a flip until nothing better is found there. */
  private Optional<Flip> sharpened(Flip first, List<Case> cases) {
    Optional<Flip> flip = Optional.of(first);
    for (int round = 0; round < ROUNDS && flip.isPresent() && flip.get().factor() != 1; round++) {
      if (options.steps().isEmpty() && secondsLeft() <= 0 || cancelled.getAsBoolean()) {
        return flip;
      }
      Problem there = first.input().of(problem, flip.get().factor()).orElseThrow();
      double share = Math.max(0.05, secondsLeft() / 4);
      if (!learn(there, search(there, share, options.threads()))) {
        return flip;
      }
      Optional<Flip> sharper = bisected(cases);
      if (sharper.isEmpty() || sharper.get().factor() == flip.get().factor()) {
        return sharper;
      }
      flip = sharper;
    }
    return flip;
  }

  private Optional<Flip> bisected(List<Case> cases) {
    Input input = cases.get(0).input();
    double stays = 1;
    Case last = cases.get(cases.size() - 1);
    List<Plan> contenders = contenders(cases);
    if (flipped(problem, contenders).isPresent()) {
      return Optional.of(flip(input, 1, problem, last, contenders));
    }
    for (Case one : cases) {
      if (flipped(one.problem(), contenders).isEmpty()) {
        stays = one.factor();
        continue;
      }
      double flips = one.factor();
      while (Math.abs(flips - stays) > TOLERANCE / 2) {
        double middle = (stays + flips) / 2;
        if (flipped(input.of(problem, middle).orElseThrow(), contenders).isPresent()) {
          flips = middle;
        } else {
          stays = middle;
        }
      }
      return Optional.of(
          flip(input, flips, input.of(problem, flips).orElseThrow(), last, contenders));
    }
    return Optional.empty();
  }

  private Flip flip(Input input, double factor, Problem changed, Case last, List<Plan> contenders) {
    Optional<Judged> stays = best(last.problem(), own(contenders));
    Optional<Judged> rival = best(last.problem(), others(contenders));
    return new Flip(
        input,
        factor,
        flipped(changed, contenders).orElseThrow(),
        stays.isPresent() && rival.isPresent()
            ? OptionalDouble.of(Math.max(0, stays.get().loss().ratioTo(rival.get().loss()) - 1))
            : OptionalDouble.empty());
  }

  /** The plan, and of each layout the best that keeps every limit, as things are and in a case. */
  private List<Plan> contenders(List<Case> cases) {
    Map<Layout, List<Plan>> byLayout = new LinkedHashMap<>();
    for (Plan one : known) {
      byLayout.computeIfAbsent(degrees(one.layout()), layout -> new ArrayList<>()).add(one);
    }
    List<Problem> problems = new ArrayList<>();
    problems.add(problem);
    cases.forEach(one -> problems.add(one.problem()));
    Set<Plan> contenders = new LinkedHashSet<>();
    contenders.add(plan);
    for (Problem changed : problems) {
      for (List<Plan> alike : byLayout.values()) {
        best(changed, alike).ifPresent(judged -> contenders.add(judged.source()));
      }
    }
    return List.copyOf(contenders);
  }

  private List<Plan> own(List<Plan> plans) {
    return plans.stream().filter(one -> sameDegrees(one.layout())).toList();
  }

  private List<Plan> others(List<Plan> plans) {
    return plans.stream().filter(one -> !sameDegrees(one.layout())).toList();
  }

  /** The layout that is better than the plan's, whose degrees others may have, too. */
  private Optional<Layout> flipped(Problem changed, List<Plan> contenders) {
    Optional<Judged> rival = best(changed, others(contenders));
    if (rival.isEmpty()) {
      return Optional.empty();
    }
    Optional<Judged> stays = best(changed, own(contenders));
    boolean better =
        stays.isEmpty() || rival.get().loss().ratioTo(stays.get().loss()) < 1 - ROUNDING;
    return better ? Optional.of(rival.get().layout()) : Optional.empty();
  }
}
