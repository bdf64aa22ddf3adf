package dev.rackplan.cost;

import java.util.List;
import java.util.Optional;

/**
 * Time of one stage for one micro-batch, term by term in s, and its memory.
 *
 * @param firstLayer first layer
 * @param lastLayer last layer, inclusive
 * @param seconds {@code T_s}: layers, head and hop
 * @param attentionSeconds token mixers
 * @param denseSeconds dense FFNs
 * @param expertSeconds slowest GPU's experts, layer by layer
 * @param expertMemorySeconds the part of {@code expertSeconds} in layers where reading weights
 *     binds
 * @param tensorParallelSeconds all-reduces
 * @param dispatchSeconds activations to experts
 * @param combineSeconds results back
 * @param overheadSeconds launches and kernels of MoE layers that only move activations
 * @param headSeconds LM head; 0 but on the last stage
 * @param hopSeconds to the next stage; 0 on the last
 * @param memory bytes on each GPU
 * @param training passes apart and what the step adds, in training
 */
public record StageCost(
    int firstLayer,
    int lastLayer,
    double seconds,
    double attentionSeconds,
    double denseSeconds,
    double expertSeconds,
    double expertMemorySeconds,
    double tensorParallelSeconds,
    double dispatchSeconds,
    double combineSeconds,
    double overheadSeconds,
    double headSeconds,
    double hopSeconds,
    MemoryUse memory,
    Optional<StageTraining> training) {

  /** A stage of inference. */
  public StageCost(
      int firstLayer,
      int lastLayer,
      double seconds,
      double attentionSeconds,
      double denseSeconds,
      double expertSeconds,
      double expertMemorySeconds,
      double tensorParallelSeconds,
      double dispatchSeconds,
      double combineSeconds,
      double overheadSeconds,
      double headSeconds,
      double hopSeconds,
      MemoryUse memory) {
    this(
        firstLayer,
        lastLayer,
        seconds,
        attentionSeconds,
        denseSeconds,
        expertSeconds,
        expertMemorySeconds,
        tensorParallelSeconds,
        dispatchSeconds,
        combineSeconds,
        overheadSeconds,
        headSeconds,
        hopSeconds,
        memory,
        Optional.empty());
  }

  /** This stage in training. */
  StageCost inTraining(StageTraining added) {
    return new StageCost(
        firstLayer,
        lastLayer,
        seconds,
        attentionSeconds,
        denseSeconds,
        expertSeconds,
        expertMemorySeconds,
        tensorParallelSeconds,
        dispatchSeconds,
        combineSeconds,
        overheadSeconds,
        headSeconds,
        hopSeconds,
        memory,
        Optional.of(added));
  }

  /**
   * Sums the layers {@code first..first+costs.size()-1}; {@code moe} tells which have routed
   * experts.
   */
  public static StageCost of(
      int first,
      List<LayerCost> costs,
      List<Boolean> moe,
      double headSeconds,
      double hopSeconds,
      MemoryUse memory) {
    double seconds = 0;
    double attention = 0;
    double dense = 0;
    double experts = 0;
    double expertMemory = 0;
    double tensorParallel = 0;
    double dispatch = 0;
    double combine = 0;
    double overhead = 0;
    for (int i = 0; i < costs.size(); i++) {
      LayerCost layer = costs.get(i);
      seconds += layer.seconds();
      attention += layer.attention().seconds();
      if (moe.get(i)) {
        experts += layer.ffn().seconds();
        expertMemory += layer.ffn().memoryBound() ? layer.ffn().seconds() : 0;
      } else {
        dense += layer.ffn().seconds();
      }
      tensorParallel += layer.tensorParallelSeconds();
      dispatch += layer.dispatchSeconds();
      combine += layer.combineSeconds();
      overhead += layer.overheadSeconds();
    }
    return new StageCost(
        first,
        first + costs.size() - 1,
        seconds + headSeconds + hopSeconds,
        attention,
        dense,
        experts,
        expertMemory,
        tensorParallel,
        dispatch,
        combine,
        overhead,
        headSeconds,
        hopSeconds,
        memory);
  }
}
