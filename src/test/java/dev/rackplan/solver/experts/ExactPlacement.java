package dev.rackplan.solver.experts;

import dev.rackplan.SmallCase;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The best placement of a tiny layer, by branch and bound: every GPU filled with different experts,
 * every expert somewhere, any numbers of replicas. Without two-batch overlap.
 *
 * <p>Experts are placed one after the other, the most loaded first, each on a set of GPUs. A branch
 * is left out only where it holds nothing faster than the best placement found: what is placed
 * already takes that long, or the {@link PlacementRelaxation} says so; or where {@link
 * GpuSymmetries} rename it to a branch that is looked at. Branches are judged by {@link
 * LayerTerms}, complete placements priced by the cost model, and both must agree.
 */
final class ExactPlacement {
  /** How far above the least time the result may be, relatively. */
  static final double EXACT = 2e-9;

  // Half of that for what is left out, half for the cost model's whole-number shares, which stray
  // from doubles.
  private static final double LEFT_OUT = 1e-9;
  private static final double ROUNDING = 1e-9;
  private static final int FIRST_STEPS = 300;
  private static final int STEPS = 6;

  private final SmallCase small;
  private final List<LayerTerms> scenarios = new ArrayList<>();
  private final PlacementRelaxation relaxation;
  private final int[] order;
  private final PlacementRelaxation.Multipliers[] multipliers;
  private ExpertMap best;
  private double seconds;
  private long branches;

  private ExactPlacement(SmallCase small, ExpertMap start) {
    this.small = small;
    this.best = start;
    this.seconds = small.placementSeconds(start);
    for (ScenarioLayer scenario : small.scenarios()) {
      scenarios.add(new LayerTerms(small, scenario));
    }
    this.order =
        IntStream.range(0, small.moe().experts())
            .boxed()
            .sorted(Comparator.comparingDouble(this::minusLoad))
            .mapToInt(Integer::intValue)
            .toArray();
    int gpus = small.shape().gpuCount();
    this.relaxation = new PlacementRelaxation(scenarios, order, gpus);
    this.multipliers = new PlacementRelaxation.Multipliers[order.length];
    for (int i = 0; i < order.length; i++) {
      multipliers[i] = new PlacementRelaxation.Multipliers(scenarios, gpus);
    }
  }

  private double minusLoad(int expert) {
    return -small.scenarios().stream().mapToDouble(s -> s.frequency(expert)).sum();
  }

  /**
   * @param map a placement that none beats by more than {@link #EXACT}
   * @param seconds its time
   * @param branches unfinished and finished placements looked at
   */
  record Optimum(ExpertMap map, double seconds, long branches) {}

  /**
   * The best placement of {@code small}.
   *
   * @param start any sound placement; the faster it is, the fewer branches
   */
  static Optimum of(SmallCase small, ExpertMap start) {
    ExactPlacement search = new ExactPlacement(small, start);
    search.branch(
        PartialPlacement.empty(search.scenarios, search.order, small.dealt()),
        GpuSymmetries.ofMasks(
            small.shape(), small.problem().engine().dispatchRule(), small.dealt()));
    return new Optimum(search.best, search.seconds, search.branches);
  }

  private double enough() {
    return seconds * (1 - LEFT_OUT);
  }

  private void branch(PartialPlacement partial, List<int[]> symmetries) {
    branches++;
    if (partial.seconds() >= enough()) {
      return;
    }
    if (partial.complete()) {
      price(partial);
      return;
    }
    int placed = partial.placed();
    if (placed > 0) {
      multipliers[placed].set(multipliers[placed - 1]);
    }
    double[] least =
        relaxation.leastWithNext(
            partial, multipliers[placed], placed == 0 ? FIRST_STEPS : STEPS, enough());
    List<Integer> masks =
        IntStream.of(partial.masksWithRoom())
            .filter(mask -> symmetries.stream().allMatch(renamed -> renamed[mask] >= mask))
            .boxed()
            .sorted(Comparator.comparingDouble(mask -> least[mask]))
            .toList();
    for (int mask : masks) {
      if (least[mask] < enough()) {
        branch(
            partial.with(mask),
            symmetries.stream().filter(renamed -> renamed[mask] == mask).toList());
      }
    }
  }

  private void price(PartialPlacement complete) {
    ExpertMap map = new ExpertMap(complete.slots(small.dealt()), small.layout().expertParallel());
    double found = small.placementSeconds(map);
    if (Math.abs(found - complete.seconds()) > ROUNDING * found) {
      throw new AssertionError(
          complete.seconds() + " s from the formulas, " + found + " s from the cost model: " + map);
    }
    if (found < seconds) {
      best = map;
      seconds = found;
    }
  }
}
