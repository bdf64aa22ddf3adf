package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.ActiveShare;
import dev.rackplan.cost.operation.FixedPoint;
import java.util.Arrays;

/**
 * What each GPU computes of one scenario under one placement: its load, its active experts, its
 * load in each window of the sample. Sums of whole numbers that a change of a few experts only adds
 * to. Mutable.
 */
final class GpuLoads {
  private static final double UNKNOWN = -1;

  private final ScenarioLayer routing;
  private final ShareTable table;
  private final ActiveShare activeShare;
  private final long[] load;
  private final long[] active;
  // GPU by GPU, the load in each window.
  private final int windows;
  private final long[] windowLoad;
  // By GPU, worked out when asked for: below 0 where it wasn't yet.
  private final double[] deviation;
  private final double[] sectionLoad;

  // What keep() kept.
  private final long[] savedLoad;
  private final long[] savedActive;
  private final long[] savedWindowLoad;
  private final double[] savedDeviation;

  GpuLoads(ScenarioLayer routing, ShareTable table, ActiveShare activeShare) {
    this.routing = routing;
    this.table = table;
    this.activeShare = activeShare;
    int gpus = table.shape().gpuCount();
    this.load = new long[gpus];
    this.active = new long[gpus];
    this.windows = routing.windows();
    this.windowLoad = new long[windows * gpus];
    this.deviation = new double[gpus];
    Arrays.fill(deviation, UNKNOWN);
    this.sectionLoad = new double[routing.sections()];
    this.savedLoad = new long[gpus];
    this.savedActive = new long[gpus];
    this.savedWindowLoad = new long[windowLoad.length];
    this.savedDeviation = new double[gpus];
  }

  /** Keeps the state of {@code gpu} for {@link #putBack}. */
  void keep(int gpu) {
    savedLoad[gpu] = load[gpu];
    savedActive[gpu] = active[gpu];
    System.arraycopy(windowLoad, gpu * windows, savedWindowLoad, gpu * windows, windows);
    savedDeviation[gpu] = deviation[gpu];
  }

  /** Back to what was kept of {@code gpu}. */
  void putBack(int gpu) {
    load[gpu] = savedLoad[gpu];
    active[gpu] = savedActive[gpu];
    System.arraycopy(savedWindowLoad, gpu * windows, windowLoad, gpu * windows, windows);
    deviation[gpu] = savedDeviation[gpu];
  }

  /** Told of each GPU that a change touches, before it is counted. */
  void touch(int gpu) {
    deviation[gpu] = UNKNOWN;
  }

  /** Counts the last change of the table, new against old. */
  void count() {
    for (int expert : table.changedExperts()) {
      if (table.formerShares(expert) != null) {
        add(expert, table.formerShares(expert), -1);
      }
      add(expert, table.shares(expert), 1);
    }
  }

  private void add(int expert, ReplicaShares share, int sign) {
    double frequency = routing.frequency(expert);
    for (int i = 0; i < share.gpuCount(); i++) {
      double received = frequency * share.totalShare(i);
      load[share.gpu(i)] += sign * FixedPoint.of(received);
      active[share.gpu(i)] += sign * active(expert, share.totalShare(i), received);
      addWindows(expert, share.totalShare(i), sign, windowLoad, share.gpu(i) * windows);
    }
  }

  /**
   * Adds {@code sign} times what a GPU with {@code share} of the expert's tokens computes in each
   * window to {@code loads} from {@code at}, in {@link FixedPoint} units.
   */
  void addWindows(int expert, double share, int sign, long[] loads, int at) {
    double[] frequency = routing.windowFrequency();
    double fixedShare = share * FixedPoint.ONE;
    for (int window = 0; window < windows; window++) {
      // Never below 0, so that a cast rounds half up.
      loads[at + window] += sign * (long) (frequency[expert * windows + window] * fixedShare + 0.5);
    }
  }

  // One copy of an expert has what the routing remembers.
  private long active(int expert, double share, double received) {
    return share == 1
        ? FixedPoint.of(1 - routing.idleShares(activeShare.tokens())[expert])
        : activeShare.of(received);
  }

  /** Counts active experts again, after the tokens that one reading serves have changed. */
  void recountActive() {
    Arrays.fill(active, 0);
    for (int expert = 0; expert < routing.experts(); expert++) {
      double frequency = routing.frequency(expert);
      ReplicaShares share = table.shares(expert);
      for (int i = 0; i < share.gpuCount(); i++) {
        double part = share.totalShare(i);
        active[share.gpu(i)] += active(expert, part, frequency * part);
      }
    }
  }

  /** As {@link PlacementTally#windowLoads}. */
  long[] ofWindows() {
    return windowLoad;
  }

  /** (token, expert) pairs per token of the stage, in {@link FixedPoint} units. */
  long load(int gpu) {
    return load[gpu];
  }

  /** Active experts of one micro-batch, in {@link FixedPoint} units. */
  long active(int gpu) {
    return active[gpu];
  }

  /** Copies loads and active experts by GPU. */
  void copyTo(long[] loads, long[] actives) {
    System.arraycopy(load, 0, loads, 0, load.length);
    System.arraycopy(active, 0, actives, 0, active.length);
  }

  /** As {@link PlacementTally#loadDeviation}. */
  double deviation(int gpu) {
    if (deviation[gpu] < 0) {
      deviation[gpu] = deviationOf(gpu);
    }
    return deviation[gpu];
  }

  private double deviationOf(int gpu) {
    int sections = sectionLoad.length;
    if (sections < 2) {
      return 0;
    }
    double[] frequency = routing.sectionFrequency();
    Arrays.fill(sectionLoad, 0);
    for (int i = 0; i < table.expertCount(gpu); i++) {
      int expert = table.expertsOf(gpu)[i];
      double share = table.shares(expert).totalShareOf(gpu);
      for (int section = 0; section < sections; section++) {
        sectionLoad[section] += share * frequency[expert * sections + section];
      }
    }
    double mean = 0;
    for (double section : sectionLoad) {
      mean += section / sections;
    }
    double squares = 0;
    for (double section : sectionLoad) {
      squares += (section - mean) * (section - mean);
    }
    return Math.sqrt(2 * squares / (sections - 1) / sections);
  }
}
