package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ScenarioLayer;
import java.util.List;

/**
 * The time that placements of a layer are judged by, and what the search minimises.
 *
 * <p>A placement is made from a sample of the traffic and serves other tokens. So that it can't win
 * by fitting the sample's own accidents, a sample is looked at in one of two ways:
 *
 * <ul>
 *   <li><em>in windows</em> of consecutive tokens: of each window the slowest GPU counts, not the
 *       slowest at the mean loads, and half of the busiest link's excess over the mean link.
 *       Windows differ as traffic will differ from the sample
 *       (docs/decisions/0028-windows-of-loads.md). The time on the whole sample, by which plans are
 *       reported, counts beside it by {@link LayerProblem#ofSample};
 *   <li><em>whole, with caution</em> c: each GPU's load is taken to be higher by c standard
 *       deviations of what it may be off on other tokens, and of what the slowest GPU and the
 *       busiest link have beyond the mean {@code 1/(1 + c)} counts: of what evening them out wins
 *       on a few thousand tokens a part is kept on others
 *       (docs/decisions/0014-whole-samples-with-caution.md).
 * </ul>
 *
 * <p>Loads, and with caution 0 samples too, are planned for as they are. Immutable.
 */
final class PlacementTime {
  // How much of the score is slope beside the time itself: enough to lead across plateaus of the
  // maximum, too little to outweigh it.
  private static final double SLOPE = 0.02;

  // Where only loads are known: weight of a smooth stand-in for the slowest GPU beside the maximum,
  // the 2^4-norm. See docs/decisions/0009-smooth-maximum.md.
  private static final double SMOOTH = 0.5;
  private static final int LOADS_DOUBLINGS = 4;

  // With caution: the 2^5-norm in place of the slowest GPU.
  private static final int CAUTIOUS_DOUBLINGS = 5;

  // Share of the busiest link's excess over the mean that counts where a sample is in windows.
  private static final double EXCESS = 0.5;

  private final LayerProblem problem;
  private final ExpertLayerModel model;
  private final int gpus;

  PlacementTime(LayerProblem problem) {
    this.problem = problem;
    this.model = problem.model();
    this.gpus = problem.shape().gpuCount();
  }

  /** What a placement is judged by, in s: of the slowest scenario. */
  double seconds(List<PlacementTally> tallies) {
    double slowest = 0;
    for (int t = 0; t < tallies.size(); t++) {
      slowest = Math.max(slowest, seconds(t, tallies.get(t), expertSeconds(tallies.get(t)), 1));
    }
    return slowest;
  }

  /**
   * What the search minimises, in ps: the slowest scenario's time, of a sample in windows with
   * links tempered; plus a small slope: the root mean square of the GPUs' expert times and the mean
   * time of their network ports, which fall before the maxima do.
   *
   * <p>Where only loads are known, half as much again: the 16-norm of all GPUs' expert times in all
   * scenarios in place of the slowest one's, and the network's time. It falls when any of the
   * slowest few gets faster, not the slowest alone.
   */
  long objectivePicoseconds(List<PlacementTally> tallies) {
    double[][] experts = new double[tallies.size()][];
    boolean loadsOnly =
        problem.knowsLoadsOnly()
            && problem.scenarios().stream().noneMatch(ScenarioLayer::windowsComeAgain);
    double slowest = 0;
    double slopes = 0;
    for (int t = 0; t < experts.length; t++) {
      PlacementTally tally = tallies.get(t);
      experts[t] = expertSeconds(tally);
      double seconds = seconds(t, tally, experts[t], EXCESS);
      if (loadsOnly) {
        seconds += SMOOTH * (seconds - slowestGpuSeconds(t, tally, experts[t]));
      }
      slowest = Math.max(slowest, seconds);
      slopes += slope(tally, experts[t]);
    }
    double smooth = loadsOnly ? SMOOTH * norm(LOADS_DOUBLINGS, experts) : 0;
    double slope = SLOPE * slopes / experts.length;
    return Math.round((slowest + smooth + slope) * 1e12);
  }

  private double slowestGpuSeconds(int t, PlacementTally tally, double[] experts) {
    ScenarioLayer scenario = problem.scenarios().get(t);
    return scenario.windows() > 0
        ? model.windowedExpertSeconds(tally, experts)
        : model.slowestRank(scenario).seconds(experts);
  }

  // Of scenario t, experts at the GPUs' mean loads in s.
  private double seconds(int t, PlacementTally tally, double[] experts, double excessInWindows) {
    ScenarioLayer scenario = problem.scenarios().get(t);
    if (scenario.windows() > 0) {
      double inWindows =
          model.placementSeconds(tally, excessInWindows, slowestGpuSeconds(t, tally, experts));
      double whole = model.placementSeconds(tally, 1, model.slowestRank(scenario).seconds(experts));
      return inWindows + problem.ofSample() * (whole - inWindows);
    }
    return scenario.recorded() && problem.caution() > 0
        ? cautiousSeconds(tally, experts)
        : model.placementSeconds(tally, 1, slowestGpuSeconds(t, tally, experts));
  }

  private double cautiousSeconds(PlacementTally tally, double[] experts) {
    double caution = problem.caution();
    double kept = 1 / (1 + caution);
    double mean = 0;
    double[] higher = new double[gpus];
    for (int g = 0; g < gpus; g++) {
      mean += experts[g] / gpus;
      higher[g] = model.gpuSeconds(tally, g, caution);
    }
    double slowest = norm(CAUTIOUS_DOUBLINGS, higher);
    return model.placementSeconds(tally, kept, mean + kept * (slowest - mean));
  }

  // Of each GPU: asked for once a tally, since a law costs more than a roofline.
  private double[] expertSeconds(PlacementTally tally) {
    double[] all = new double[gpus];
    for (int g = 0; g < gpus; g++) {
      all[g] = model.gpuSeconds(tally, g);
    }
    return all;
  }

  private static double most(double[] seconds) {
    double most = 0;
    for (double value : seconds) {
      most = Math.max(most, value);
    }
    return most;
  }

  /** The 2^{@code doublings}-norm: a smooth stand-in for the maximum, never below it. */
  private static double norm(int doublings, double[]... rows) {
    double most = 0;
    for (double[] row : rows) {
      most = Math.max(most, most(row));
    }
    double sum = 0;
    for (double[] row : rows) {
      for (double value : row) {
        double power = value / most;
        for (int i = 0; i < doublings; i++) {
          power *= power;
        }
        sum += power;
      }
    }
    // Square roots are the same on every machine.
    double root = sum;
    for (int i = 0; i < doublings; i++) {
      root = Math.sqrt(root);
    }
    return most * root;
  }

  private double slope(PlacementTally tally, double[] experts) {
    double squares = 0;
    for (double seconds : experts) {
      squares += seconds * seconds;
    }
    double perGpuBytes = model.exchange().scaleOutBytesPerToken(tally) * model.tokens() / gpus;
    return Math.sqrt(squares / gpus) + perGpuBytes / problem.shape().meanNicBytesPerSecond();
  }
}
