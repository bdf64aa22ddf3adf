package dev.rackplan.json.rows;

import dev.rackplan.workload.AttentionKernel;
import dev.rackplan.workload.ElementwiseKernels;
import java.util.Locale;
import java.util.stream.Stream;

/** Which kernels the framework of a measured training row runs in its layers. */
final class FrameworkKernels {
  // FlashAttention's (arXiv:2205.14135).
  private static final int FIRST_FUSED_ATTENTION = 202205;

  private final TrainingObject row;
  private final String name;
  private final boolean recipe;

  /**
   * @param recipe whether it is one of NVIDIA's published recipes
   */
  FrameworkKernels(TrainingObject row, boolean recipe) {
    this.row = row;
    this.name = row.framework().orElse("").toLowerCase(Locale.ROOT);
    this.recipe = recipe;
  }

  /**
   * Frameworks from before FlashAttention, those that say which kernel they took, and GPUs that it
   * does not run on (its README: Turing or newer).
   */
  boolean writesScores() {
    return row.month().orElse(FIRST_FUSED_ATTENTION) < FIRST_FUSED_ATTENTION
        || row.gpu().orElse("").matches("(?i).*\\b(V100|P100).*")
        || Stream.of("kernel torch", "kernel fused", "megatron-deepspeed", "(2021)")
            .anyMatch(name::contains);
  }

  /**
   * PyTorch's own attention and flash-attn 2, except where a framework calls Transformer Engine;
   * llm-foundry's benchmarks ran Triton's version of the first (attn_impl "triton" by default in
   * its submit_benchmarks.py).
   */
  AttentionKernel attention() {
    if (Stream.of("llm-foundry", "flash_attentionv1").anyMatch(name::contains)
        || name.endsWith("kernel flash_attention")) {
      return AttentionKernel.FLASH;
    }
    boolean engine =
        recipe
            || Stream.of("automodel", "megatron-lm", "megatron-core", "maxtext", "megascale")
                .anyMatch(name::contains);
    return engine ? AttentionKernel.NATIVE : AttentionKernel.FLASH_2;
  }

  /**
   * PyTorch's own layers, except where a framework brings fused kernels; models that are written
   * out operation by operation say which kernels they have.
   */
  ElementwiseKernels elementwise() {
    if (name.contains("; kernel") && !name.contains("rms")) {
      return ElementwiseKernels.SINGLE;
    }
    return Stream.of("llm-foundry", "torchtitan", "(pytorch fsdp)").anyMatch(name::contains)
        ? ElementwiseKernels.LIBRARY
        : ElementwiseKernels.FUSED;
  }
}
