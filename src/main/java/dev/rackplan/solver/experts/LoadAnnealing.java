package dev.rackplan.solver.experts;

import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Evens out what the GPUs compute by annealing, network and weight fetch left aside: a start for
 * the search of a layer of which only loads are known.
 *
 * <p>Where {@link dev.rackplan.problem.DispatchRule#sharesAlike replicas get equal shares} a trial
 * is a few sums ({@link ReplicaLoads}) and costs a hundredth of a scored move. A rank more or less,
 * under rule rankModulo, is left to the search. What is minimised: {@link SlowestOfAll}. The
 * temperature is not given but follows from how many trials are to be accepted. What all this is
 * worth: docs/decisions/0012-annealing-of-loads.md; of samples in windows it was tried and left
 * out: docs/decisions/0049-windows-evened-out-first.md. Mutable, for one run.
 */
final class LoadAnnealing {
  // First temperature, as a share of the mean GPU time, and the shares of trials that the
  // temperature is set to accept, first and last.
  private static final double WARM = 0.002;
  private static final double LIVELY = 0.07;
  private static final double STILL = 0.003;
  private static final double REPLACE = 0.005;
  private static final int ADJUST_EVERY = 4096;
  private static final double LARGEST_STEP = 2;
  // Sums are kept by differences, and made again so often that rounding can't matter.
  private static final int REFRESH_EVERY = 256;

  private final ReplicaLoads loads;
  private final LoadEvenness slowest;
  // Share of the trials that put another expert in a slot.
  private final double replace;
  private final SplittableRandom random;

  private LoadAnnealing(ReplicaLoads loads, LoadEvenness slowest, double replace, long seed) {
    this.replace = replace;
    this.loads = loads;
    this.slowest = slowest;
    this.random = new SplittableRandom(seed);
  }

  /**
   * The most even placement met.
   *
   * @param problem whose rule shares alike, only loads known
   * @param start without second copies on a GPU
   * @param budget counts trials as moves
   */
  static ExpertMap anneal(LayerProblem problem, ExpertMap start, SearchBudget budget, long seed) {
    List<ScenarioLayer> layers = problem.scenarios();
    if (problem.windowsComeAgain()) {
      return annealWindows(problem, layers.get(0), start, budget, seed);
    }
    int columns = layers.size();
    double[] frequency = new double[problem.experts() * columns];
    for (int at = 0; at < frequency.length; at++) {
      frequency[at] = layers.get(at % columns).frequency(at / columns);
    }
    ReplicaLoads loads = new ReplicaLoads(frequency, columns, start);
    SlowestOfAll slowest = new SlowestOfAll(loads, problem.model());
    return new LoadAnnealing(loads, slowest, REPLACE, seed).run(budget);
  }

  // Copies stay: chosen by few windows, they would make up for each other in these alone.
  private static ExpertMap annealWindows(
      LayerProblem problem, ScenarioLayer layer, ExpertMap start, SearchBudget budget, long seed) {
    ReplicaLoads loads = new ReplicaLoads(layer.windowFrequency(), layer.windows(), start);
    SlowestOfEach slowest = new SlowestOfEach(loads, problem.model());
    return new LoadAnnealing(loads, slowest, 0, seed).run(budget);
  }

  private ExpertMap run(SearchBudget budget) {
    int[] best = loads.slots().clone();
    double least = slowest.now();
    double temperature = WARM;
    long accepted = 0;
    long acceptedBefore = 0;
    for (long trial = 0; ; trial++) {
      if (trial % ADJUST_EVERY == 0) {
        double used = budget.used(trial);
        if (used >= 1) {
          return new ExpertMap(best, loads.gpus());
        }
        if (trial > 0) {
          temperature *= step(used, (accepted - acceptedBefore) / (double) ADJUST_EVERY);
        }
        acceptedBefore = accepted;
      }
      double limit = slowest.limit(-temperature * StrictMath.log(1 - random.nextDouble()));
      if (!begins()) {
        continue;
      }
      if (!slowest.within(limit)) {
        loads.drop();
        continue;
      }
      loads.keep();
      slowest.accept();
      if (++accepted % REFRESH_EVERY == 0) {
        loads.sumUp();
        slowest.sumUp();
      }
      if (slowest.now() < least) {
        least = slowest.now();
        System.arraycopy(loads.slots(), 0, best, 0, best.length);
      }
    }
  }

  private boolean begins() {
    int slots = loads.slotCount();
    if (slots > loads.experts() && random.nextDouble() < replace) {
      return loads.triesReplacement(random.nextInt(slots), random.nextInt(loads.experts()));
    }
    return loads.triesSwap(random.nextInt(slots), random.nextInt(slots));
  }

  /** What the temperature is multiplied by, after {@code accepted} of the last trials were. */
  private static double step(double used, double accepted) {
    double wanted = LIVELY * StrictMath.pow(STILL / LIVELY, used);
    double step = accepted > 0 ? Math.sqrt(wanted / accepted) : LARGEST_STEP;
    return Math.min(LARGEST_STEP, Math.max(1 / LARGEST_STEP, step));
  }
}
