package dev.rackplan.cost.operation;

import dev.rackplan.law.ExpertsRate;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.Setting;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.topology.GpuGeneration;
import java.util.Optional;

/**
 * Grouped products that run a block of rows for every expert of a GPU, whether tokens chose it or
 * not: in a CUDA graph the number of blocks is fixed, so that as many run as could be needed, each
 * of which reads an expert's weights. A step of few sequences takes as long as if all experts were
 * active.
 *
 * <p>vLLM from 0.11.1 until 0.15 runs FP8 experts on Hopper by DeepGEMM's contiguous kernel, blocks
 * of 128 rows; before that only with 128 tokens and more, after it by other kernels, and not where
 * 8 GPUs slice the experts. Sources: github.com/vllm-project/vllm, pull requests 17934, 29346 and
 * 39331, issues 28882 and 31030 (Qwen3-235B in FP8 on 4 H200: 60 tokens/s under 0.10.2, 28 under
 * 0.12.0); vllm-project/recipes, pull request 112 (MiniMax-M2: 32 ms a token with it, 16 without);
 * vllm-project/llm-compressor, issue 2292 (0.12.0 to 0.14.0). No table of kernels holds it.
 *
 * @param experts of the GPU, each of which is read; 0 where only active ones are
 */
public record ExpertBlocks(double experts) {
  /** Only experts that tokens chose are read, by the law's kernel. */
  public static final ExpertBlocks NONE = new ExpertBlocks(0);

  private static final double BLOCK_ROWS = 128;
  private static final double MATRICES = 3;
  private static final int SLICES_WITHOUT = 8;
  private static final String FIRST = "0.11.1";
  private static final String NO_LONGER = "0.15";

  // Measured: 1,093 to 1,297 TFLOP/s of H800's 1,979 with thousands of rows an expert
  // (github.com/deepseek-ai/DeepGEMM, README of 2025-02, grouped products, contiguous).
  private static final double COMPUTE_SHARE = 0.6;
  // Measured: DeepSeek-V3's 256 experts with 128 tokens on H100 take 4.42 ms more whole than in
  // eighths, 9.86 GB (vllm-project/vllm, pull request 13932): 448 us/GB, twice what products of 128
  // rows take, so that bytes bind.
  private static final double MEMORY_SHARE = 0.67;
  // As good as the longer of the two.
  private static final double NORM = 8;
  // Of a row: read in FP8, written in BF16.
  private static final double BYTES_A_ROW_ELEMENT = 3;

  /** What an engine's experts of a layout run, in that format. */
  public static ExpertBlocks of(
      Engine engine,
      Optional<GpuGeneration> generation,
      KernelFormat format,
      MoeFfn moe,
      Layout layout) {
    boolean runs =
        engine.kind().equals(Optional.of(EngineKind.VLLM))
            && engine.isBefore(NO_LONGER)
            && !engine.isBefore(FIRST)
            && generation.equals(Optional.of(GpuGeneration.HOPPER))
            && (format == KernelFormat.FP8 || format == KernelFormat.FP8_BLOCK)
            && layout.expertTensorParallel() != SLICES_WITHOUT;
    return runs ? new ExpertBlocks((double) moe.experts() / layout.expertHostCount()) : NONE;
  }

  /**
   * What they take on one GPU, for experts of one size.
   *
   * @param law of the engine's other kernel, which starts, sorts and sums alike
   * @param hiddenSize elements of a token's activation
   * @param innerSize elements of an expert's inner layer on the GPU
   */
  ExpertsRate rate(ExpertsRate law, double hiddenSize, double innerSize, Setting setting) {
    if (experts == 0) {
      return law;
    }
    double weights = MATRICES * hiddenSize * innerSize;
    double bytesPerSecond = MEMORY_SHARE * setting.bytesPerSecond();
    double computePerRow = 2 * weights / (COMPUTE_SHARE * setting.flopsPerSecond());
    double filled = BLOCK_ROWS - 1;
    return new ExpertsRate(
        law.startSeconds(),
        NORM,
        computePerRow,
        filled * computePerRow,
        (weights * setting.weightBytes() + filled * hiddenSize * BYTES_A_ROW_ELEMENT)
            / bytesPerSecond,
        0,
        law.secondsPerToken(),
        law.secondsPerPair());
  }
}
