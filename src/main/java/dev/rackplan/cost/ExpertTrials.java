package dev.rackplan.cost;

import dev.rackplan.cost.operation.ActiveShare;
import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.cost.placement.PlacementTallies;
import dev.rackplan.cost.placement.ReplicaShares;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.cost.placement.SlowestRank;
import java.util.Arrays;

/**
 * What a change of a few experts' replicas would make of the slowest GPU's expert time, without
 * counting a token: the cheap part of {@link PlacementTallies#update}, on figures kept aside.
 *
 * <p>{@link #note} takes the tallies' present state; {@link #propose} tells a change of that state,
 * and {@link #seconds} its time under one tally. Nothing of it touches the tallies. Mutable.
 */
public final class ExpertTrials {
  private final PlacementTallies tallies;
  private final ExpertLayerModel model;
  private final int gpus;
  // As noted: replica shares by expert; by tally and GPU, loads, active experts and times.
  private final ReplicaShares[] shares;
  private final long[][] load;
  private final long[][] active;
  private final double[][] seconds;
  private final int[] slowest;
  // By tally and GPU, each one's weight in the expected slowest, relative to the slowest as noted.
  private final SlowestRank[] ranks;
  private final double[][] weight;
  // By tally, with work to do only of samples in windows.
  private final WindowTrials[] windows;

  // The proposed change, a line for each GPU that gains or loses tokens of an expert.
  private int lines;
  private int[] lineExpert = new int[16];
  private int[] linePlace = new int[16];
  private double[] lineShare = new double[16];
  private boolean[] lineGains = new boolean[16];
  // GPUs of the lines, each once, with the change of the tally that is being worked out.
  private final int[] touched;
  private final int[] placeOfGpu;
  private int touchedCount;
  private final long[] loadChange;
  private final long[] activeChange;
  private final double[] touchedSeconds;

  /**
   * @param tallies whose neighbours are tried
   * @param model turns loads into time
   */
  public ExpertTrials(PlacementTallies tallies, ExpertLayerModel model) {
    this.tallies = tallies;
    this.model = model;
    this.gpus = tallies.table().shape().gpuCount();
    int count = tallies.all().size();
    this.shares = new ReplicaShares[tallies.all().get(0).routing().experts()];
    this.load = new long[count][gpus];
    this.active = new long[count][gpus];
    this.seconds = new double[count][gpus];
    this.slowest = new int[count];
    this.ranks = new SlowestRank[count];
    this.weight = new double[count][gpus];
    this.windows = new WindowTrials[count];
    for (int t = 0; t < count; t++) {
      ranks[t] = model.slowestRank(tallies.all().get(t).routing());
      windows[t] = new WindowTrials(tallies.all().get(t), model);
    }
    this.touched = new int[gpus];
    this.placeOfGpu = new int[gpus];
    Arrays.fill(placeOfGpu, -1);
    this.loadChange = new long[gpus];
    this.activeChange = new long[gpus];
    this.touchedSeconds = new double[gpus];
  }

  /** Takes the tallies' present state as what changes start from. */
  public void note() {
    for (int e = 0; e < shares.length; e++) {
      shares[e] = tallies.table().shares(e);
    }
    for (int t = 0; t < load.length; t++) {
      tallies.all().get(t).copyExpertLoads(load[t], active[t]);
      double[] row = seconds[t];
      int most = 0;
      for (int g = 0; g < gpus; g++) {
        row[g] = gpuSeconds(g, load[t][g], active[t][g]);
        most = row[g] > row[most] ? g : most;
      }
      slowest[t] = most;
      if (hasWindows(t)) {
        windows[t].note(row);
        continue;
      }
      for (int g = 0; g < gpus; g++) {
        weight[t][g] = ranks[t].weight(row[g], row[most]);
      }
    }
  }

  private boolean hasWindows(int t) {
    return tallies.all().get(t).windows() > 0;
  }

  private double gpuSeconds(int gpu, long fixedLoad, long fixedActive) {
    return model.gpuSeconds(gpu, FixedPoint.toDouble(fixedLoad), FixedPoint.toDouble(fixedActive));
  }

  /** Expected time in s of the slowest GPU's experts under tally {@code t}, as noted. */
  public double notedSeconds(int t) {
    return hasWindows(t) ? windows[t].notedSeconds() : ranks[t].seconds(seconds[t]);
  }

