package dev.rackplan.cost.operation;

import dev.rackplan.model.Dtype;

/**
 * What FSDP gathers of a stage's weights, in bytes, beside each rank's own part.
 *
 * <p>A layer is gathered in BF16 while it works, and the next one beside it. Embedding, final norm
 * and head are one group, that of the whole model, which stays gathered from its forward pass to
 * its backward pass. Weights arrive in a flat buffer of the largest group and are copied out of it;
 * the buffer belongs to the stream that gathers, and PyTorch's allocator never gives one stream's
 * blocks to another. A layer's gradient stands in BF16 and in the format that it is reduced in
 * until it is scattered.
 *
 * <p>Source: PyTorch's {@code fsdp/_fully_shard/_fsdp_collectives.py}; torchtitan's {@code
 * apply_fsdp}, which wraps each block and the model.
 *
 * @param besideBackward while a layer's backward pass runs
 * @param besideLoss while the loss is computed: the last layer stays for its backward pass
 */
public record GatheredWeights(double besideBackward, double besideLoss) {
  public static final GatheredWeights NONE = new GatheredWeights(0, 0);

  /**
   * Where layers are gathered again for their backward pass.
   *
   * @param tables weights in elements of embedding and head on a GPU
   * @param layer of a layer
   * @param reduced format in which gradients are reduced
   */
  public static GatheredWeights of(double tables, double layer, Dtype reduced) {
    double kept = Dtype.BF16.bytes() * (tables + layer) + buffer(tables, layer);
    double next = Dtype.BF16.bytes() * layer;
    double gradient = (Dtype.BF16.bytes() + reduced.bytes()) * layer;
    return new GatheredWeights(kept + next + gradient, kept);
  }

  /** Where all stay gathered for the whole step, and count as weights: the buffer alone. */
  public static GatheredWeights ofPipeline(double tables, double layer) {
    return new GatheredWeights(buffer(tables, layer), buffer(tables, layer));
  }

  private static double buffer(double tables, double layer) {
    return Dtype.BF16.bytes() * Math.max(tables, layer);
  }
}
