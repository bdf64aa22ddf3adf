package dev.rackplan.law;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Kernels that no engine keeps, because another one's is much faster on the same GPU and can be had
 * by all: DeepGEMM, FlashInfer, FlashMLA, FlashAttention and TensorRT-LLM's are libraries.
 *
 * <p>Three kinds were seen in tables: an FP8 cache that is widened before use (SGLang's latent
 * decode on Hopper, 5 times as long as with a BF16 cache), prompts read in the absorbed form
 * (SGLang's latent prefill on Hopper, 3 times as long as expanded), and products whose scales are
 * packed by kernels of their own (SGLang's FP8 blocks on Blackwell, a start of 14 µs instead of 6).
 */
final class Outrun {
  private static final double MUCH = 1.5;

  private static final Gemm PRODUCT = new Gemm(64, 4096, 4096);
  // Where bytes and FLOPs both count.
  private static final LatentDecode DECODE = new LatentDecode(64, 64, 4096, 512, 64);
  private static final LatentPrefill PREFILL = new LatentPrefill(1, 4096, 0, 64, 192, 128);

  private Outrun() {}

  /** Those of a GPU's cells that engines run. */
  static List<Cell> kept(GpuLaws laws) {
    List<Cell> kept = new ArrayList<>();
    for (Cell cell : laws.cells()) {
      Optional<Op> typical = typical(cell.key().op());
      if (typical.isEmpty() || !isOutrun(laws, cell, typical.get())) {
        kept.add(cell);
      }
    }
    return kept;
  }

  private static Optional<Op> typical(OpKind kind) {
    return switch (kind) {
      case GEMM -> Optional.of(PRODUCT);
      case LATENT_DECODE -> Optional.of(DECODE);
      case LATENT_PREFILL -> Optional.of(PREFILL);
      default -> Optional.empty();
    };
  }

  private static boolean isOutrun(GpuLaws laws, Cell cell, Op typical) {
    double own = seconds(laws, cell, typical);
    return laws.cells().stream()
        .filter(
            other ->
                other.key().op() == cell.key().op()
                    && other.key().format() == cell.key().format()
                    && other.key().cache() == cell.key().cache())
        .anyMatch(other -> own > MUCH * seconds(laws, other, typical));
  }

  @SuppressWarnings("unchecked")
  private static double seconds(GpuLaws laws, Cell cell, Op op) {
    Setting setting = Setting.of(laws.rates(), cell.key().format(), cell.key().cache());
    return ((Law<Op>) cell.law()).seconds(op, setting);
  }
}
