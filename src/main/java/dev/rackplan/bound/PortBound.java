package dev.rackplan.bound;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.placement.ScenarioLayer;

/**
 * Lower bounds on the busiest GPU's port: the mean receiver's copies but those that its own GPU can
 * keep, over port and NIC together; and the copies for the largest replica, all but those of tokens
 * that live beside it.
 */
final class PortBound {
  private final StageShape shape;
  private final Batch batch;
  private final ScenarioLayer routing;
  private final double[] ascending;
  private final int slotsPerGpu;
  private final int extra;

  /**
   * @param ascending share of tokens that choose each expert, as copies are counted
   */
  PortBound(
      StageShape shape,
      Batch batch,
      ScenarioLayer routing,
      double[] ascending,
      int slotsPerGpu,
      int extraSlots) {
    this.shape = shape;
    this.batch = batch;
    this.routing = routing;
    this.ascending = ascending;
    this.slotsPerGpu = slotsPerGpu;
    this.extra = extraSlots;
  }

  /**
   * @param shared choices per token that can share a GPU with another one, at most
   * @param merged whether one copy serves all of a token's experts on a GPU
   */
  BoundValue secondsPerByte(double shared, boolean merged) {
    double receivers = routing.expertsPerToken() - shared;
    if (merged && routing.tokens() == 0) {
      receivers = Math.max(receivers, new IndependentReceivers(routing).copies(slotsPerGpu, 0));
    }
    double copies = receivers - keptOnOwnGpu();
    int gpus = shape.gpuCount();
    // The GPU with the largest replica is sent a copy for each of its tokens but those that live
    // there.
    double largest =
        ExpertBound.leastLargestReplica(ascending, routing.experts() + extra, gpus)
            - ascending[ascending.length - 1] / gpus;
    double receiver =
        Math.max(
            batch.tokensPerGpu() * (copies - LayerBound.ROUNDING),
            batch.tokens() * (largest - LayerBound.ROUNDING));
    return BoundValue.ZERO.or(Math.max(0, receiver) / rate(), BoundTerm.PORTS);
  }

  // Every copy but those to the token's own GPU crosses a port or a NIC into its receiver.
  private double rate() {
    double rate = mostPortBytesPerSecond(shape);
    return shape.domainCount() > 1 ? rate + shape.mostNicBytesPerSecond() : rate;
  }

  /** The fastest GPU's ports inside its domain, together. */
  static double mostPortBytesPerSecond(StageShape shape) {
    double rate = 0;
    for (int d = 0; d < shape.domainCount(); d++) {
      rate = Math.max(rate, shape.scaleUp(d).sustainedBytesPerSecond());
    }
    double inside = 0;
    for (int island = 0; island < shape.islands().count(); island++) {
      if (shape.islands().hasPorts(island)) {
        inside = Math.max(inside, shape.islands().insideBytesPerSecond(island));
      }
    }
    return rate + inside;
  }

  /**
   * {@link HottestReceiver} in a stage of one domain. A port carries (G-1) GPUs' tokens, each
   * choice as often as tokens elsewhere choose a replica there.
   *
   * @param alike whether all senders choose replicas alike
   * @param evenShares whether none of an expert's replicas is sent more than its even share
   */
  double hottestSecondsPerByte(boolean alike, boolean evenShares) {
    int gpus = shape.gpuCount();
    HottestReceiver receivers = new HottestReceiver(routing);
    double copies = receivers.copiesOfTheFullest(gpus, alike ? 0 : extra);
    if (evenShares) {
      double choices = routing.expertsPerToken() - keptByExtraSlots() / (gpus - 1);
      copies = Math.max(copies, choices / receivers.capacity(gpus, slotsPerGpu));
    }
    return batch.tokensPerGpu() * (gpus - 1) * Math.max(0, copies - LayerBound.ROUNDING) / rate();
  }

  /**
   * Choices per token that its own GPU can hold, mean over GPUs: each expert somewhere, the extra
   * slots given to the most loaded.
   */
  private double keptOnOwnGpu() {
    return Math.min(
        (routing.expertsPerToken() + keptByExtraSlots()) / shape.gpuCount(),
        routing.expertsPerToken());
  }

  private double keptByExtraSlots() {
    double held = 0;
    int left = extra;
    for (int e = ascending.length - 1; e >= 0 && left > 0; e--) {
      int more = Math.min(left, shape.gpuCount() - 1);
      held += more * ascending[e];
      left -= more;
    }
    return held;
  }
}
