package dev.rackplan.cost;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.pipeline.StagePasses;
import java.util.List;
import java.util.Optional;

/**
 * One stage of one instance for one micro-batch, and its memory.
 *
 * @param firstLayer first layer
 * @param lastLayer last layer, inclusive
 * @param layers in order
 * @param seconds {@code T_s}: layers, head and hop
 * @param terms sums over layers, with head, draft passes and hop, in s; longer than {@code seconds}
 *     where terms run side by side
 * @param memory bytes on each GPU
 * @param training passes apart and what the step adds, in training
 */
public record CostedStage(
    int firstLayer,
    int lastLayer,
    List<CostedLayer> layers,
    double seconds,
    Breakdown terms,
    MemoryUse memory,
    Optional<StageTraining> training) {
  public CostedStage {
    layers = List.copyOf(layers);
  }

  /** Its passes of one micro-batch in training, as a schedule runs them. */
  StagePasses passes() {
    StageTraining passes = training.orElseThrow();
    return new StagePasses(
        seconds, passes.forwardSeconds(), passes.backwardSeconds(), passes.weightGradientSeconds());
  }
}
