package dev.rackplan.cost;

import dev.rackplan.cost.placement.PlacementTally;
import java.util.Arrays;

/**
 * The windows of one tally as {@link ExpertTrials} noted them, and what a change makes of the
 * slowest GPU in each: the slowest itself, which is cheaper than the norm. Mutable.
 */
final class WindowTrials {
  private final PlacementTally tally;
  private final WindowTimes times;
  private final int gpus;
  private final int windows;
  // As noted, GPU by GPU.
  private final long[] load;
  private final double[] means;
  private final double[] seconds;
  // Of the change: loads of one GPU, its times, and the slowest in each window.
  private final long[] changed;
  private final double[] changedSeconds;
  private final double[] most;
  private double sumOfMeans;

  WindowTrials(PlacementTally tally, ExpertLayerModel model) {
    this.tally = tally;
    this.times = model.windowTimes();
    this.gpus = tally.shape().gpuCount();
    this.windows = tally.windows();
    this.load = new long[windows * gpus];
    this.seconds = new double[windows * gpus];
    this.changed = new long[windows];
    this.changedSeconds = new double[windows];
    this.most = new double[windows];
    this.means = new double[gpus];
  }

  /** Takes the tally's present state, with {@code means} the GPUs' times at mean loads in s. */
  void note(double[] means) {
    System.arraycopy(means, 0, this.means, 0, gpus);
    System.arraycopy(tally.windowLoads(), 0, load, 0, load.length);
    for (int g = 0; g < gpus; g++) {
      times.fill(g, means[g], tally.fixedLoad(g), load, g * windows, windows, seconds, g * windows);
    }
  }

  /** Expected time of the slowest, as noted, in s. */
  double notedSeconds() {
    begin();
    for (int g = 0; g < gpus; g++) {
      raise(g);
    }
    return seconds();
  }

  /** Begins a change that no GPU was told of yet. */
  void begin() {
    Arrays.fill(most, 0);
    sumOfMeans = 0;
  }

  /** GPU {@code gpu} stays as it was noted. */
  void raise(int gpu) {
    WindowTimes.raise(most, seconds, gpu * windows);
    sumOfMeans += means[gpu];
  }

  /** Begins a changed GPU, whose loads are as noted until told otherwise. */
  void beginGpu(int gpu) {
    System.arraycopy(load, gpu * windows, changed, 0, windows);
  }

  /** The GPU gains or, with sign -1, loses a share of an expert's tokens. */
  void add(int expert, double share, int sign) {
    tally.addWindows(expert, share, sign, changed, 0);
  }

  /** Ends it: it takes {@code mean} s at a mean load of {@code meanLoad}. */
  void endGpu(int gpu, double mean, long meanLoad) {
    times.fill(gpu, mean, meanLoad, changed, 0, windows, changedSeconds, 0);
    WindowTimes.raise(most, changedSeconds, 0);
    sumOfMeans += mean;
  }

  /** Expected time of the slowest after the change, in s. */
  double seconds() {
    return WindowTimes.expected(tally, most, sumOfMeans / gpus);
  }
}
