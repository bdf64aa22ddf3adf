package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;

/**
 * How uneven the loads of {@link ReplicaLoads} are, followed from trial to trial: the 64-norm of
 * the expert compute times of all GPUs in all scenarios, nearly the slowest one's, in units of the
 * mean GPU's time. Kept as the sum of the 64th powers. Mutable.
 */
final class SlowestOfAll {
  private final ReplicaLoads loads;
  private final int columns;
  private final double[] fixedSeconds;
  private final double[] secondsPerLoad;
  // By GPU and column, the power of the time in units of the mean one.
  private final double[] power;
  private final double[] powerOfGpu;
  private final double[] newPower;
  private final double unitSeconds;
  private double sum;

  /**
   * @param loads a column for each scenario
   */
  SlowestOfAll(ReplicaLoads loads, ExpertLayerModel model) {
    this.loads = loads;
    this.columns = loads.columns();
    int gpus = loads.gpus();
    this.fixedSeconds = new double[gpus];
    this.secondsPerLoad = new double[gpus];
    for (int gpu = 0; gpu < gpus; gpu++) {
      fixedSeconds[gpu] = model.gpuTime(gpu, 0, 0).seconds();
      secondsPerLoad[gpu] = model.gpuTime(gpu, 1, 0).seconds() - fixedSeconds[gpu];
    }
    this.power = new double[gpus * columns];
    this.powerOfGpu = new double[gpus];
    this.newPower = new double[gpus * columns];
    double all = 0;
    for (int at = 0; at < power.length; at++) {
      all += seconds(at / columns, loads.loads()[at]);
    }
    this.unitSeconds = all / power.length;
    sumUp();
  }

  /** Takes the loads as they are. */
  void sumUp() {
    double[] load = loads.loads();
    sum = 0;
    for (int gpu = 0; gpu < powerOfGpu.length; gpu++) {
      for (int at = gpu * columns; at < (gpu + 1) * columns; at++) {
        power[at] = power(seconds(gpu, load[at]) / unitSeconds);
      }
      powerOfGpu[gpu] = sumOf(gpu);
      sum += powerOfGpu[gpu];
    }
  }

  /** The sum of powers now: less is better. */
  double now() {
    return sum;
  }

  /** What a trial may come to, as a sum of powers, that makes the norm worse by {@code worse}. */
  double limit(double worse) {
    return power(norm(sum) + worse);
  }

  /** Whether the trial that has begun comes to at most {@code limit}; asked once a trial. */
  boolean within(double limit) {
    double[] newLoad = loads.newLoads();
    double next = sum;
    for (int i = 0; i < loads.touchedCount(); i++) {
      next -= powerOfGpu[loads.touched(i)];
    }
    for (int i = 0; i < loads.touchedCount(); i++) {
      for (int at = i * columns; at < (i + 1) * columns; at++) {
        newPower[at] = power(seconds(loads.touched(i), newLoad[at]) / unitSeconds);
        next += newPower[at];
      }
      if (next > limit) {
        return false;
      }
    }
    return true;
  }

  /** Takes what that trial makes of the loads. */
  void accept() {
    for (int i = 0; i < loads.touchedCount(); i++) {
      int gpu = loads.touched(i);
      System.arraycopy(newPower, i * columns, power, gpu * columns, columns);
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
    for (int at = gpu * columns; at < (gpu + 1) * columns; at++) {
      all += power[at];
    }
    return all;
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
