package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;
import java.util.Arrays;

/**
 * The weighted mean over windows of the 8-norm of the GPUs' expert times, the norm that {@link
 * PlacementTime} takes in place of the slowest GPU. Times are straight lines of the load, by the
 * law around the average GPU. Mutable.
 */
final class SlowestOfWindows implements Evenness {
  // Over which stretch of loads, relative to the average GPU's, the law is taken for straight.
  private static final double STEP = 0.5;

  private final ReplicaLoads loads;
  private final int columns;
  private final double[] weight;
  // By GPU, in units of the mean GPU's time.
  private final double[] fixed;
  private final double[] perLoad;
  // By GPU and column the power of the time, by column their sum.
  private final double[] power;
  private final double[] sum;
  private final double[] newPower;
  private final double[] newSum;
  private double now;
  private double next;

  /**
   * @param loads a column for each window
   * @param weight of each column
   * @param active experts of the average GPU in one step
   */
  SlowestOfWindows(ReplicaLoads loads, double[] weight, ExpertLayerModel model, double active) {
    this.loads = loads;
    this.columns = loads.columns();
    this.weight = weight;
    int gpus = loads.gpus();
    this.fixed = new double[gpus];
    this.perLoad = new double[gpus];
    double mean = Arrays.stream(loads.loads()).average().orElseThrow();
    double unit = 0;
    for (int gpu = 0; gpu < gpus; gpu++) {
      double here = model.gpuTime(gpu, mean, active).seconds();
      double there = model.gpuTime(gpu, (1 + STEP) * mean, active).seconds();
      perLoad[gpu] = Math.max(0, there - here) / (STEP * mean);
      fixed[gpu] = here - perLoad[gpu] * mean;
      unit += here / gpus;
    }
    for (int gpu = 0; gpu < gpus; gpu++) {
      fixed[gpu] /= unit;
      perLoad[gpu] /= unit;
    }
    this.power = new double[gpus * columns];
    this.newPower = new double[gpus * columns];
    this.sum = new double[columns];
    this.newSum = new double[columns];
    sumUp();
  }

  @Override
  public void sumUp() {
    Arrays.fill(sum, 0);
    for (int gpu = 0; gpu < fixed.length; gpu++) {
      raise(gpu, loads.loads(), gpu * columns, power, gpu * columns);
      for (int c = 0; c < columns; c++) {
        sum[c] += power[gpu * columns + c];
      }
    }
    now = norm(sum);
  }

  @Override
  public double now() {
    return now;
  }

  @Override
  public double limit(double worse) {
    return now + worse;
  }

  @Override
  public boolean within(double limit) {
    System.arraycopy(sum, 0, newSum, 0, columns);
    for (int i = 0; i < loads.touchedCount(); i++) {
      int gpu = loads.touched(i);
      raise(gpu, loads.newLoads(), i * columns, newPower, i * columns);
      for (int c = 0; c < columns; c++) {
        newSum[c] += newPower[i * columns + c] - power[gpu * columns + c];
      }
    }
    next = norm(newSum);
    return next <= limit;
  }

  @Override
  public void accept() {
    for (int i = 0; i < loads.touchedCount(); i++) {
      System.arraycopy(newPower, i * columns, power, loads.touched(i) * columns, columns);
    }
    System.arraycopy(newSum, 0, sum, 0, columns);
    now = next;
  }

  private void raise(int gpu, double[] load, int from, double[] powers, int to) {
    for (int c = 0; c < columns; c++) {
      double x = fixed[gpu] + perLoad[gpu] * load[from + c];
      double x2 = x * x;
      double x4 = x2 * x2;
      powers[to + c] = x4 * x4;
    }
  }

  // By square roots, which are the same on every machine.
  private double norm(double[] sums) {
    double all = 0;
    for (int c = 0; c < columns; c++) {
      all += weight[c] * Math.sqrt(Math.sqrt(Math.sqrt(sums[c])));
    }
    return all;
  }
}
