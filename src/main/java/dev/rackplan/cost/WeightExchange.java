package dev.rackplan.cost;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.Training;

/**
 * Weights and gradients of one layer that data-parallel ranks hold in parts: with ZeRO stage 3
 * (FSDP) weights are gathered before its forward and before its backward pass, and from stage 2 on
 * gradients are scattered after it, in each micro-batch. Neighbouring layers' passes hide them.
 *
 * <p>Source: FSDP (Zhao et al. 2023), ZeRO (Rajbhandari et al. 2020).
 */
final class WeightExchange {
  private final Sharding sharding;
  private final double gatherSeconds;
  private final double scatterSeconds;

  WeightExchange(Problem problem, Layout layout, Layer layer) {
    Training training = layout.training(problem.workload()).orElseThrow();
    this.sharding = training.sharding();
    if (!sharding.gradients()) {
      this.gatherSeconds = 0;
      this.scatterSeconds = 0;
      return;
    }
    RankGroup group = RankGroup.ofShards(problem, layout, sharding);
    double parameters = parameters(problem, layout, layer);
    // A pipeline's stages keep what they gathered for a step, and reduce once (torchtitan).
    parameters /= layout.pipelineStages() > 1 ? layout.microBatches() : 1;
    // Gradients of sharded weights are reduced in the activations' format.
    this.gatherSeconds = group.partSeconds(parameters * Dtype.BF16.bytes());
    this.scatterSeconds = group.partSeconds(parameters * training.gradients().bytes());
  }

  private static double parameters(Problem problem, Layout layout, Layer layer) {
    double degree = layout.attentionTensorParallel();
    double parameters = layer.attention().parameters() / degree + layer.otherParameters();
    if (layer.ffn() instanceof DenseFfn dense) {
      parameters += dense.parameters() / degree;
    }
    if (layer.ffn() instanceof MoeFfn moe) {
      MoeShard shard = MoeShard.of(moe, layout, problem);
      parameters +=
          shard.alwaysParameters()
              + shard.expertParameters() * moe.experts() / layout.expertHostCount();
    }
    return parameters;
  }

  /** Gathering the layer's weights once, in s. */
  double gatherSeconds() {
    return gatherSeconds;
  }

  /** Scattering its gradients, in s. */
  double scatterSeconds() {
    return scatterSeconds;
  }

  /** What a forward and a backward pass of these seconds leave visible. */
  double visibleSeconds(double forwardSeconds, double backwardSeconds) {
    double forward = sharding.weights() ? Math.max(0, gatherSeconds - forwardSeconds) : 0;
    double backward =
        Math.max(0, scatterSeconds + (sharding.weights() ? gatherSeconds : 0) - backwardSeconds);
    return forward + backward;
  }

  /** What both passes leave visible where they run side by side for so many seconds. */
  double visibleSeconds(double togetherSeconds) {
    double gathered = sharding.weights() ? 2 * gatherSeconds : 0;
    return Math.max(0, gathered + scatterSeconds - togetherSeconds);
  }
}
