package dev.rackplan.cost.operation;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Training;

/**
 * Which layers the backward pass computes again as a whole: all, or the first ones of each chunk of
 * a stage (Megatron-Core's {@code recompute_method} block, {@code recompute_num_layers}). Chunks
 * are as equal as whole layers allow, the larger ones first.
 *
 * @param chunks of a stage
 * @param each layers of a chunk that are computed again; the largest int for all, 0 for none
 */
public record RepeatedLayers(int chunks, int each) {
  public static RepeatedLayers of(Training training) {
    int some = training.reversible() ? 0 : training.recomputedLayers();
    return new RepeatedLayers(
        training.virtualStages(),
        !training.repeatsLayers() ? 0 : some > 0 ? some : Integer.MAX_VALUE);
  }

  /**
   * The share of a layout's layers, in [0, 1]. Every layer's time has this share of a second
   * forward pass: exact where stages are equal, else off by a share of a layer's forward pass.
   */
  public static double share(Problem problem, Layout layout) {
    RepeatedLayers all = of(layout.training(problem.workload()).orElseThrow());
    int layers = problem.model().layers().size();
    return new RepeatedLayers(layout.pipelineStages() * all.chunks, all.each).count(layers)
        / (double) layers;
  }

  private int count(int layers) {
    int small = layers / chunks;
    int larger = layers % chunks;
    return larger * Math.min(each, small + 1) + (chunks - larger) * Math.min(each, small);
  }

  /** Whether the layer at {@code position} of a stage with so many layers is among them. */
  public boolean has(int position, int layers) {
    int small = layers / chunks;
    int ofLarger = layers % chunks * (small + 1);
    int inChunk = position < ofLarger ? position % (small + 1) : (position - ofLarger) % small;
    return inChunk < each;
  }
}
