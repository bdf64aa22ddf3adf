package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageShape;
import dev.rackplan.problem.Engine;
import java.util.ArrayList;
import java.util.List;

/**
 * One MoE layer on one stage, ready to be searched. Immutable.
 *
 * @param layer index of the layer in the model
 * @param shape the stage's GPUs
 * @param model turns tallies into time
 * @param scenarios the layer's routing; the slowest counts
 * @param engine dispatch and copy rules
 * @param tokens tokens N of one micro-batch over the stage
 */
public record LayerProblem(
    int layer,
    StageShape shape,
    ExpertLayerModel model,
    List<ScenarioLayer> scenarios,
    Engine engine,
    double tokens) {
  // How much of the score is slope beside the time itself: enough to lead across plateaus of the
  // maximum, too little to outweigh it.
  private static final double SLOPE = 0.02;

  public LayerProblem {
    scenarios = List.copyOf(scenarios);
  }

  public int experts() {
    return scenarios.get(0).experts();
  }

  /** An empty tally for each scenario. */
  List<PlacementTally> emptyTallies() {
    List<PlacementTally> tallies = new ArrayList<>();
    for (ScenarioLayer scenario : scenarios) {
      tallies.add(
          new PlacementTally(scenario, shape, engine.dispatchRule(), engine.copyRule(), tokens));
    }
    return tallies;
  }

  /** Tallies of a whole placement, one for each scenario. */
  public List<PlacementTally> tallies(int[][] replicaGpus) {
    List<PlacementTally> tallies = new ArrayList<>();
    for (ScenarioLayer scenario : scenarios) {
      tallies.add(
          PlacementTally.of(
              scenario, shape, engine.dispatchRule(), engine.copyRule(), tokens, replicaGpus));
    }
    return tallies;
  }

  /** Expert time + all-to-all of the slowest scenario in s. */
  public double seconds(List<PlacementTally> tallies) {
    double slowest = 0;
    for (PlacementTally tally : tallies) {
      slowest = Math.max(slowest, model.placementSeconds(tally));
    }
    return slowest;
  }

  /**
   * What the search minimises, in ps: the slowest scenario's time, plus a small slope: the root
   * mean square of the GPUs' expert times and the mean time of their network ports, which fall
   * before the maxima do.
   */
  public long objectivePicoseconds(List<PlacementTally> tallies) {
    double slowest = 0;
    double slope = 0;
    for (PlacementTally tally : tallies) {
      double seconds = model.placementSeconds(tally);
      slowest = Math.max(slowest, seconds);
      slope += slope(tally);
    }
    return Math.round((slowest + SLOPE * slope / tallies.size()) * 1e12);
  }

  private double slope(PlacementTally tally) {
    double squares = 0;
    for (int g = 0; g < shape.gpuCount(); g++) {
      double seconds = model.gpuRoof(g, tally.load(g), tally.activeExperts(g)).seconds();
      squares += seconds * seconds;
    }
    double perGpuBytes = model.scaleOutBytesPerToken(tally) * tokens / shape.gpuCount();
    return Math.sqrt(squares / shape.gpuCount())
        + perGpuBytes / shape.scaleOut().nic().sustainedBytesPerSecond();
  }
}
