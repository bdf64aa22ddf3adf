package dev.rackplan.cost;

import dev.rackplan.model.Dtype;
import dev.rackplan.topology.LinkSpec;

/** Time of the all-reduces that attention tensor parallelism needs. */
public final class TensorParallelTime {
  private TensorParallelTime() {}

  /**
   * One ring all-reduce of a rank's activations: {@code α + 2(t-1)/t · n·h·2 bytes / bandwidth}; 0
   * for t = 1. Over scale-up where each rank lies in one domain, else over the NICs.
   *
   * <p>Source: ring all-reduce moves 2(t-1)/t of the data per member. Left out: in-switch reduction
   * (NVLS), which halves it.
   *
   * @param degree GPUs t of one attention rank; ranks are runs of t consecutive positions
   * @param hiddenSize width h in elements, sent in BF16
   */
  public static double allReduceSeconds(StageShape shape, Batch batch, int degree, int hiddenSize) {
    if (degree == 1) {
      return 0;
    }
    double bytes =
        2.0 * (degree - 1) / degree * batch.tokensPerRank() * hiddenSize * Dtype.BF16.bytes();
    double slowest = 0;
    for (int first = 0; first < shape.gpuCount(); first += degree) {
      LinkSpec link = shape.scaleUp(shape.domainOf(first));
      for (int g = first; g < first + degree; g++) {
        if (shape.domainOf(g) != shape.domainOf(first)) {
          link = shape.scaleOut().nic();
        }
      }
      slowest = Math.max(slowest, link.latencySeconds() + bytes / link.sustainedBytesPerSecond());
    }
    return slowest;
  }
}
