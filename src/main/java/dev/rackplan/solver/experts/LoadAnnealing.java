package dev.rackplan.solver.experts;

import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Evens out what the GPUs compute by annealing, network and weight fetch left aside: a start for
 * the search of a layer of which only loads are known.
 *
 * <p>Where {@link dev.rackplan.problem.DispatchRule#sharesAlike replicas get equal shares} a
 * replica's load does not depend on where the others are, so a trial is a few sums and costs a
 * hundredth of a scored move. A rank more or less, under rule rankModulo, is left to the search.
 * What is minimised is the 64-norm of the expert compute times of all GPUs in all scenarios. The
 * temperature is not given but follows from how many trials are to be accepted. What all this is
 * worth: docs/decisions/0012-annealing-of-loads.md. Mutable, for one run.
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
  // The sum of powers is kept by differences, and made again so often that rounding can't matter.
  private static final int REFRESH_EVERY = 256;

  private final int experts;
  private final int gpus;
  private final int scenarios;
  private final double[] frequency;
  private final double[] fixedSeconds;
  private final double[] secondsPerLoad;
  private final SplittableRandom random;

  private final int[] slots;
  private final int[] gpuOfSlot;
  private final boolean[] holds;
  private final int[] replicas;
  // Of one replica, by expert and scenario.
  private final double[] replicaLoad;
  // By GPU and scenario: load, and power of the time in units of the mean one.
  private final double[] load;
  private final double[] power;
  private final double[] powerOfGpu;
  private double unitSeconds;
  private double sum;

  // The trial: GPUs that it touches, once each, and what they become.
  private final int[] touched;
  private final int[] placeOfGpu;
  private int touchedCount;
  private final double[] newLoad;
  private final double[] newPower;

  private LoadAnnealing(LayerProblem problem, ExpertMap start, long seed) {
    List<ScenarioLayer> layers = problem.scenarios();
    this.experts = problem.experts();
    this.gpus = start.gpus();
    this.scenarios = layers.size();
    this.random = new SplittableRandom(seed);
    this.frequency = new double[experts * scenarios];
    for (int at = 0; at < frequency.length; at++) {
      frequency[at] = layers.get(at % scenarios).frequency(at / scenarios);
    }
    this.fixedSeconds = new double[gpus];
    this.secondsPerLoad = new double[gpus];
    for (int gpu = 0; gpu < gpus; gpu++) {
      fixedSeconds[gpu] = problem.model().gpuTime(gpu, 0, 0).seconds();
      secondsPerLoad[gpu] = problem.model().gpuTime(gpu, 1, 0).seconds() - fixedSeconds[gpu];
    }
    this.slots = start.toArray();
    this.gpuOfSlot = new int[slots.length];
    this.holds = new boolean[experts * gpus];
    this.replicas = new int[experts];
    for (int slot = 0; slot < slots.length; slot++) {
      gpuOfSlot[slot] = start.gpuOfSlot(slot);
      holds[slots[slot] * gpus + gpuOfSlot[slot]] = true;
      replicas[slots[slot]]++;
    }
    this.replicaLoad = new double[experts * scenarios];
    for (int expert = 0; expert < experts; expert++) {
      shareOut(expert);
    }
    this.load = new double[gpus * scenarios];
    this.power = new double[gpus * scenarios];
    this.powerOfGpu = new double[gpus];
    this.touched = new int[gpus];
    this.placeOfGpu = new int[gpus];
    Arrays.fill(placeOfGpu, -1);
    this.newLoad = new double[gpus * scenarios];
    this.newPower = new double[gpus * scenarios];
  }

  /**
   * The most even placement met.
   *
   * @param problem whose rule shares alike, only loads known
   * @param start without second copies on a GPU
   * @param budget counts trials as moves
   */
  static ExpertMap anneal(LayerProblem problem, ExpertMap start, SearchBudget budget, long seed) {
    LoadAnnealing annealing = new LoadAnnealing(problem, start, seed);
    annealing.takeMeanAsUnit();
    annealing.sumUp();
    return annealing.run(budget);
  }

  private ExpertMap run(SearchBudget budget) {
    int[] best = slots.clone();
    double least = sum;
    double temperature = WARM;
    long accepted = 0;
    long acceptedBefore = 0;
    for (long trial = 0; ; trial++) {
      if (trial % ADJUST_EVERY == 0) {
        double used = budget.used(trial);
        if (used >= 1) {
          return new ExpertMap(best, gpus);
        }
        if (trial > 0) {
          temperature *= step(used, (accepted - acceptedBefore) / (double) ADJUST_EVERY);
        }
        acceptedBefore = accepted;
      }
      double limit = power(norm(sum) - temperature * StrictMath.log(1 - random.nextDouble()));
      boolean replace = slots.length > experts && random.nextDouble() < REPLACE;
      if (replace ? triesReplacing(limit) : triesSwapping(limit)) {
        if (++accepted % REFRESH_EVERY == 0) {
          sumUp();
        }
        if (sum < least) {
          least = sum;
          System.arraycopy(slots, 0, best, 0, slots.length);
        }
      }
    }
  }

  /** What the temperature is multiplied by, after {@code accepted} of the last trials were. */
  private static double step(double used, double accepted) {
    double wanted = LIVELY * StrictMath.pow(STILL / LIVELY, used);
    double step = accepted > 0 ? Math.sqrt(wanted / accepted) : LARGEST_STEP;
    return Math.min(LARGEST_STEP, Math.max(1 / LARGEST_STEP, step));
  }

  private boolean triesSwapping(double limit) {
    int slot = random.nextInt(slots.length);
    int other = random.nextInt(slots.length);
    int here = gpuOfSlot[slot];
    int there = gpuOfSlot[other];
    int leaving = slots[slot];
    int coming = slots[other];
    if (here == there || holds[coming * gpus + here] || holds[leaving * gpus + there]) {
      return false;
    }
    begin();
    add(here, coming, 1);
    add(here, leaving, -1);
    add(there, leaving, 1);
    add(there, coming, -1);
    if (!within(limit)) {
      return false;
    }
    slots[slot] = coming;
    slots[other] = leaving;
    holds[leaving * gpus + here] = false;
    holds[coming * gpus + here] = true;
    holds[coming * gpus + there] = false;
    holds[leaving * gpus + there] = true;
    accept();
    return true;
  }

  private boolean triesReplacing(double limit) {
    int slot = random.nextInt(slots.length);
    int leaving = slots[slot];
    int coming = random.nextInt(experts);
    if (replicas[leaving] == 1 || holds[coming * gpus + gpuOfSlot[slot]]) {
      return false;
    }
    begin();
    addAll(leaving, -1);
    addAll(coming, -1);
    replace(slot, leaving, coming);
    addAll(leaving, 1);
    addAll(coming, 1);
    if (within(limit)) {
      accept();
      return true;
    }
    replace(slot, coming, leaving);
    return false;
  }

  private void replace(int slot, int leaving, int coming) {
    slots[slot] = coming;
    holds[leaving * gpus + gpuOfSlot[slot]] = false;
    holds[coming * gpus + gpuOfSlot[slot]] = true;
    replicas[leaving]--;
    replicas[coming]++;
    shareOut(leaving);
    shareOut(coming);
  }

  private void shareOut(int expert) {
    for (int at = expert * scenarios; at < (expert + 1) * scenarios; at++) {
      replicaLoad[at] = frequency[at] / replicas[expert];
    }
  }

  private void begin() {
    for (int i = 0; i < touchedCount; i++) {
      placeOfGpu[touched[i]] = -1;
    }
    touchedCount = 0;
  }

  private void addAll(int expert, int sign) {
    for (int gpu = 0; gpu < gpus; gpu++) {
      if (holds[expert * gpus + gpu]) {
        add(gpu, expert, sign);
      }
    }
  }

  private void add(int gpu, int expert, int sign) {
    if (placeOfGpu[gpu] < 0) {
      System.arraycopy(load, gpu * scenarios, newLoad, touchedCount * scenarios, scenarios);
      placeOfGpu[gpu] = touchedCount;
      touched[touchedCount++] = gpu;
    }
    int to = placeOfGpu[gpu] * scenarios;
    for (int s = 0; s < scenarios; s++) {
      newLoad[to + s] += sign * replicaLoad[expert * scenarios + s];
    }
  }

  /** Whether the sum after the trial is at most {@code limit}; then all its terms are known. */
  private boolean within(double limit) {
    double next = sum;
    for (int i = 0; i < touchedCount; i++) {
      next -= powerOfGpu[touched[i]];
    }
    for (int i = 0; i < touchedCount; i++) {
      for (int at = i * scenarios; at < (i + 1) * scenarios; at++) {
        newPower[at] = power(seconds(touched[i], newLoad[at]) / unitSeconds);
        next += newPower[at];
      }
      if (next > limit) {
        return false;
      }
    }
    return true;
  }

  private void accept() {
    for (int i = 0; i < touchedCount; i++) {
      int gpu = touched[i];
      System.arraycopy(newLoad, i * scenarios, load, gpu * scenarios, scenarios);
      System.arraycopy(newPower, i * scenarios, power, gpu * scenarios, scenarios);
      sum -= powerOfGpu[gpu];
      powerOfGpu[gpu] = sumOf(gpu);
      sum += powerOfGpu[gpu];
    }
  }

  private double seconds(int gpu, double gpuLoad) {
    return fixedSeconds[gpu] + secondsPerLoad[gpu] * gpuLoad;
  }

  private double sumOf(int gpu) {
    double all = 0;
    for (int at = gpu * scenarios; at < (gpu + 1) * scenarios; at++) {
      all += power[at];
    }
    return all;
  }

  private void takeMeanAsUnit() {
    fillLoad();
    double all = 0;
    for (int at = 0; at < load.length; at++) {
      all += seconds(at / scenarios, load[at]);
    }
    unitSeconds = all / load.length;
  }

  /** Loads, powers and their sum, from the slots. */
  private void sumUp() {
    fillLoad();
    sum = 0;
    for (int gpu = 0; gpu < gpus; gpu++) {
      for (int at = gpu * scenarios; at < (gpu + 1) * scenarios; at++) {
        power[at] = power(seconds(gpu, load[at]) / unitSeconds);
      }
      powerOfGpu[gpu] = sumOf(gpu);
      sum += powerOfGpu[gpu];
    }
  }

  private void fillLoad() {
    Arrays.fill(load, 0);
    for (int slot = 0; slot < slots.length; slot++) {
      for (int s = 0; s < scenarios; s++) {
        load[gpuOfSlot[slot] * scenarios + s] += replicaLoad[slots[slot] * scenarios + s];
      }
    }
  }

  /** x^64. */
  private static double power(double x) {
    double x2 = x * x;
    double x4 = x2 * x2;
    double x8 = x4 * x4;
    double x16 = x8 * x8;
    double x32 = x16 * x16;
    return x32 * x32;
  }

  /** 64th root; by square roots, which are the same on every machine. */
  private static double norm(double sum) {
    return Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(sum))))));
  }
}
