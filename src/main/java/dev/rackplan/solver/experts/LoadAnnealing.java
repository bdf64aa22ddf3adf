package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Evens out what the GPUs compute by annealing, network and weight fetch left aside: a start for
 * the search of a layer where {@link dev.rackplan.problem.DispatchRule#sharesAlike replicas get
 * equal shares}.
 *
 * <p>There a trial is a few sums ({@link ReplicaLoads}) and costs a hundredth of a scored move. A
 * rank more or less, under rule rankModulo, is left to the search. What is evened out: where only
 * loads are known {@link SlowestOfAll}, of samples in windows {@link SlowestOfWindows}. The
 * temperature is not given but follows from how many trials are to be accepted. What all this is
 * worth: docs/decisions/0012-annealing-of-loads.md and
 * docs/decisions/0049-windows-are-evened-out-first.md.
 */
final class LoadAnnealing {
  // First temperature, as a share of the mean GPU time, and the shares of trials that the
  // temperature is set to accept, first and last.
  private static final double WARM = 0.002;
  private static final double LIVELY = 0.07;
  private static final double STILL = 0.003;
  // Part of the trials that put another expert in a slot, and after how many trials the temperature
  // is set again: where loads are known, and in windows, where a trial costs more.
  private static final double REPLACE = 0.005;
  private static final int ADJUST_EVERY = 4096;
  private static final double REPLACE_IN_WINDOWS = 0.1;
  private static final int ADJUST_IN_WINDOWS = 1024;
  private static final double LARGEST_STEP = 2;
  // Sums are kept by differences, and made again so often that rounding can't matter.
  private static final int REFRESH_EVERY = 256;

  private final ReplicaLoads loads;
  private final Evenness evenness;
  private final double replace;
  private final int adjustEvery;
  private final SplittableRandom random;

  private LoadAnnealing(
      ReplicaLoads loads, Evenness evenness, double replace, int adjustEvery, long seed) {
    this.loads = loads;
    this.evenness = evenness;
    this.replace = replace;
    this.adjustEvery = adjustEvery;
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
    int columns = layers.size();
    double[] frequency = new double[problem.experts() * columns];
    for (int at = 0; at < frequency.length; at++) {
      frequency[at] = layers.get(at % columns).frequency(at / columns);
    }
    ReplicaLoads loads = new ReplicaLoads(frequency, columns, start);
    SlowestOfAll evenness = new SlowestOfAll(loads, problem.model());
    return new LoadAnnealing(loads, evenness, REPLACE, ADJUST_EVERY, seed).run(budget);
  }

  /**
   * The placement met that is most even in the windows of the samples, with the samples as a whole
   * beside them by {@link LayerProblem#ofSample}.
   *
   * @param problem whose rule shares alike, all scenarios in windows
   * @param start without second copies on a GPU
   * @param budget counts trials as moves
   */
  static ExpertMap annealWindows(
      LayerProblem problem, ExpertMap start, SearchBudget budget, long seed) {
    int columns = 0;
    for (ScenarioLayer scenario : problem.scenarios()) {
      columns += scenario.windows() + 1;
    }
    double[] frequency = new double[problem.experts() * columns];
    double[] weight = new double[columns];
    int first = 0;
    for (ScenarioLayer scenario : problem.scenarios()) {
      int windows = scenario.windows();
      for (int e = 0; e < problem.experts(); e++) {
        int to = e * columns + first;
        System.arraycopy(scenario.windowFrequency(), e * windows, frequency, to, windows);
        frequency[to + windows] = scenario.frequency(e);
      }
      // Of what the slowest has beyond the mean in windows a part counts, of the whole all of it.
      double inWindows = (1 - problem.ofSample()) * ExpertLayerModel.keptOfWindows();
      Arrays.fill(weight, first, first + windows, inWindows / windows);
      weight[first + windows] = problem.ofSample();
      first += windows + 1;
    }
    ReplicaLoads loads = new ReplicaLoads(frequency, columns, start);
    double active = activeExperts(problem, start);
    SlowestOfWindows evenness = new SlowestOfWindows(loads, weight, problem.model(), active);
    return new LoadAnnealing(loads, evenness, REPLACE_IN_WINDOWS, ADJUST_IN_WINDOWS, seed)
        .run(budget);
  }

  // Of the average GPU.
  private static double activeExperts(LayerProblem problem, ExpertMap start) {
    double active = 0;
    PlacementTally tally = problem.tallies(start).all().get(0);
    for (int gpu = 0; gpu < start.gpus(); gpu++) {
      active += tally.activeExperts(gpu) / start.gpus();
    }
    return active;
  }

  private ExpertMap run(SearchBudget budget) {
    int[] best = loads.slots().clone();
    double least = evenness.now();
    double temperature = WARM;
    long accepted = 0;
    long acceptedBefore = 0;
    for (long trial = 0; ; trial++) {
      if (trial % adjustEvery == 0) {
        double used = budget.used(trial);
        if (used >= 1) {
          return new ExpertMap(best, loads.gpus());
        }
        if (trial > 0) {
          temperature *= step(used, (accepted - acceptedBefore) / (double) adjustEvery);
        }
        acceptedBefore = accepted;
      }
      double limit = evenness.limit(-temperature * StrictMath.log(1 - random.nextDouble()));
      if (!begins()) {
        continue;
      }
      if (!evenness.within(limit)) {
        loads.drop();
        continue;
      }
      loads.keep();
      evenness.accept();
      if (++accepted % REFRESH_EVERY == 0) {
        loads.sumUp();
        evenness.sumUp();
      }
      if (evenness.now() < least) {
        least = evenness.now();
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
