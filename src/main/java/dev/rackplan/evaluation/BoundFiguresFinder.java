package dev.rackplan.evaluation;

import dev.rackplan.bound.BoundTerm;
import dev.rackplan.bound.BoundValue;
import dev.rackplan.bound.LayerFloor;
import dev.rackplan.bound.LayerTerms;
import dev.rackplan.bound.PipelineBound.StageTimes;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedLayer;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.Stream;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Splits the distance between a plan and its bound.
 *
 * <p>A layer's part is found by putting one term after the other at its bound: first the experts,
 * then the network. So the parts sum to the layer's distance also where, with two-batch overlap,
 * only the longer of compute and network counts. A layer counts as often as its stage does in the
 * step ({@link CostedInstance#passes}).
 */
final class BoundFiguresFinder {
  // A single stage has no rest but what rounding leaves.
  private static final double ROUNDING = 1e-12;

  private BoundFiguresFinder() {}

  /**
   * @param layout of the plan
   * @param instance the slowest
   * @param bound of the plan's layout on its GPUs
   * @param boundSeconds of the whole plan
   */
  static BoundFigures of(
      Problem problem,
      Layout layout,
      CostedInstance instance,
      StageTimes bound,
      double boundSeconds) {
    StreamOverlap overlap = StreamOverlap.of(problem, layout);
    double experts = 0;
    double network = 0;
    double placed = 0;
    for (int s = 0; s < instance.stages().size(); s++) {
      double passes = instance.passes().get(s);
      for (CostedLayer layer : instance.stages().get(s).layers()) {
        if (layer.experts().isPresent() && passes > 0) {
          LayerFloor floor = bound.layers().get(layer.index());
          double balanced = between(floor, overlap.seconds(withExpertsAt(floor, layer)), layer);
          experts += passes * (layer.seconds() - balanced);
          network += passes * (balanced - floor.seconds());
          placed += passes * (floor.seconds() - overlap.seconds(beside(layer)));
        }
      }
    }
    double rest = (instance.stepSeconds() - boundSeconds - experts - network) / boundSeconds;
    return new BoundFigures(
        boundSeconds,
        experts / boundSeconds,
        network / boundSeconds,
        Math.abs(rest) < ROUNDING ? 0 : rest,
        placed > ROUNDING * boundSeconds ? (experts + network) / placed : 0,
        mostly(bound, LayerTerms::expertSeconds),
        mostly(bound, LayerTerms::secondsPerByte));
  }

  // What no placement changes.
  private static Breakdown beside(CostedLayer layer) {
    return layer.cost().terms().only(term -> term.origin() != Term.Origin.PLACEMENT);
  }

  // The layer's terms with the experts at their bound: of what a placement decides, only the
  // network stays as it is.
  private static Breakdown withExpertsAt(LayerFloor floor, CostedLayer layer) {
    return layer
        .cost()
        .terms()
        .only(term -> term.origin() != Term.Origin.PLACEMENT || term.stream() == Stream.NETWORK)
        .with(Term.EXPERT_COMPUTE, floor.terms().expertSeconds().value());
  }

  // The floor may be that of other hosts or of another scenario, with another share of both terms.
  private static double between(LayerFloor floor, double balanced, CostedLayer layer) {
    return Math.max(floor.seconds(), Math.min(balanced, layer.seconds()));
  }

  private static BoundTerm mostly(StageTimes bound, Function<LayerTerms, BoundValue> part) {
    Map<BoundTerm, Double> sums = new EnumMap<>(BoundTerm.class);
    for (LayerFloor floor : bound.layers()) {
      BoundValue value = part.apply(floor.terms());
      sums.merge(value.term(), value.value(), Double::sum);
    }
    BoundTerm most = BoundTerm.NONE;
    for (Map.Entry<BoundTerm, Double> sum : sums.entrySet()) {
      most = sum.getValue() > sums.getOrDefault(most, 0.0) ? sum.getKey() : most;
    }
    return most;
  }
}
