package dev.rackplan.workload;

/**
 * Which kernel computes fused attention in training.
 *
 * <p>Laws are of the fastest kernels of a GPU (cuDNN's and FlashAttention-3 on Hopper,
 * FlashAttention-2 on Ampere); frameworks that bring older ones take longer there.
 */
public enum AttentionKernel {
  /** The fastest that the GPU's vendor or the library has for it. */
  NATIVE,
  /** FlashAttention-2, as PyTorch's own attention runs it on Ampere and Hopper. */
  FLASH_2,
  /** The first FlashAttention, of 2022. */
  FLASH
}
