package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.ScenarioLayer;
import java.util.List;

/**
 * The time that placements of a layer are judged by, and what the search minimises.
 *
 * <p>A placement is made from a sample of the traffic and serves other tokens. So that it can't win
 * by fitting the sample's own accidents, a sample is looked at in one of two ways:
 *
 * <ul>
 *   <li><em>in parts</em>, one after the other: the mean of the parts' times counts, not the time
 *       of the whole. Parts differ as traffic will differ from the sample
 *       (docs/decisions/0006-planning-for-unseen-tokens.md);
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

  // Share of the busiest link's excess over the mean that counts where a sample is in parts.
  private static final double EXCESS = 0.5;

  private final LayerProblem problem;
  private final ExpertLayerModel model;
  private final int gpus;

  PlacementTime(LayerProblem problem) {
    this.problem = problem;
    this.model = problem.model();
    this.gpus = problem.shape().gpuCount();
  }

  /** What a placement is judged by, in s: of the slowest scenario, mean of its parts. */
  double seconds(List<PlacementTally> tallies) {
    double[] seconds = new double[tallies.size()];
    int next = 0;
    for (List<ScenarioLayer> parts : problem.scenarios()) {
      for (int part = 0; part < parts.size(); part++, next++) {
        PlacementTally tally = tallies.get(next);
        seconds[next] =
            isCautious(parts)
                ? cautiousSeconds(tally, expertSeconds(tally))
                : model.placementSeconds(tally);
      }
    }
    return problem.slowest(seconds);
  }

  /**
   * What the search minimises, in ps: the slowest scenario's time, of several parts with links
   * tempered; plus a small slope: the root mean square of the GPUs' expert times and the mean time
   * of their network ports, which fall before the maxima do.
   *
   * <p>Where only loads are known, half as much again: the 16-norm of all GPUs' expert times in all
   * scenarios in place of the slowest one's, and the network's time. It falls when any of the
   * slowest few gets faster, not the slowest alone.
   */
  long objectivePicoseconds(List<PlacementTally> tallies) {
    double[] seconds = new double[tallies.size()];
    double[][] experts = new double[tallies.size()][];
    double[] slowest = new double[tallies.size()];
    double slopes = 0;
    int next = 0;
    for (List<ScenarioLayer> parts : problem.scenarios()) {
      for (int part = 0; part < parts.size(); part++, next++) {
        PlacementTally tally = tallies.get(next);
        experts[next] = expertSeconds(tally);
        slowest[next] = model.slowestRank(parts.get(part)).seconds(experts[next]);
        seconds[next] =
            isCautious(parts)
                ? cautiousSeconds(tally, experts[next])
                : model.placementSeconds(tally, parts.size() == 1 ? 1 : EXCESS, slowest[next]);
        slopes += slope(tally, experts[next]) / parts.size();
      }
    }
    double smooth = 0;
    if (!problem.knowsTokens()) {
      for (int t = 0; t < seconds.length; t++) {
        seconds[t] += SMOOTH * (seconds[t] - slowest[t]);
      }
      smooth = SMOOTH * norm(LOADS_DOUBLINGS, experts);
    }
    double slope = SLOPE * slopes / problem.scenarios().size();
    return Math.round((problem.slowest(seconds) + smooth + slope) * 1e12);
  }

  private boolean isCautious(List<ScenarioLayer> parts) {
    return parts.size() == 1 && parts.get(0).tokens() > 0 && problem.caution() > 0;
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
    double perGpuBytes = model.scaleOutBytesPerToken(tally) * model.tokens() / gpus;
    return Math.sqrt(squares / gpus) + perGpuBytes / problem.shape().meanNicBytesPerSecond();
  }
}
