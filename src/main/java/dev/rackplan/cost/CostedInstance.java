package dev.rackplan.cost;

import dev.rackplan.cost.link.StageShape;
import java.util.List;

/**
 * One instance of a plan: a copy of the whole model.
 *
 * @param index among the plan's instances; of those on interchangeable hosts, the first one's
 * @param shapes the GPUs of each stage
 * @param stages in order
 * @param stepSeconds TPOT (decode), TTFT (prefill) or the optimizer step (training) in s
 * @param passes how often each stage's time counts in the step, the step's end aside
 * @param tokensPerSecond that it yields, computes or trains on
 */
public record CostedInstance(
    int index,
    List<StageShape> shapes,
    List<CostedStage> stages,
    double stepSeconds,
    List<Double> passes,
    double tokensPerSecond) {
  public CostedInstance {
    shapes = List.copyOf(shapes);
    stages = List.copyOf(stages);
    passes = List.copyOf(passes);
  }

  /** Time of each stage in s. */
  public List<Double> seconds() {
    return PhaseCost.seconds(stages);
  }

  /** Position of the stage that takes longest; the first of equals. */
  public int slowestStage() {
    int slowest = 0;
    for (int s = 0; s < stages.size(); s++) {
      if (stages.get(s).seconds() > stages.get(slowest).seconds()) {
        slowest = s;
      }
    }
    return slowest;
  }
}
