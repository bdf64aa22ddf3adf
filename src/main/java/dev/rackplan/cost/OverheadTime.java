package dev.rackplan.cost;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;

/**
 * Time of what a MoE layer's engine code does in inference beside products, attention and the
 * all-to-all.
 */
final class OverheadTime {
  private OverheadTime() {}

  /**
   * {@code λ + π·2·(h + k·d)·n / (W·ηm)} on the slowest GPU: a fixed part, and π passes in BF16
   * over a token's residual (h elements) and its k copies (d elements each), n tokens a GPU.
   *
   * <p>λ and π are calibrated, see {@link dev.rackplan.topology.KernelOverhead} and
   * docs/accuracy.md. Two-batch overlap does not hide it: its two streams share one GPU. Left out:
   * dense layers, which have fewer such kernels and no published result to calibrate by.
   */
  static double seconds(Problem problem, MoeFfn moe, StageShape shape, Batch batch) {
    double elements =
        problem.model().hiddenSize() + (double) moe.expertsPerToken() * moe.tokenWidth();
    double pass = Dtype.BF16.bytes() * elements * batch.tokensPerGpu();
    double slowest = 0;
    for (int g = 0; g < shape.gpuCount(); g++) {
      GpuSpec spec = shape.spec(g);
      double seconds =
          spec.overhead().secondsPerLayer()
              + spec.overhead().passes() * pass / GpuRates.bytesPerSecond(spec);
      slowest = Math.max(slowest, seconds);
    }
    return slowest;
  }
}
