package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;

/**
 * How uneven the loads of {@link ReplicaLoads} are in the mean over their columns, windows of
 * traffic that come one at a time: of each the 64-norm of the GPUs' expert compute times, nearly
 * the slowest one's, in units of the mean GPU's time. Mutable.
 */
final class SlowestOfEach implements LoadEvenness {
  private final ReplicaLoads loads;
  private final int columns;
  private final GpuPowers powers;
  private final double[] sum;
  private final double[] next;
  private double now;
  private double trial;

  /**
   * @param loads a column for each window
   */
  SlowestOfEach(ReplicaLoads loads, ExpertLayerModel model) {
    this.loads = loads;
    this.columns = loads.columns();
    this.powers = new GpuPowers(loads, model);
    this.sum = new double[columns];
    this.next = new double[columns];
    sumUp();
  }

  @Override
  public void sumUp() {
    powers.sumUp();
    for (int c = 0; c < columns; c++) {
      sum[c] = 0;
      for (int gpu = 0; gpu < loads.gpus(); gpu++) {
        sum[c] += powers.of(gpu, c);
      }
    }
    now = mean(sum);
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
    System.arraycopy(sum, 0, next, 0, columns);
    for (int i = 0; i < loads.touchedCount(); i++) {
      for (int c = 0; c < columns; c++) {
        next[c] += powers.tried(i, c) - powers.of(loads.touched(i), c);
      }
    }
    trial = mean(next);
    return trial <= limit;
  }

  @Override
  public void accept() {
    powers.accept();
    System.arraycopy(next, 0, sum, 0, columns);
    now = trial;
  }

  private double mean(double[] sums) {
    double all = 0;
    for (double powers : sums) {
      // Differences may leave a little less than nothing.
      all += GpuPowers.norm(Math.max(0, powers));
    }
    return all / columns;
  }
}
