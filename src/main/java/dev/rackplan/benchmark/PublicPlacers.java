package dev.rackplan.benchmark;

import dev.rackplan.baseline.ContiguousExperts;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Placers of engines beside EPLB, whose modes are among the usual placements: {@link
 * FlashLoadBalancer} and {@link SwiftBalancer}.
 *
 * <p>SGLang's elasticity-aware mode ({@code elasticity_aware.py}) is EPLB where all GPUs are in
 * use, and EPLB's global mode on those that are where not; so it has no row of its own. Its
 * topology-aware mode ({@code topology_aware.py}) takes no redundant experts, and ranks that send
 * differently: the tokens of a problem live evenly on all GPUs.
 */
final class PublicPlacers {
  static final String FLASH = "flashlb-style";
  static final String SWIFT = "swift-style";
  private static final int STEPS = 64;

  private PublicPlacers() {}

  /**
   * Plans on the stages of {@code start}. The swift balancer changes the contiguous map once, as
   * after a start without counts.
   *
   * @param usual plans of the usual placements on the same stages
   */
  static List<NamedPlan> plans(ProblemRouting routing, Plan start, List<NamedPlan> usual) {
    Plan contiguous =
        usual.stream()
            .filter(named -> named.name().equals(new ContiguousExperts().name()))
            .findFirst()
            .orElseThrow()
            .plan();
    SortedMap<Integer, ExpertMap> flash = new TreeMap<>();
    SortedMap<Integer, ExpertMap> swift = new TreeMap<>();
    start
        .experts()
        .forEach(
            (layer, map) -> {
              double[][] steps = steps(routing.of(layer));
              flash.put(layer, FlashLoadBalancer.place(steps, map.dealt()));
              swift.put(
                  layer, SwiftBalancer.rebalance(contiguous.experts().get(layer), mean(steps)));
            });
    return List.of(
        new NamedPlan(FLASH, new Plan(start.layout(), start.stages(), flash)),
        new NamedPlan(SWIFT, new Plan(start.layout(), start.stages(), swift)));
  }

  /**
   * Loads of consecutive steps, [steps][experts]: of recorded tokens up to {@value #STEPS} runs of
   * a scenario's tokens; where only loads are known, one step a scenario.
   */
  static double[][] steps(List<ScenarioLayer> scenarios) {
    List<double[]> steps = new ArrayList<>();
    for (ScenarioLayer scenario : scenarios) {
      int count = scenario.recorded() ? Math.min(STEPS, scenario.fewestTokens()) : 1;
      for (ScenarioLayer part : scenario.parts(count)) {
        double[] load = new double[part.experts()];
        for (int expert = 0; expert < load.length; expert++) {
          load[expert] = part.frequency(expert);
        }
        steps.add(load);
      }
    }
    return steps.toArray(double[][]::new);
  }

  /** Mean load of each expert. */
  static double[] mean(double[][] steps) {
    double[] mean = new double[steps[0].length];
    for (double[] step : steps) {
      for (int expert = 0; expert < mean.length; expert++) {
        mean[expert] += step[expert] / steps.length;
      }
    }
    return mean;
  }
}
