package dev.rackplan.solver;

import dev.rackplan.cost.StepLimit;
import dev.rackplan.cost.memory.StageRule;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A plan to begin with: only its layout is searched, and nothing worse comes out.
 *
 * @param plan for the problem; its layout is one that {@link PlanSolver#layoutFault} finds no fault
 *     with
 * @param layers MoE layers to search, by index among all layers; all others, the cut into stages
 *     and the hosts stay as they are. Empty: all are searched, and stages may be cut again
 */
public record WarmStart(Plan plan, Optional<List<Integer>> layers) {
  public WarmStart {
    layers = layers.map(List::copyOf);
    if (layers.isPresent() && !plan.experts().keySet().containsAll(layers.get())) {
      throw new IllegalArgumentException(
          "layers must be MoE layers, " + plan.experts().keySet() + ", were " + layers.get());
    }
  }

  /** Whether stages keep their layers and GPUs. */
  boolean keepsStages() {
    return layers.isPresent();
  }

  boolean searches(int layer) {
    return layers.map(named -> named.contains(layer)).orElse(true);
  }

  /** The plan's stages, with the other host blocks that they may move to. */
  LayoutStart layoutStart(Problem problem, ProblemRouting routing) {
    Layout layout = plan.layout();
    boolean mayMove = layout.replicas() == 1 && layout.pipelineStages() > 1 && !keepsStages();
    Set<Integer> taken =
        plan.stages().stream().flatMap(stage -> stage.gpus().stream()).collect(Collectors.toSet());
    List<List<Integer>> spare =
        mayMove
            ? HostBlocks.of(problem.topology(), layout).stream()
                .filter(block -> Collections.disjoint(block, taken))
                .toList()
            : List.of();
    return LayoutStart.of(problem, routing, plan, spare);
  }

  /**
   * {@code found} unless this plan keeps the limits and is better: layers are searched for the mean
   * of a sample's parts, whole plans are judged by the whole sample.
   */
  Plan notWorse(Problem problem, ProblemRouting routing, Plan found) {
    Standing before = Standing.of(problem, routing, plan);
    Standing after = Standing.of(problem, routing, found);
    boolean stands =
        StageRule.faults(problem, plan).isEmpty()
            && StepLimit.fault(problem, before.stepSeconds()).isEmpty();
    boolean late = StepLimit.fault(problem, after.stepSeconds()).isPresent();
    return stands && (late || before.loss().isLessThan(after.loss())) ? plan : found;
  }
}
