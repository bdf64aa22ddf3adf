package dev.rackplan.cost.link;

import dev.rackplan.cost.operation.HostTime;
import dev.rackplan.cost.operation.MoeShard;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.Training;
import java.util.Optional;

/**
 * Weights and gradients of one layer that data-parallel ranks hold in parts: with ZeRO stage 3
 * (FSDP) weights are gathered before its forward and before its backward pass, and from stage 2 on
 * gradients are scattered after it, in each micro-batch. Neighbouring layers' passes hide them.
 * Routed experts are held in parts by the ranks that have the same ones, each in another replica:
 * where these lie in domains of their own each has its own NIC alone.
 *
 * <p>Where each product's weights are gathered singly (DeepSpeed 0.3's {@code
 * partition_parameters.py} and {@code stage3.py}), {@code torch.distributed.all_gather} copies each
 * rank's part for itself: the host launches as many copies as there are ranks, before the product
 * that hides only what the network takes beyond them. What a pass computes again it gathers again,
 * and once more for its gradients where more than {@value #LIVE_PARAMETERS} weights lie between;
 * nothing is gathered ahead where one product has more. Gradients are scattered by such lists, too.
 *
 * <p>Source: FSDP (Zhao et al. 2023), ZeRO (Rajbhandari et al. 2020).
 */
public final class WeightExchange {
  // DeepSpeed's stage3_max_reuse_distance and stage3_max_live_parameters.
  private static final double LIVE_PARAMETERS = 1e9;
  // Queries, keys and values; output; both of the FFN.
  private static final int PRODUCTS = 4;

  private final Sharding sharding;
  private final double gatherSeconds;
  private final double scatterSeconds;
  private final Optional<Singly> singly;

  public WeightExchange(Problem problem, Layout layout, Layer layer) {
    Training training = layout.training(problem.workload()).orElseThrow();
    this.sharding = training.sharding();
    if (!sharding.gradients()) {
      this.gatherSeconds = 0;
      this.scatterSeconds = 0;
      this.singly = Optional.empty();
      return;
    }
    RankGroup group = RankGroup.ofShards(problem, layout, sharding);
    // A pipeline's stages keep what they gathered for a step, and reduce once (torchtitan).
    double times = 1.0 / (layout.pipelineStages() > 1 ? layout.microBatches() : 1);
    double shared = times * sharedParameters(problem, layout, layer);
    double routed = times * routedParameters(problem, layout, layer);
    RankGroup experts = RankGroup.ofExperts(problem, layout, sharding);
    double gradient = training.gradients().bytes();
    this.gatherSeconds =
        group.partSeconds(shared * Dtype.BF16.bytes())
            + experts.partSeconds(routed * Dtype.BF16.bytes());
    this.scatterSeconds =
        group.partSeconds(shared * gradient) + experts.partSeconds(routed * gradient);
    this.singly =
        training.runtime().gathersSingly() && sharding.weights()
            ? Optional.of(Singly.of(training, group, shared + routed))
            : Optional.empty();
  }

  /**
   * Collectives of one product each.
   *
   * @param forward gathers of a forward pass
   * @param backward gathers of a backward pass
   * @param hostSeconds that the host takes for one
   * @param gatherSeconds that the network takes for one
   * @param scatterSeconds likewise, of gradients
   * @param ahead whether the next is gathered while one computes
   */
  private record Singly(
      int forward,
      int backward,
      double hostSeconds,
      double gatherSeconds,
      double scatterSeconds,
      boolean ahead) {
    static Singly of(Training training, RankGroup group, double parameters) {
      double product = parameters / PRODUCTS;
      int again = training.repeatsLayers() ? PRODUCTS : 0;
      boolean kept = again > 0 && 2 * parameters < LIVE_PARAMETERS;
      return new Singly(
          PRODUCTS,
          kept ? again : PRODUCTS + again,
          group.members() * HostTime.SECONDS_PER_LAUNCH,
          group.ringSeconds(product * Dtype.BF16.bytes()),
          group.ringSeconds(product * training.gradients().bytes()),
          product < LIVE_PARAMETERS);
    }

    double visibleSeconds(double forwardSeconds, double backwardSeconds) {
      double scatter = Math.max(hostSeconds, scatterSeconds - backwardSeconds / PRODUCTS);
      return forward * one(forwardSeconds / forward)
          + backward * one(backwardSeconds / backward)
          + PRODUCTS * scatter;
    }

    private double one(double seconds) {
      return ahead ? Math.max(hostSeconds, gatherSeconds - seconds) : hostSeconds + gatherSeconds;
    }
  }

  private static double sharedParameters(Problem problem, Layout layout, Layer layer) {
    double degree = layout.attentionTensorParallel();
    double parameters = layer.attention().parameters() / degree + layer.otherParameters();
    if (layer.ffn() instanceof DenseFfn dense) {
      parameters += dense.parameters() / degree;
    }
    if (layer.ffn() instanceof MoeFfn moe) {
      parameters += MoeShard.of(moe, layout, problem).alwaysParameters();
    }
    return parameters;
  }

  private static double routedParameters(Problem problem, Layout layout, Layer layer) {
    return layer.ffn() instanceof MoeFfn moe
        ? MoeShard.of(moe, layout, problem).expertParameters()
            * moe.experts()
            / layout.expertHostCount()
        : 0;
  }

  /** Gathering the layer's weights once, in s. */
  public double gatherSeconds() {
    return gatherSeconds;
  }

  /** Scattering its gradients, in s. */
  public double scatterSeconds() {
    return scatterSeconds;
  }

  /** What a forward and a backward pass of these seconds leave visible. */
  public double visibleSeconds(double forwardSeconds, double backwardSeconds) {
    if (singly.isPresent()) {
      return singly.get().visibleSeconds(forwardSeconds, backwardSeconds);
    }
    double forward = sharding.weights() ? Math.max(0, gatherSeconds - forwardSeconds) : 0;
    double backward =
        Math.max(0, scatterSeconds + (sharding.weights() ? gatherSeconds : 0) - backwardSeconds);
    return forward + backward;
  }

  /** What both passes leave visible where they run side by side for so many seconds. */
  public double visibleSeconds(double togetherSeconds) {
    if (singly.isPresent()) {
      return singly.get().visibleSeconds(togetherSeconds / 2, togetherSeconds / 2);
    }
    double gathered = sharding.weights() ? 2 * gatherSeconds : 0;
    return Math.max(0, gathered + scatterSeconds - togetherSeconds);
  }
}
