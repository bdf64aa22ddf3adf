package dev.rackplan.plan;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
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
  // NVIDIA's FP4 has a scale for 16 values.
  private static final int NVFP4_BLOCK = 16;

  /** A side of weights in {@code format}. */
  static SlicedWidth of(String what, int elements, Model model, Dtype format) {
    int block = block(model, format);
    // A checkpoint whose own width holds no whole blocks isn't scaled by them.
    return new SlicedWidth(what, elements, elements % block == 0 ? block : 1);
  }

  // MXFP4 is padded to whole blocks by every engine that runs it.
  private static int block(Model model, Dtype format) {
    if (format == Dtype.FP8 && scalesBlocks(model)) {
      return FP8_BLOCK;
    }
    return format == Dtype.NVFP4 ? NVFP4_BLOCK : 1;
  }

  // As the cost model takes it: checkpoints of mixtures of experts and of latent attention scale
  // FP8 by blocks, those of plain dense models by tensor or row.
  private static boolean scalesBlocks(Model model) {
    return model.layers().stream()
        .anyMatch(
            layer -> layer.ffn() instanceof MoeFfn || layer.attention() instanceof LatentAttention);
  }

  /** Why {@code slices} of it can't be; empty where they can. */
  Optional<String> fault(int slices) {
    if (elements % slices != 0) {
      return Optional.of(what + " " + elements + " does not divide into " + slices + " slices");
    }
    int slice = elements / slices;
    if (slice % block != 0) {
      return Optional.of(
          what
              + " "
              + elements
              + " in "
              + slices
              + " slices of "
              + slice
              + ", no whole blocks of "
              + block);
    }
    return Optional.empty();
  }
}
