package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedExperts;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.PlacementCount;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Sums up {@link PlacementFigures} over the MoE layers of the first instance. */
final class PlacementFiguresFinder {
  // MoE layer by MoE layer, the counts of each scenario.
  private final List<List<PlacementCount>> layers;
  private final int scenarios;

  private PlacementFiguresFinder(List<List<PlacementCount>> layers) {
    this.layers = layers;
    this.scenarios = layers.get(0).size();
  }

  /** On the tokens that the plan is made for; empty for dense models. */
  static Optional<PlacementFigures> of(CostedPlan costed) {
    return of(costed, CostedExperts::scenarios);
  }

  /** On tokens kept back; empty where none were. */
  static Optional<PlacementFigures> ofHeldOut(CostedPlan costed) {
    return of(costed, CostedExperts::heldOut);
  }

  private static Optional<PlacementFigures> of(
      CostedPlan costed, Function<CostedExperts, List<PlacementCount>> which) {
    List<List<PlacementCount>> layers =
        costed.instances().get(0).stages().stream()
            .flatMap(stage -> stage.layers().stream())
            .flatMap(layer -> layer.experts().stream())
            .map(which)
            .toList();
    return layers.isEmpty() || layers.get(0).isEmpty()
        ? Optional.empty()
        : Optional.of(new PlacementFiguresFinder(layers).figures());
  }

  private PlacementFigures figures() {
    double worstLayer =
        layers.stream()
            .flatMap(List::stream)
            .mapToDouble(PlacementCount::balancedness)
            .min()
            .orElseThrow();
    return new PlacementFigures(
        least(PlacementCount::balancedness),
        least(PlacementCount::evenBalancedness),
        worstLayer,
        most(PlacementCount::remoteDomains),
        most(PlacementCount::scaleOutBytesPerToken),
        least(PlacementCount::homeShare),
        choicesPerCopy());
  }

  /** Of the scenario whose copies carry fewest; those where nothing is remote don't count. */
  private OptionalDouble choicesPerCopy() {
    return IntStream.range(0, scenarios)
        .filter(scenario -> sum(scenario, count -> count.remote().copies()) > 0)
        .mapToDouble(
            scenario ->
                sum(scenario, count -> count.remote().choices())
                    / sum(scenario, count -> count.remote().copies()))
        .min();
  }

  // Means over layers, of the scenario where they are least or most.
  private double least(ToDoubleFunction<PlacementCount> figure) {
    return IntStream.range(0, scenarios).mapToDouble(s -> sum(s, figure)).min().orElseThrow()
        / layers.size();
  }

  private double most(ToDoubleFunction<PlacementCount> figure) {
    return IntStream.range(0, scenarios).mapToDouble(s -> sum(s, figure)).max().orElseThrow()
        / layers.size();
  }

  private double sum(int scenario, ToDoubleFunction<PlacementCount> figure) {
    double sum = 0;
    for (List<PlacementCount> layer : layers) {
      sum += figure.applyAsDouble(layer.get(scenario));
    }
    return sum;
  }
}
