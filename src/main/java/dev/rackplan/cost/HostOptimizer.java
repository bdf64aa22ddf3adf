package dev.rackplan.cost;

import dev.rackplan.cost.operation.HostLink;
import dev.rackplan.model.Dtype;
import dev.rackplan.topology.GpuSpec;

/**
 * What the host takes once a step where it holds and updates a part of the optimizer state:
 * gradients come, Adam reads weights, gradients and both moments in FP32 and writes all but the
 * gradients, and new weights go back.
 *
 * <p>Each rank has one thread for it (torchrun sets {@code OMP_NUM_THREADS} to 1), which streams
 * what one core can. Assumed, not fitted, looked at five runs of one source: 15 GB/s a core.
 */
final class HostOptimizer {
  private static final double CORE_BYTES_PER_SECOND = 15e9;
  private static final double ADAM_STREAMS = 7;

  private HostOptimizer() {}

  /** Of so many weights of a rank of {@code gpu}, in s. */
  static double seconds(GpuSpec gpu, double parameters, double gradientBytes, double weightBytes) {
    return parameters
        * (ADAM_STREAMS * Dtype.FP32.bytes() / CORE_BYTES_PER_SECOND
            + (gradientBytes + weightBytes) / HostLink.bytesPerSecond(gpu));
  }
}
