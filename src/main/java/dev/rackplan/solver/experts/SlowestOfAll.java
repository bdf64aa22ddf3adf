package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;

/**
 * How uneven the loads of {@link ReplicaLoads} are: the 64-norm of the expert compute times of all
 * GPUs in all scenarios, nearly the slowest one's, in units of the mean GPU's time. Kept as the sum
 * of the 64th powers. Mutable.
 */
final class SlowestOfAll implements LoadEvenness {
  private final ReplicaLoads loads;
  private final int columns;
  private final GpuPowers powers;
  private final double[] powerOfGpu;
  private double sum;

  /**
   * @param loads a column for each scenario
   */
  SlowestOfAll(ReplicaLoads loads, ExpertLayerModel model) {
    this.loads = loads;
    this.columns = loads.columns();
    this.powers = new GpuPowers(loads, model);
    this.powerOfGpu = new double[loads.gpus()];
    sumUp();
  }

  @Override
  public void sumUp() {
    powers.sumUp();
    sum = 0;
    for (int gpu = 0; gpu < powerOfGpu.length; gpu++) {
      powerOfGpu[gpu] = sumOf(gpu);
      sum += powerOfGpu[gpu];
    }
  }

  @Override
  public double now() {
    return sum;
  }

  @Override
  public double limit(double worse) {
    return GpuPowers.power(GpuPowers.norm(sum) + worse);
  }

  @Override
  public boolean within(double limit) {
    double next = sum;
    for (int i = 0; i < loads.touchedCount(); i++) {
      next -= powerOfGpu[loads.touched(i)];
    }
    for (int i = 0; i < loads.touchedCount(); i++) {
      for (int c = 0; c < columns; c++) {
        next += powers.tried(i, c);
      }
      if (next > limit) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void accept() {
    powers.accept();
    for (int i = 0; i < loads.touchedCount(); i++) {
      int gpu = loads.touched(i);
      sum -= powerOfGpu[gpu];
      powerOfGpu[gpu] = sumOf(gpu);
      sum += powerOfGpu[gpu];
    }
  }

  private double sumOf(int gpu) {
    double all = 0;
    for (int c = 0; c < columns; c++) {
      all += powers.of(gpu, c);
    }
    return all;
  }
}
