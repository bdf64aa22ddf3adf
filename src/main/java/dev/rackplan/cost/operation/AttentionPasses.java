package dev.rackplan.cost.operation;

import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.workload.AttentionKernel;

/**
 * What passes of fused attention take over the law of a forward pass.
 *
 * <p>The backward pass does 2.5 times the products of a forward one, at 63/73 of its rate: the
 * shares of the A100's peak that FlashAttention-2 reaches (Dao 2023, arXiv:2307.08691). Laws are of
 * the GPU's fastest kernels. On the A100 that is FlashAttention-2; the first FlashAttention takes
 * about twice as long (its abstract). On Hopper FlashAttention-3 is 1.5 to 2 times as fast as
 * FlashAttention-2 forward, 1.5 to 1.75 times backward (Shah et al. 2024, arXiv:2407.08608): the
 * middles are taken; for Blackwell the same is assumed.
 *
 * @param forward seconds of a forward pass over those of the law
 * @param backward of a backward pass over the same
 */
record AttentionPasses(double forward, double backward) {
  private static final double PRODUCTS_BACKWARD = 2.5;
  private static final double RATE_BACKWARD = 63.0 / 73;
  private static final double FIRST_OVER_SECOND = 2;
  private static final double SECOND_FORWARD = 1.75;
  private static final double SECOND_BACKWARD = 1.625;

  static AttentionPasses of(AttentionKernel kernel, GpuSpec gpu) {
    double backward = PRODUCTS_BACKWARD / RATE_BACKWARD;
    double first = kernel == AttentionKernel.FLASH ? FIRST_OVER_SECOND : 1;
    if (kernel == AttentionKernel.NATIVE || !outgrewSecond(gpu)) {
      return new AttentionPasses(first, first * backward);
    }
    return new AttentionPasses(first * SECOND_FORWARD, first * SECOND_BACKWARD * backward);
  }

  // Generations that have faster kernels than FlashAttention-2.
  private static boolean outgrewSecond(GpuSpec gpu) {
    return gpu.generation()
        .map(known -> known == GpuGeneration.HOPPER || known == GpuGeneration.BLACKWELL)
        .orElse(false);
  }
}
