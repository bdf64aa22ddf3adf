package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.PlacementTallies;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.PlanShapes;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.StageShape;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * One MoE layer on one stage, ready to be searched. Immutable.
 *
 * <p>Recorded tokens are planned for in parts, one after the other in the sample: the mean of the
 * parts' times is minimised, not the time of the sample as a whole. Parts differ as traffic will
 * differ from the sample, so a placement can't win by fitting the sample's own accidents. How many
 * parts, and what that is worth on tokens not seen:
 * docs/decisions/0006-planning-for-unseen-tokens.md.
 *
 * @param layer index of the layer in the model
 * @param shape the stage's GPUs
 * @param model turns tallies into time
 * @param scenarios the layer's routing in parts, scenario by scenario; the slowest scenario counts
 * @param engine dispatch and copy rules
 * @param tokens tokens N of one micro-batch over the stage
 */
public record LayerProblem(
    int layer,
    StageShape shape,
    ExpertLayerModel model,
    List<List<ScenarioLayer>> scenarios,
    Engine engine,
    double tokens) {
  /** Choices per expert that a part holds at least, in the mean: below, loads are mostly chance. */
  private static final int LEAST_CHOICES = 64;

  // How much of the score is slope beside the time itself: enough to lead across plateaus of the
  // maximum, too little to outweigh it.
  private static final double SLOPE = 0.02;

  // Where only loads are known: weight of a smooth stand-in for the slowest GPU beside the maximum,
  // and its power. See docs/decisions/0009-smooth-maximum.md.
  private static final double SMOOTH = 0.5;
  private static final double POWER = 16;

  // Share of the busiest link's excess over the mean that counts where a sample is in parts.
  private static final double EXCESS = 0.5;

  public LayerProblem {
    scenarios = scenarios.stream().map(List::copyOf).toList();
  }

  /** MoE layer {@code layer} of {@code problem} on the stage of {@code model}. */
  public static LayerProblem of(
      Problem problem, ProblemRouting routing, StageModel model, int layer) {
    return of(
        layer,
        model.shape(),
        model.expertLayer(layer),
        routing.of(layer),
        problem.engine(),
        model.batch().tokens(),
        problem.workload().routing().parts());
  }

  /** A layer whose scenarios' samples are divided into {@code parts} at most. */
  public static LayerProblem of(
      int layer,
      StageShape shape,
      ExpertLayerModel model,
      List<ScenarioLayer> scenarios,
      Engine engine,
      double tokens,
      int parts) {
    List<List<ScenarioLayer>> divided = new ArrayList<>();
    for (ScenarioLayer scenario : scenarios) {
      long choices = (long) scenario.fewestTokens() * scenario.expertsPerToken();
      long most = choices / scenario.experts() / LEAST_CHOICES;
      int count = (int) Math.max(1, Math.min(parts, most));
      divided.add(scenario.parts(count));
    }
    return new LayerProblem(layer, shape, model, divided, engine, tokens);
  }

  public int experts() {
    return scenarios.get(0).get(0).experts();
  }

  /** Whether tokens tell which experts are chosen together. */
  boolean knowsTokens() {
    if (engine.copyRule() != CopyRule.PER_EXPERT) {
      for (List<ScenarioLayer> parts : scenarios) {
        for (ScenarioLayer part : parts) {
          if (part.tokens() > 0) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private List<ScenarioLayer> parts() {
    return scenarios.stream().flatMap(List::stream).toList();
  }

  /** An empty tally for each part of each scenario. */
  PlacementTallies emptyTallies() {
    return new PlacementTallies(parts(), shape, engine.dispatchRule(), engine.copyRule(), tokens);
  }

  /** Tallies of a whole placement, one for each part of each scenario. */
  public PlacementTallies tallies(int[][] replicaGpus) {
    return PlacementTallies.of(
        parts(), shape, engine.dispatchRule(), engine.copyRule(), tokens, replicaGpus);
  }

  /** The same of a map. */
  public PlacementTallies tallies(ExpertMap map) {
    return tallies(PlanShapes.replicaGpus(map, experts()));
  }

  /**
   * Power mean over scenarios of the share of the tokens that choose each expert: 1 is the plain
   * mean; with a high power, what is hot in any scenario stands out.
   */
  public double[] frequency(int power) {
    double[] frequency = new double[experts()];
    for (List<ScenarioLayer> parts : scenarios) {
      for (ScenarioLayer part : parts) {
        for (int e = 0; e < frequency.length; e++) {
          double share = StrictMath.pow(part.frequency(e), power);
          frequency[e] += share / parts.size() / scenarios.size();
        }
      }
    }
    for (int e = 0; e < frequency.length; e++) {
      frequency[e] = StrictMath.pow(frequency[e], 1.0 / power);
    }
    return frequency;
  }

  /** Expert time + all-to-all of a map: of the slowest scenario, mean of its parts, in s. */
  public double seconds(ExpertMap map) {
    return seconds(tallies(map).all());
  }

  /** Expert time + all-to-all of the slowest scenario, mean of its parts, in s. */
  public double seconds(List<PlacementTally> tallies) {
    return slowest(tallies.stream().mapToDouble(model::placementSeconds).toArray());
  }

  /** Of one time per part of each scenario: the slowest scenario's, mean of its parts. */
  double slowest(double[] seconds) {
    double slowest = 0;
    int next = 0;
    for (List<ScenarioLayer> parts : scenarios) {
      double sum = 0;
      for (int part = 0; part < parts.size(); part++) {
        sum += seconds[next++];
      }
      slowest = Math.max(slowest, sum / parts.size());
    }
    return slowest;
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
  public long objectivePicoseconds(List<PlacementTally> tallies) {
    double[] seconds = new double[tallies.size()];
    double slopes = 0;
    int next = 0;
    for (List<ScenarioLayer> parts : scenarios) {
      double excess = parts.size() == 1 ? 1 : EXCESS;
      for (int part = 0; part < parts.size(); part++, next++) {
        PlacementTally tally = tallies.get(next);
        seconds[next] = model.placementSeconds(tally, excess);
        slopes += slope(tally) / parts.size();
      }
    }
    double smooth = 0;
    if (!knowsTokens()) {
      double most = 0;
      for (int t = 0; t < seconds.length; t++) {
        double experts = model.expertSeconds(tallies.get(t));
        seconds[t] += SMOOTH * (seconds[t] - experts);
        most = Math.max(most, experts);
      }
      smooth = SMOOTH * smoothMaximum(tallies, most);
    }
    return Math.round((slowest(seconds) + smooth + SLOPE * slopes / scenarios.size()) * 1e12);
  }

  /** The 16-norm of all GPUs' expert times in s, the longest of which is {@code most}. */
  private double smoothMaximum(List<PlacementTally> tallies, double most) {
    double sum = 0;
    for (PlacementTally tally : tallies) {
      for (int g = 0; g < shape.gpuCount(); g++) {
        double share = model.gpuSeconds(tally, g) / most;
        double square = share * share;
        double fourth = square * square;
        double eighth = fourth * fourth;
        sum += eighth * eighth;
      }
    }
    return most * StrictMath.pow(sum, 1 / POWER);
  }

  private double slope(PlacementTally tally) {
    double squares = 0;
    for (int g = 0; g < shape.gpuCount(); g++) {
      double seconds = model.gpuSeconds(tally, g);
      squares += seconds * seconds;
    }
    double perGpuBytes = model.scaleOutBytesPerToken(tally) * tokens / shape.gpuCount();
    return Math.sqrt(squares / shape.gpuCount())
        + perGpuBytes / shape.scaleOut().nic().sustainedBytesPerSecond();
  }
}
