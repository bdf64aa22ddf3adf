package dev.rackplan.topology;

/**
 * What a MoE layer's engine code takes beyond matrix products, attention and the all-to-all:
 * launches and waits, and kernels that only move activations (norms, gating, permuting, quantising,
 * activation functions). It depends on the engines written for an accelerator as much as on the
 * accelerator.
 *
 * @param secondsPerLayer fixed time in s for each MoE layer and micro-batch
 * @param passes how often a token's activation and its copies, one for each chosen expert, are read
 *     or written from memory, in BF16
 */
public record KernelOverhead(double secondsPerLayer, double passes) {
  /** Kernels that cost nothing beside their products. */
  public static final KernelOverhead NONE = new KernelOverhead(0, 0);

  public KernelOverhead {
    if (!(secondsPerLayer >= 0) || Double.isInfinite(secondsPerLayer)) {
      throw new IllegalArgumentException("secondsPerLayer must be >= 0, was " + secondsPerLayer);
    }
    if (!(passes >= 0) || Double.isInfinite(passes)) {
      throw new IllegalArgumentException("passes must be >= 0, was " + passes);
    }
  }
}
