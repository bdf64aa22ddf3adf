package dev.rackplan.serving;

import dev.rackplan.cost.operation.FusedShared;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.NoAttention;
import dev.rackplan.model.NoFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuGeneration;
import java.util.Optional;

/**
 * What the host takes to launch the kernels of a step one by one, where no CUDA graph was recorded
 * of it: steps that read prompts, in all of the engines.
 *
 * <p>Kernels are counted from the engines' forward passes; <em>assumed</em> alike in all of them.
 * Seconds a launch are <em>measured</em>: 35 µs between two in TensorRT-LLM
 * (github.com/NVIDIA/TensorRT-LLM, pull request 12653). By both Qwen3-4B's 36 layers take 15 ms,
 * where 16.6 were measured (github.com/wejoncy/sfllm, pull request 46).
 */
public final class EagerLaunches {
  private static final double SECONDS_PER_LAUNCH = 35e-6;
  private static final double NORM = 1;
  private static final double ALL_REDUCE = 1;
  // Of queries, keys and values; rotary positions and the cache's write; scores; of outputs.
  private static final double GROUPED = 4;
  private static final double GROUPED_PRODUCTS = 2;
  // Low ranks, their two norms, both products back, positions, two copies that put keys together,
  // the cache's write, scores, outputs.
  private static final double LATENT = 10;
  private static final double LATENT_PRODUCTS = 4;
  // Gate and up, activation function, down.
  private static final double GATED = 3;
  private static final double GATED_PRODUCTS = 2;
  // Router, choice, three that sort pairs by expert, sum over a token's experts.
  private static final double ROUTED = 6;

  private EagerLaunches() {}

  /** Of a pass through all layers, in s. */
  public static double seconds(Problem problem, Layout layout) {
    Precision precision = problem.precision();
    boolean weights = isNarrow(precision.weights());
    double launches = 0;
    for (Layer layer : problem.model().layers()) {
      launches += mixer(layer, weights);
      launches += ffn(layer, weights, isNarrow(precision.experts()), fuses(problem, layout, layer));
      launches += layout.gpusPerStage() > 1 ? 2 * ALL_REDUCE : 0;
    }
    return SECONDS_PER_LAUNCH * launches;
  }

  private static boolean fuses(Problem problem, Layout layout, Layer layer) {
    Optional<GpuGeneration> generation = problem.topology().firstSpec().generation();
    return layer.ffn() instanceof MoeFfn moe
        && FusedShared.runs(problem, layout, layer, moe, generation);
  }

  // Inputs of a product in fewer bits are rounded by a kernel before it.
  private static boolean isNarrow(Dtype dtype) {
    return dtype.bytes() < Dtype.BF16.bytes();
  }

  private static double mixer(Layer layer, boolean narrow) {
    if (layer.attention() instanceof NoAttention) {
      return 0;
    }
    boolean latent = layer.attention() instanceof LatentAttention;
    double norms =
        layer.attention() instanceof GroupedQueryAttention grouped
                && grouped.norm() != GroupedQueryAttention.Norm.NONE
            ? 2 * NORM
            : NORM;
    double products = latent ? LATENT_PRODUCTS : GROUPED_PRODUCTS;
    return norms + (latent ? LATENT : GROUPED) + (narrow ? products : 0);
  }

  private static double ffn(Layer layer, boolean weights, boolean experts, boolean fusesShared) {
    if (layer.ffn() instanceof NoFfn) {
      return 0;
    }
    double dense = GATED + (weights ? GATED_PRODUCTS : 0);
    if (layer.ffn() instanceof MoeFfn moe) {
      double shared = moe.sharedParameters() > 0 && !fusesShared ? dense + 1 : 0;
      return NORM + ROUTED + GATED + (experts ? GATED_PRODUCTS : 0) + shared;
    }
    return NORM + dense;
  }
}
