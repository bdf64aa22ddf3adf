package dev.rackplan.cost;

import dev.rackplan.model.Dtype;
import dev.rackplan.topology.LinkSpec;

/** Time of one stage boundary. */
public final class HopTime {
  private HopTime() {}

  /**
   * {@code α_hop + boundary bytes / bandwidth}: GPU i of a stage sends its tokens' residuals in
   * BF16 to GPU i of the next; over scale-up where both sit in one domain, else over the NIC; the
   * slowest pair counts.
   *
   * @param residuals residual streams that cross, of {@code hiddenSize} elements each
   */
  public static double seconds(
      StageShape from, StageShape to, Batch batch, int hiddenSize, int residuals) {
    double bytes = batch.tokensPerGpu() * hiddenSize * Dtype.BF16.bytes() * residuals;
    double slowest = 0;
    int pairs = Math.min(from.gpuCount(), to.gpuCount());
    for (int g = 0; g < pairs; g++) {
      boolean sameDomain = from.gpu(g).domain() == to.gpu(g).domain();
      LinkSpec link = sameDomain ? from.scaleUp(from.domainOf(g)) : from.scaleOut().nic();
      slowest = Math.max(slowest, link.latencySeconds() + bytes / link.sustainedBytesPerSecond());
    }
    return slowest;
  }
}
