package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;

/**
 * The 64th powers of the GPUs' expert compute times in each column of {@link ReplicaLoads}, in
 * units of the mean GPU's time; their sum's root is nearly the slowest GPU's time. Mutable.
 */
final class GpuPowers {
  private final ReplicaLoads loads;
  private final int columns;
  private final double[] fixedSeconds;
  private final double[] secondsPerLoad;
  // By GPU and column; of the trial by touched GPU and column.
  private final double[] power;
  private final double[] tried;
  private final double unitSeconds;

  GpuPowers(ReplicaLoads loads, ExpertLayerModel model) {
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
    this.tried = new double[gpus * columns];
    double all = 0;
    for (int at = 0; at < power.length; at++) {
      all += seconds(at / columns, loads.loads()[at]);
    }
    this.unitSeconds = all / power.length;
  }

  /** Takes the loads as they are. */
  void sumUp() {
    for (int at = 0; at < power.length; at++) {
      power[at] = power(seconds(at / columns, loads.loads()[at]) / unitSeconds);
    }
  }

  double of(int gpu, int column) {
    return power[gpu * columns + column];
  }

  /** What the trial that has begun makes of its {@code i}-th GPU; noted for {@link #accept}. */
  double tried(int i, int column) {
    int at = i * columns + column;
    tried[at] = power(seconds(loads.touched(i), loads.newLoads()[at]) / unitSeconds);
    return tried[at];
  }

  /** Takes what was {@link #tried} of all GPUs of the trial. */
  void accept() {
    for (int i = 0; i < loads.touchedCount(); i++) {
      System.arraycopy(tried, i * columns, power, loads.touched(i) * columns, columns);
    }
  }

  private double seconds(int gpu, double gpuLoad) {
    return fixedSeconds[gpu] + secondsPerLoad[gpu] * gpuLoad;
  }

  /** x^64. */
  static double power(double x) {
    double x2 = x * x;
    double x4 = x2 * x2;
    double x8 = x4 * x4;
    double x16 = x8 * x8;
    double x32 = x16 * x16;
    return x32 * x32;
  }

  /** 64th root; by square roots, which are the same on every machine. */
  static double norm(double sum) {
    return Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(sum))))));
  }
}
