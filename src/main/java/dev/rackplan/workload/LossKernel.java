package dev.rackplan.workload;

/**
 * How the cross-entropy loss is computed, and so what logits take.
 *
 * <p>Bytes of a logit held at the peak. Megatron-Core's vocabulary-parallel loss casts BF16 logits
 * to FP32 and takes exponentials, softmax and gradient in place: 2 + 4. Transformer Engine's kernel
 * writes the gradient over the BF16 logits: 2. PyTorch's {@code cross_entropy} of FP32 logits holds
 * its log-softmax and two gradients in FP32 beside the BF16 logits: 2 + 4 + 4 + 4; compiled it is
 * one kernel that reads BF16 logits and, backward, one that writes their gradient: 2 + 2. Bytes
 * moved are counted from the same kernels.
 */
public enum LossKernel {
  /** Transformer Engine's: in place in BF16, divided by tensor parallelism. */
  FUSED(2, 6, true),
  /** Megatron's vocabulary-parallel: in place in FP32, divided by tensor parallelism. */
  DIVIDED(6, 20, true),
  /** PyTorch's, divided by tensor parallelism: torchtitan's loss parallelism, FSDP. */
  LIBRARY(14, 40, true),
  /** PyTorch's, over logits that each tensor rank gathers whole. */
  WHOLE(14, 40, false),
  /** PyTorch's after {@code torch.compile}, divided by tensor parallelism. */
  COMPILED(4, 8, true);

  // DTensor's handler adds gradient and exponentials out of place: output, zeros, exponentials and
  // their sum in FP32 beside BF16 logits.
  private static final double PARALLEL_BYTES = 2 + 4 + 4 + 4 + 4;

  private final double heldBytes;
  private final double movedBytes;
  private final boolean divided;

  LossKernel(double heldBytes, double movedBytes, boolean divided) {
    this.heldBytes = heldBytes;
    this.movedBytes = movedBytes;
    this.divided = divided;
  }

  /**
   * Bytes of a logit on a GPU at the peak, of all logits that a tensor rank holds.
   *
   * @param degree of tensor parallelism
   */
  public double heldBytes(int degree) {
    return this == LIBRARY && degree > 1 ? PARALLEL_BYTES : heldBytes;
  }

  /** Bytes that forward and backward pass move for a logit, the product not among them. */
  public double movedBytes() {
    return movedBytes;
  }

  /** Whether tensor parallelism divides it. */
  public boolean divided() {
    return divided;
  }
}
