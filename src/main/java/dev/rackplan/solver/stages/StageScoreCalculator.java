package dev.rackplan.solver.stages;

import java.util.List;
import org.optaplanner.core.api.score.buildin.hardsoftlong.HardSoftLongScore;
import org.optaplanner.core.api.score.calculator.EasyScoreCalculator;

/**
 * hard = -(MB above memory limits), soft = -objective in ps with a small slope of the stages' root
 * mean square.
 *
 * <p>A stage's time is a difference of prefix sums, so a whole score is a few additions a stage:
 * nothing to gain from increments.
 */
public class StageScoreCalculator implements EasyScoreCalculator<StageSolution, HardSoftLongScore> {
  private static final double SLOPE = 0.01;

  @Override
  public HardSoftLongScore calculateScore(StageSolution solution) {
    return score(solution.getCosts(), solution.assignment());
  }

  static HardSoftLongScore score(StageCosts costs, StageAssignment assignment) {
    List<Double> seconds = costs.stageSeconds(assignment);
    double squares = 0;
    long overflow = 0;
    for (int s = 0; s < seconds.size(); s++) {
      squares += seconds.get(s) * seconds.get(s);
      double bytes =
          costs.overflowBytes(
              s,
              assignment.blocks().get(s),
              assignment.firstLayers().get(s),
              assignment.lastLayer(s, costs.layers()));
      overflow += (long) Math.ceil(bytes / 1e6);
    }
    double slope = SLOPE * Math.sqrt(squares / seconds.size());
    return HardSoftLongScore.of(
        -overflow, -Math.round((costs.objectiveSeconds(seconds) + slope) * 1e12));
  }
}
