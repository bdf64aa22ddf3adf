package dev.rackplan.bound;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Lower bounds on a MoE layer's expert time and all-to-all, over all placements with the layout's
 * slots: {@link ExpertBound} and {@link NetworkBound}.
 *
 * <p>A layer takes as long as its slowest scenario, whose two terms go together; the longest expert
 * time of one scenario and the longest network time of another bound nothing. With several
 * scenarios these pairs hold:
 *
 * <ul>
 *   <li>each scenario's own;
 *   <li>those of the mean of all scenarios, since the slowest is at least the mean. Loads and
 *       copies are linear in the traffic; active experts are not, there the mean of the counts is
 *       taken;
 *   <li>some scenario loads an expert's replica with the largest of its loads over the number of
 *       replicas, so the slots are dealt by the largest loads; with the least of the network
 *       bounds.
 * </ul>
 *
 * <p>Source: COST_MODEL section 6.
 */
public final class LayerBound {
  /** Copies per token by which the cost model's whole-number sums may round below the real ones. */
  static final double ROUNDING = 1e-8;

  private LayerBound() {}

  /** Bounds of {@code moe} on {@code shape}; each holds for every placement. */
  public static List<LayerTerms> terms(
      Problem problem,
      Layout layout,
      ExpertLayerModel model,
      StageShape shape,
      Batch batch,
      MoeFfn moe,
      List<ScenarioLayer> scenarios) {
    ExpertBound experts = new ExpertBound(layout, model, shape, batch, moe);
    if (scenarios.size() == 1) {
      NetworkBound network = new NetworkBound(problem, layout, shape, batch, moe, scenarios.get(0));
      return List.of(new LayerTerms(experts.seconds(scenarios.get(0)), network.secondsPerByte()));
    }
    List<LayerTerms> terms = new ArrayList<>();
    NetworkBound busiest = null;
    BoundValue least = null;
    BoundValue most = null;
    for (ScenarioLayer scenario : scenarios) {
      NetworkBound network = new NetworkBound(problem, layout, shape, batch, moe, scenario);
      BoundValue perByte = network.quickSecondsPerByte();
      if (most == null || perByte.value() > most.value()) {
        most = perByte;
        busiest = network;
      }
      least = least == null || perByte.value() < least.value() ? perByte : least;
      terms.add(new LayerTerms(experts.seconds(scenario), perByte));
    }
    // The bounds that cost time only where they promise most.
    int busiestIndex = indexOf(terms, most);
    terms.set(
        busiestIndex,
        new LayerTerms(terms.get(busiestIndex).expertSeconds(), busiest.secondsPerByte()));
    terms.add(meanTerms(problem, layout, shape, batch, moe, scenarios, experts));
    terms.add(new LayerTerms(largestLoads(terms, scenarios, experts), least));
    return terms;
  }

  private static int indexOf(List<LayerTerms> terms, BoundValue perByte) {
    int index = 0;
    while (!terms.get(index).secondsPerByte().equals(perByte)) {
      index++;
    }
    return index;
  }

  private static LayerTerms meanTerms(
      Problem problem,
      Layout layout,
      StageShape shape,
      Batch batch,
      MoeFfn moe,
      List<ScenarioLayer> scenarios,
      ExpertBound experts) {
    ScenarioLayer mean = ScenarioLayer.mean(scenarios);
    double active = scenarios.stream().mapToDouble(experts::activeExperts).average().orElse(0);
    double excess = scenarios.stream().mapToDouble(experts::excessSeconds).average().orElse(0);
    return new LayerTerms(
        experts.seconds(mean, active, excess),
        new NetworkBound(problem, layout, shape, batch, moe, mean).secondsPerByte());
  }

  private static BoundValue largestLoads(
      List<LayerTerms> terms, List<ScenarioLayer> scenarios, ExpertBound experts) {
    double[] loads = new double[scenarios.get(0).experts()];
    for (ScenarioLayer scenario : scenarios) {
      for (int e = 0; e < loads.length; e++) {
        loads[e] = Math.max(loads[e], scenario.frequency(e));
      }
    }
    return terms.stream()
        .map(LayerTerms::expertSeconds)
        .max(Comparator.comparingDouble(BoundValue::value))
        .orElse(BoundValue.ZERO)
        .or(experts.largestReplicaSeconds(loads), BoundTerm.LARGEST_REPLICA);
  }
}
