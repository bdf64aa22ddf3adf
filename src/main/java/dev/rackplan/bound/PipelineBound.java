package dev.rackplan.bound;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.PhaseCost;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.pipeline.StageFloors;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Lower bound on a layout's stage times: {@code max_s T_s ≥ max(ΣT/P, heaviest layer)} with every
 * layer at its own bound, on the stage shape where it is cheapest. Source: COST_MODEL section 6.
 */
public final class PipelineBound {
  // The head's F&B + B - 3W: of three equal passes one is forward, two back, one of these for
  // weights.
  private static final double HEAD_TAIL = 2.0 / 3;

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
    for (StageShape shared : shapes) {
      // Another plan's stages may leave this one the whole network.
      StageShape shape = shared.alone();
      if (models.stream().noneMatch(model -> model.shape().interchangeableWith(shape))) {
        models.add(new StageModel(problem, layout, shape));
      }
    }
    double head = Double.POSITIVE_INFINITY;
    for (StageModel model : models) {
      head = Math.min(head, model.endSeconds());
    }
    // On all processors: traffic bounds take longer than anything else about a plan.
    List<LayerFloor> floors =
        IntStream.range(0, problem.model().layers().size())
            .parallel()
            .mapToObj(layer -> least(problem, layout, models, layer, routing))
            .toList();
    double sum = 0;
    double heaviest = 0;
    double apart = head;
    double tail = HEAD_TAIL * head;
    for (int l = 0; l < floors.size(); l++) {
      LayerFloor floor = floors.get(l);
      double withHead = floor.seconds() + (l == floors.size() - 1 ? head : 0);
      sum += withHead;
      heaviest = Math.max(heaviest, withHead);
      apart += floor.apartSeconds();
      tail += floor.tailSeconds();
    }
    double largest = Math.max(sum / layout.pipelineStages(), heaviest);
    return new StageTimes(new StageFloors(largest, sum, apart, tail), floors);
  }

  /**
   * @param stages lower bounds of the slowest stage and of all together
   * @param layers lower bound of each layer
   */
  public record StageTimes(StageFloors stages, List<LayerFloor> layers) {
    public StageTimes {
      layers = List.copyOf(layers);
    }

    /** Lower bound of TPOT, TTFT or optimizer step in s. */
    public double stepSeconds(Problem problem, Layout layout) {
      return PhaseCost.of(problem, layout).leastStepSeconds(layout, stages);
    }

    /** Lower bound of {@link PhaseCost#cycleSeconds} in s. */
    public double cycleSeconds(Problem problem, Layout layout) {
      return PhaseCost.of(problem, layout).leastCycleSeconds(layout, stages);
    }
  }

  private static LayerFloor least(
      Problem problem, Layout layout, List<StageModel> models, int layer, ProblemRouting routing) {
    LayerFloor least = null;
    for (StageModel model : models) {
      LayerFloor floor = layer(problem, layout, model, layer, routing);
      least = least == null ? floor : least.orBelow(floor);
    }
    return least;
  }

  /** What layer {@code layer} takes at least on one stage shape. */
  private static LayerFloor layer(
      Problem problem, Layout layout, StageModel model, int layer, ProblemRouting routing) {
    Optional<MoeFfn> moe = problem.model().moe(layer);
    if (moe.isEmpty()) {
      LayerTerms nothing = new LayerTerms(BoundValue.ZERO, BoundValue.ZERO);
      return LayerFloor.of(model.denseLayer(layer), nothing);
    }
    ExpertLayerModel experts = model.expertLayer(layer);
    List<LayerTerms> pairs =
        LayerBound.terms(
            problem,
            layout,
            experts,
            model.expertShape(),
            model.batch(),
            moe.get(),
            routing.of(layer));
    LayerFloor highest = null;
    for (LayerTerms terms : pairs) {
      ExpertTime slowest = ExpertTime.ofSeconds(terms.expertSeconds().value());
      double perByte = terms.secondsPerByte().value();
      LayerFloor floor =
          LayerFloor.of(model.moeLayer(layer, experts, experts.terms(slowest, perByte)), terms);
      highest = highest == null || floor.seconds() > highest.seconds() ? floor : highest;
    }
    // Of several scenarios the slowest by its time is not the one whose passes alone are longest.
    return pairs.size() > 1 ? highest.withoutPasses() : highest;
  }
}
