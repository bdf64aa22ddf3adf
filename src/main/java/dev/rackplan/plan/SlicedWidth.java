package dev.rackplan.plan;

import dev.rackplan.model.Dtype;
import java.util.Optional;

/**
 * A side of a weight matrix that engines cut into slices: whole elements, and whole blocks where
 * the format has one scale for a block.
 *
 * @param what in sentences, such as {@code expert width}
 * @param elements of the whole side
 * @param block elements that share a scale; 1 where slices need not be whole blocks
 */
record SlicedWidth(String what, int elements, int block) {
  // DeepSeek's FP8 checkpoints and those made like them: weight_block_size [128, 128].
  private static final int FP8_BLOCK = 128;
  // AWQ's and GPTQ's usual group_size; NVIDIA's FP4 and the microscaling formats by definition.
  private static final int INT4_GROUP = 128;
  private static final int NVFP4_BLOCK = 16;
  private static final int MXFP8_BLOCK = 32;

  /**
   * A side of weights in {@code format}.
   *
   * @param fp8Blocks whether plain FP8 is taken to be scaled by blocks
   */
  static SlicedWidth of(String what, int elements, Dtype format, boolean fp8Blocks) {
    int block = block(format, fp8Blocks);
    // Where nobody says that there are blocks, a side that holds no whole ones has none.
    boolean whole = elements % block == 0 || format == Dtype.FP8_BLOCK;
    return new SlicedWidth(what, elements, whole ? block : 1);
  }

  // MXFP4 is padded to whole blocks by every engine that runs it.
  private static int block(Dtype format, boolean fp8Blocks) {
    return switch (format) {
      case FP8_BLOCK -> FP8_BLOCK;
      case FP8 -> fp8Blocks ? FP8_BLOCK : 1;
      case MXFP8 -> MXFP8_BLOCK;
      case INT4, INT4_AWQ, W4A8 -> INT4_GROUP;
      case INT4_GROUP_64 -> 64;
      case INT4_GROUP_32 -> 32;
      case NVFP4, NVFP4_WEIGHT_ONLY -> NVFP4_BLOCK;
      case FP32,
          BF16,
          FP16,
          FP8_TENSOR,
          FP8_WEIGHT_ONLY,
          INT8,
          INT8_WEIGHT_ONLY,
          FP4,
          MXFP4,
          MXFP4_BOTH,
          MXFP4_WEIGHT_ONLY ->
          1;
    };
  }

  /** Why {@code slices} of it can't be; empty where they can. */
  Optional<String> fault(int slices) {
    return elements % slices == 0 && elements / slices % block != 0
        ? Optional.of(cut(slices) + " of " + elements / slices + ", no whole blocks of " + block)
        : faultOfElements(slices);
  }

  /** The same where blocks don't matter. */
  Optional<String> faultOfElements(int slices) {
    return elements % slices == 0
        ? Optional.empty()
        : Optional.of(what + " " + elements + " does not divide into " + slices + " slices");
  }

  private String cut(int slices) {
    return what + " " + elements + " in " + slices + (slices == 1 ? " slice" : " slices");
  }
}
