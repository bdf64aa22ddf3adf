package dev.rackplan.cost.link;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.model.Dtype;
import dev.rackplan.topology.LinkLoads;
import dev.rackplan.topology.Network;
import dev.rackplan.topology.Tier;

/** Time of one stage boundary. */
public final class HopTime {
  private HopTime() {}

  /**
   * {@code α_hop + boundary bytes / bandwidth}: GPU i of a stage sends its tokens' residuals in
   * BF16 to GPU i of the next; over scale-up where both sit in one domain, else over the NIC; the
   * slowest pair counts. All pairs send at once, so they share narrow links.
   *
   * @param residuals residual streams that cross, of {@code hiddenSize} elements each
   */
  public static double seconds(
      StageShape from, StageShape to, Batch batch, int hiddenSize, int residuals) {
    if (!from.network().hasNarrowLinks()) {
      return portSeconds(from, to, bytes(batch, hiddenSize, residuals));
    }
    LinkLoads together = from.network().loads();
    add(together, from, to);
    return seconds(from, to, together, batch, hiddenSize, residuals);
  }

  // Each pair has ports of its own, and nothing else binds.
  private static double portSeconds(StageShape from, StageShape to, double bytes) {
    Network network = from.network();
    double slowest = 0;
    for (int g = 0; g < pairs(from, to); g++) {
      int sender = from.gpu(g).index();
      int receiver = to.gpu(g).index();
      Tier tier = network.tier(sender, receiver);
      double rate =
          Math.min(
              network.capacityBytesPerSecond(network.way(tier, sender)[0]),
              network.capacityBytesPerSecond(network.way(tier, receiver)[0]));
      slowest = Math.max(slowest, network.latencySeconds(sender, receiver) + bytes / rate);
    }
    return slowest;
  }

  /** Bytes that each GPU sends. */
  public static double bytes(Batch batch, int hiddenSize, int residuals) {
    return batch.tokensPerGpu() * hiddenSize * Dtype.BF16.bytes() * residuals;
  }

  /**
   * The same where others send, too.
   *
   * @param together one byte from each sender to its receiver, of this hop and those beside it
   */
  public static double seconds(
      StageShape from,
      StageShape to,
      LinkLoads together,
      Batch batch,
      int hiddenSize,
      int residuals) {
    double bytes = bytes(batch, hiddenSize, residuals);
    Network network = from.network();
    double slowest = 0;
    for (int g = 0; g < pairs(from, to); g++) {
      int sender = from.gpu(g).index();
      int receiver = to.gpu(g).index();
      slowest =
          Math.max(
              slowest,
              network.latencySeconds(sender, receiver)
                  + bytes * together.seconds(sender, receiver));
    }
    return slowest;
  }

  private static int pairs(StageShape from, StageShape to) {
    return Math.min(from.gpuCount(), to.gpuCount());
  }

  /** Adds one byte from each sender to its receiver. */
  public static void add(LinkLoads loads, StageShape from, StageShape to) {
    for (int g = 0; g < pairs(from, to); g++) {
      loads.add(from.gpu(g).index(), to.gpu(g).index(), 1);
    }
  }
}