  /** Gives the first {@code count} of {@code experts} the replicas of the same row, ascending. */
  public void propose(int[] experts, int count, int[][] replicaGpus) {
    for (int i = 0; i < touchedCount; i++) {
      placeOfGpu[touched[i]] = -1;
    }
    touchedCount = 0;
    lines = 0;
    for (int i = 0; i < count; i++) {
      ReplicaShares now = shares[experts[i]];
      ReplicaShares next = tallies.table().sharesOf(replicaGpus[i]);
      addLines(experts[i], now, next, false);
      addLines(experts[i], next, now, true);
    }
  }

  // Where the expert has the same share before and after, nothing changes.
  private void addLines(int expert, ReplicaShares of, ReplicaShares other, boolean gains) {
    int at = 0;
    for (int i = 0; i < of.gpuCount(); i++) {
      int gpu = of.gpu(i);
      while (at < other.gpuCount() && other.gpu(at) < gpu) {
        at++;
      }
      boolean both = at < other.gpuCount() && other.gpu(at) == gpu;
      if (!both || other.totalShare(at) != of.totalShare(i)) {
        addLine(expert, gpu, of.totalShare(i), gains);
      }
    }
  }

  private void addLine(int expert, int gpu, double share, boolean gains) {
    if (lines == lineExpert.length) {
      lineExpert = Arrays.copyOf(lineExpert, 2 * lines);
      linePlace = Arrays.copyOf(linePlace, 2 * lines);
      lineShare = Arrays.copyOf(lineShare, 2 * lines);
      lineGains = Arrays.copyOf(lineGains, 2 * lines);
    }
    if (placeOfGpu[gpu] < 0) {
      placeOfGpu[gpu] = touchedCount;
      touched[touchedCount++] = gpu;
    }
    lineExpert[lines] = expert;
    linePlace[lines] = placeOfGpu[gpu];
    lineShare[lines] = share;
    lineGains[lines++] = gains;
  }

  /** Expected time in s of the slowest GPU's experts under tally {@code t} after the change. */
  public double seconds(int t) {
    Arrays.fill(loadChange, 0, touchedCount, 0);
    Arrays.fill(activeChange, 0, touchedCount, 0);
    ScenarioLayer routing = tallies.all().get(t).routing();
    ActiveShare activeShare = tallies.activeShare();
    for (int i = 0; i < lines; i++) {
      double received = routing.frequency(lineExpert[i]) * lineShare[i];
      long loads = FixedPoint.of(received);
      long actives = activeShare.of(received);
      loadChange[linePlace[i]] += lineGains[i] ? loads : -loads;
      activeChange[linePlace[i]] += lineGains[i] ? actives : -actives;
    }
    if (hasWindows(t)) {
      return windowedSeconds(t);
    }
    double most = slowestUntouched(t);
    for (int i = 0; i < touchedCount; i++) {
      int gpu = touched[i];
      touchedSeconds[i] =
          gpuSeconds(gpu, load[t][gpu] + loadChange[i], active[t][gpu] + activeChange[i]);
      most = Math.max(most, touchedSeconds[i]);
    }
    return ranks[t].seconds(most, weights(t, most));
  }

  private double windowedSeconds(int t) {
    WindowTrials trial = windows[t];
    trial.begin();
    for (int g = 0; g < gpus; g++) {
      if (placeOfGpu[g] < 0) {
        trial.raise(g);
      }
    }
    for (int i = 0; i < touchedCount; i++) {
      int gpu = touched[i];
      trial.beginGpu(gpu);
      for (int line = 0; line < lines; line++) {
        if (linePlace[line] == i) {
          trial.add(lineExpert[line], lineShare[line], lineGains[line] ? 1 : -1);
        }
      }
      long changed = load[t][gpu] + loadChange[i];
      trial.endGpu(gpu, gpuSeconds(gpu, changed, active[t][gpu] + activeChange[i]), changed);
    }
    return trial.seconds();
  }

  // Of all GPUs, relative to the slowest after the change.
  private double weights(int t, double most) {
    double sum = 0;
    for (int g = 0; g < gpus; g++) {
      sum += placeOfGpu[g] < 0 ? weight[t][g] : 0;
    }
    sum *= ranks[t].weight(seconds[t][slowest[t]], most);
    for (int i = 0; i < touchedCount; i++) {
      sum += ranks[t].weight(touchedSeconds[i], most);
    }
    return sum;
  }

  private double slowestUntouched(int t) {
    double[] row = seconds[t];
    if (placeOfGpu[slowest[t]] < 0) {
      return row[slowest[t]];
    }
    double most = 0;
    for (int g = 0; g < gpus; g++) {
      if (row[g] > most && placeOfGpu[g] < 0) {
        most = row[g];
      }
    }
    return most;
  }
}
