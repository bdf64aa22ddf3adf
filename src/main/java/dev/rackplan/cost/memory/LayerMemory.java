package dev.rackplan.cost.memory;

import dev.rackplan.cost.operation.MoeShard;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.function.ToIntFunction;

/**
 * Weights and KV cache of one layer, or of several, on the fullest GPU of their stage, in bytes.
 *
 * @param attentionBytes token mixers and norms
 * @param denseBytes dense FFNs
 * @param sharedBytes shared experts and gates
 * @param expertBytes routed experts in the slots of the GPU that holds most
 * @param sequenceBytes KV cache of one resident sequence
 */
record LayerMemory(
    double attentionBytes,
    double denseBytes,
    double sharedBytes,
    double expertBytes,
    double sequenceBytes) {
  static final LayerMemory NONE = new LayerMemory(0, 0, 0, 0, 0);

  /**
   * Of one layer.
   *
   * @param heldTokens of context that memory holds for each resident sequence
   * @param slots expert slots of a layer with experts; not asked for others
   */
  static LayerMemory of(
      Problem problem, Layout layout, Layer layer, double heldTokens, ToIntFunction<MoeFfn> slots) {
    Precision precision = problem.precision();
    int degree = layout.attentionTensorParallel();
    double wide = precision.unquantised().bytes();
    double dense = 0;
    double shared = 0;
    double experts = 0;
    if (layer.ffn() instanceof DenseFfn ffn) {
      dense = ffn.parameters() * held(problem, precision.ffn(layer)) / layout.denseTensorParallel();
    }
    if (layer.ffn() instanceof MoeFfn moe) {
      MoeShard shard = MoeShard.of(moe, layout, problem);
      shared =
          shard.sharedParameters() * held(problem, precision.ffn(layer))
              + shard.routerParameters() * wide;
      experts =
          layout.dealt(slots.applyAsInt(moe)).mostSlotsPerGpu()
              * shard.expertParameters()
              * held(problem, precision.experts(layer));
    }
    return new LayerMemory(
        layer.attention().parameters() * held(problem, precision.attention(layer)) / degree
            + layer.otherParameters() * wide,
        dense,
        shared,
        experts,
        sequenceBytes(problem, layout, layer, heldTokens));
  }

  // Training keeps weights in 16 bits where products narrow them.
  private static double held(Problem problem, Dtype format) {
    return problem.workload().phase() == Phase.TRAINING
        ? Math.max(Dtype.BF16.bytes(), format.bytes())
        : format.bytes();
  }

  // A layer that reads another one's cache keeps none.
  private static double sequenceBytes(
      Problem problem, Layout layout, Layer layer, double heldTokens) {
    return layer.kvSource().isPresent()
        ? 0
        : layer.attention().kvCapacityBytes(heldTokens, problem.kvFormat(layer.attention()))
            / cacheShards(layout, layer);
  }

  /** Bytes that one more token of context adds to the cache of a resident sequence. */
  static double growingBytes(Problem problem, Layout layout, Layer layer) {
    return layer.kvSource().isPresent()
        ? 0
        : layer.attention().growingKvBytesPerToken(problem.kvFormat(layer.attention()))
            / cacheShards(layout, layer);
  }

  // Heads by tensor parallelism, tokens by context parallelism.
  private static double cacheShards(Layout layout, Layer layer) {
    double byTokens =
        layer.attention().contextExchange().isPresent()
            ? (double) layout.decodeContextParallel() * layout.prefillContextParallel()
            : 1;
    return byTokens * layer.attention().kvShards(layout.attentionTensorParallel());
  }

  /** The same and another layer. */
  LayerMemory plus(LayerMemory other) {
    return new LayerMemory(
        attentionBytes + other.attentionBytes,
        denseBytes + other.denseBytes,
        sharedBytes + other.sharedBytes,
        expertBytes + other.expertBytes,
        sequenceBytes + other.sequenceBytes);
  }

  /** The same with other bytes of mixers and what stands beside them. */
  LayerMemory withAttentionBytes(double bytes) {
    return new LayerMemory(bytes, denseBytes, sharedBytes, expertBytes, sequenceBytes);
  }

  /** Weights alone. */
  double weightBytes() {
    return attentionBytes + denseBytes + sharedBytes + expertBytes;
  }
}
