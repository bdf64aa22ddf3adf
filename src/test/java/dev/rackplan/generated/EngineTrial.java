package dev.rackplan.generated;

import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.Loss;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What rackplan makes of a problem of an engine, against the layouts that people start with. */
final class EngineTrial {
  private static final int STEPS = 10;
  // A placement's own figure is given to more digits than that.
  private static final double ROUNDING = 1e-9;

  /**
   * How it ended.
   *
   * @param stops what the engine stops at in the plan's layout; empty also where there is no plan
   * @param usual the best of the usual layouts that start and fit, if any does
   * @param worse how the plan is worse than that one, or that there is none
   */
  record Result(
      EngineProblem asked,
      Optional<Layout> chosen,
      List<String> stops,
      Optional<Layout> usual,
      Optional<String> worse) {}

  private EngineTrial() {}

  static Result of(EngineProblem asked, Path folder) {
    Trial.delete(folder);
    asked.all().write(folder);
    Problem problem = ProblemFile.read(folder.resolve(GeneratedProblem.PROBLEM), "p.json");
    Outcome outcome =
        PlanSolver.solve(
            problem,
            new SolverOptions(1, OptionalLong.of(STEPS), 0, 1),
            (a, b, c, d, e) -> {},
            () -> false);
    Optional<Plan> best = Optional.empty();
    for (LayoutSpace space : usual(asked)) {
      Optional<Plan> usual = PlanSolver.startPlan(problem.withLayoutSpace(space));
      if (usual.isPresent()
          && EngineLaunch.stops(asked, usual.get().layout()).isEmpty()
          && best.map(known -> isLess(problem, usual.get(), known)).orElse(true)) {
        best = usual;
      }
    }
    Optional<Layout> chosen = outcome.plan().map(Plan::layout);
    return new Result(
        asked,
        chosen,
        outcome.plan().map(plan -> stops(asked, plan)).orElse(List.of()),
        best.map(Plan::layout),
        best.flatMap(usual -> worse(problem, outcome, usual)));
  }

  // What the layout breaks, and whether every layer has the slots that the layout says.
  private static List<String> stops(EngineProblem asked, Plan plan) {
    List<String> stops = new ArrayList<>(EngineLaunch.stops(asked, plan.layout()));
    int slots = asked.model().experts() + plan.layout().redundantExperts();
    plan.experts()
        .forEach(
            (layer, map) -> {
              if (map.slots() != slots) {
                stops.add("layer " + layer + " has " + map.slots() + " slots, not " + slots);
              }
            });
    return stops;
  }

  private static boolean isLess(Problem problem, Plan one, Plan other) {
    return PlanSolver.loss(problem, one).isLessThan(PlanSolver.loss(problem, other));
  }

  private static Optional<String> worse(Problem problem, Outcome outcome, Plan usual) {
    if (outcome.plan().isEmpty()) {
      return Optional.of("no plan; " + usual.layout() + " fits");
    }
    Loss found = PlanSolver.loss(problem, outcome.plan().get());
    double ratio = found.ratioTo(PlanSolver.loss(problem, usual));
    return ratio > 1 + ROUNDING
        ? Optional.of(
            outcome.plan().get().layout() + " is " + ratio + " times as bad as " + usual.layout())
        : Optional.empty();
  }

  // One stage on each node: dense models with tensor parallelism over it, or what divides it;
  // mixtures of experts spread over it, with data-parallel attention or tensor-parallel; or sliced.
  private static List<LayoutSpace> usual(EngineProblem asked) {
    int node = asked.gpusPerNode();
    List<LayoutSpace> spaces = new ArrayList<>();
    if (asked.model().experts() == 0) {
      for (int tensor = node; tensor >= 1; tensor--) {
        if (node % tensor == 0) {
          spaces.add(space(asked, 1, 1, tensor, node / tensor, 0));
        }
      }
      return spaces;
    }
    int fill = Math.floorMod(-asked.model().experts(), node);
    for (int redundant : fill == 0 ? List.of(0) : List.of(0, fill)) {
      spaces.add(space(asked, node, 1, 1, 1, redundant));
      spaces.add(space(asked, node, 1, node, 1, redundant));
    }
    spaces.add(space(asked, 1, node, node, 1, 0));
    return spaces;
  }

  private static LayoutSpace space(
      EngineProblem asked, int experts, int slices, int tensor, int replicas, int redundant) {
    Map<Degree, List<Integer>> listed = new EnumMap<>(Degree.class);
    for (Degree degree : Degree.values()) {
      if (degree != Degree.SEQUENCES_PER_MICRO_BATCH && degree != Degree.MICRO_BATCHES) {
        listed.put(degree, List.of(degree.neutral()));
      }
    }
    if (!asked.phase().equals("training")) {
      listed.put(Degree.MICRO_BATCHES, List.of(1));
    }
    listed.put(Degree.EXPERT_PARALLEL, List.of(experts));
    listed.put(Degree.EXPERT_TENSOR_PARALLEL, List.of(slices));
    listed.put(Degree.ATTENTION_TENSOR_PARALLEL, List.of(tensor));
    listed.put(Degree.REPLICAS, List.of(replicas * asked.nodes()));
    listed.put(Degree.REDUNDANT_EXPERTS, List.of(redundant));
    return new LayoutSpace(listed);
  }
}
