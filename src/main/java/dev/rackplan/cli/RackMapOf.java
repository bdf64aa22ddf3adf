package dev.rackplan.cli;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.json.InputException;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.RackMap;
import java.util.List;
import java.util.Optional;

/** The picture of a solution's racks: experts in their order beside the plan. */
final class RackMapOf {
  private RackMapOf() {}

  /**
   * An SVG document.
   *
   * @param shown the solution's path as the user gave it
   * @param layer a MoE layer of the model; the first one where empty
   * @throws InputException where the model has no such layer
   */
  static String solution(String shown, Optional<Integer> layer) {
    Solved solved = Solved.read(shown);
    Problem problem = solved.problem();
    List<Integer> layers = problem.model().moeLayers();
    if (layers.isEmpty()) {
      throw new InputException(
          "command line",
          "--rack-map",
          problem.model().name() + " has no experts",
          "Draw a solution of a model with experts.");
    }
    int drawn = layer.orElse(layers.get(0));
    if (!layers.contains(drawn)) {
      throw new InputException(
          "command line",
          "--layer",
          "layer " + drawn + " of " + problem.model().name() + " has no experts",
          "Give one of " + layers.get(0) + " to " + layers.get(layers.size() - 1) + ".");
    }
    NamedPlan usual = BaselinePlans.of(problem, solved.plan()).get(0);
    return RackMap.svg(
        problem.topology(),
        problem.model().name()
            + " on "
            + problem.topology().name()
            + ": experts of layer "
            + drawn
            + " on "
            + solved.plan().layout().gpusPerStage()
            + " GPUs",
        List.of(
            panel("experts in their order", problem, usual.plan(), drawn),
            panel("plan", problem, solved.plan(), drawn)));
  }

  private static RackMap.Panel panel(String name, Problem problem, Plan plan, int layer) {
    GpuFigures figures =
        GpuFigures.of(problem, new Evaluator(problem).cost(plan, CostDetail.GPUS)).stream()
            .filter(one -> one.layer() == layer)
            .findFirst()
            .orElseThrow();
    return RackMap.Panel.of(name, plan, figures);
  }
}
