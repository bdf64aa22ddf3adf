package dev.rackplan.bound;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.LayerCost;
import dev.rackplan.cost.PipelineCost;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.Roof;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.StageShape;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lower bound on a layout's stage times: {@code max_s T_s ≥ max(ΣT/P, heaviest layer)} with every
 * layer at its own bound, on the stage shape where it is cheapest. Source: COST_MODEL section 6.
 */
public final class PipelineBound {
  private PipelineBound() {}

  /**
   * Stage times that bound every plan of this layout on these stage shapes, however layers are cut
   * and experts placed.
   *
   * @return the largest stage's and the sum's lower bounds as P pseudo-stages: one of the largest,
   *     the rest sharing what is left
   */
  public static StageTimes stageTimes(
      Problem problem, Layout layout, List<StageShape> shapes, ProblemRouting routing) {
    List<StageModel> models = new ArrayList<>();
    for (StageShape shape : shapes) {
      if (models.stream().noneMatch(model -> model.shape().interchangeableWith(shape))) {
        models.add(new StageModel(problem, layout, shape));
      }
    }
    double sum = 0;
    double heaviest = 0;
    double head = Double.POSITIVE_INFINITY;
    for (StageModel model : models) {
      head = Math.min(head, model.head().seconds());
    }
    for (int l = 0; l < problem.model().layers().size(); l++) {
      double least = Double.POSITIVE_INFINITY;
      for (StageModel model : models) {
        least = Math.min(least, layerSeconds(problem, layout, model, l, routing));
      }
      double withHead = l == problem.model().layers().size() - 1 ? least + head : least;
      sum += withHead;
      heaviest = Math.max(heaviest, withHead);
    }
    return new StageTimes(Math.max(sum / layout.pipelineStages(), heaviest), sum);
  }

  /**
   * @param largestSeconds lower bound of the slowest stage in s
   * @param sumSeconds lower bound of all stages together in s
   */
  public record StageTimes(double largestSeconds, double sumSeconds) {
    /** Lower bound of {@link PipelineCost#tpotSeconds} in s. */
    public double tpotSeconds(int microBatches) {
      return Math.max(microBatches * largestSeconds, sumSeconds);
    }

    /** Lower bound of {@link PipelineCost#ttftSeconds} in s. */
    public double ttftSeconds(int chunks) {
      return sumSeconds + (chunks - 1) * largestSeconds;
    }

    /** Lower bound of {@link PipelineCost#prefillCycleSeconds} in s. */
    public double prefillCycleSeconds(int microBatches, int chunks) {
      return Math.max((double) microBatches * chunks * largestSeconds, ttftSeconds(chunks));
    }
  }

  /** Time in s that layer {@code layer} takes at least on one stage shape. */
  public static double layerSeconds(
      Problem problem, Layout layout, StageModel model, int layer, ProblemRouting routing) {
    Optional<MoeFfn> moe = problem.model().moe(layer);
    if (moe.isEmpty()) {
      return model.denseLayer(layer).seconds();
    }
    ExpertLayerModel experts = model.expertLayer(layer);
    double expertSeconds =
        LayerBound.expertSeconds(
            problem, layout, model.shape(), model.batch(), moe.get(), routing.of(layer));
    double perByte =
        LayerBound.secondsPerByte(
            problem, layout, model.shape(), model.batch(), moe.get(), routing.of(layer));
    LayerCost cost =
        model.moeLayer(
            layer,
            new Roof(expertSeconds, 0),
            experts.dispatchSeconds(perByte),
            experts.combineSeconds(perByte));
    return cost.seconds();
  }
}
