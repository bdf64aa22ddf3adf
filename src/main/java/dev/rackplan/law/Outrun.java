package dev.rackplan.law;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Kernels that no engine keeps, because another one's is much faster on the same GPU and can be had
 * by all: DeepGEMM, FlashInfer, FlashMLA, FlashAttention and TensorRT-LLM's are libraries.
 *
 * <p>Three kinds were seen in tables: an FP8 cache that is widened before use (SGLang's latent
 * decode on Hopper, 5 times as long as with a BF16 cache), prompts read in the absorbed form
 * (SGLang's latent prefill on Hopper, 3 times as long as expanded), and products whose scales are
 * packed by kernels of their own (SGLang's FP8 blocks on Blackwell, a start of 14 µs instead of 6).
 * A fourth kind is in older tables alone: attention that a later table of the same engine does much
 * faster (TensorRT-LLM 1.3.0rc10's decode on GB200, 5 times as long as 1.3.0rc20's), so that the
 * older rows took a path that engines avoid.
 */
final class Outrun {
  private static final double MUCH = 1.5;

  private static final Gemm PRODUCT = new Gemm(64, 4096, 4096);
  // Where bytes and FLOPs both count.
  private static final LatentDecode DECODE = new LatentDecode(64, 64, 4096, 512, 64);
  private static final LatentPrefill PREFILL = new LatentPrefill(1, 4096, 0, 64, 192, 128);

  private static final double HEADS = 8;
  private static final double HEAD_SIZE = 128;
  private static final VersionOrder VERSIONS = new VersionOrder();

  private Outrun() {}

  /** Those of a GPU's cells that engines run. */
  static List<Cell> kept(GpuLaws laws) {
    List<Cell> kept = new ArrayList<>();
    for (Cell cell : laws.cells()) {
      Optional<Op> typical = typical(cell.key().op());
      boolean outrun = typical.isPresent() && isOutrun(laws, cell, typical.get());
      if (!outrun && !isSuperseded(laws, cell)) {
        kept.add(cell);
      }
    }
    return kept;
  }

  // Whether an engine's later version is so much faster at what is typical: the older table's rows
  // then took a path that it avoids. One size of heads speaks for all of a version.
  private static boolean isSuperseded(GpuLaws laws, Cell cell) {
    Optional<Op> typical = attention(cell.key().op());
    return typical.isPresent()
        && versions(laws, cell)
            .filter(own -> own.key().version().equals(cell.key().version()))
            .min(Comparator.comparingDouble(Outrun::distance))
            .map(
                own ->
                    versions(laws, own)
                        .filter(later -> isLater(later, own))
                        .anyMatch(
                            later ->
                                seconds(laws, own, typical.get())
                                    > MUCH * seconds(laws, later, typical.get())))
            .orElse(false);
  }

  // The same kernel in all versions, for any size of heads.
  private static Stream<Cell> versions(GpuLaws laws, Cell cell) {
    return laws.cells().stream()
        .filter(other -> other.key().op() == cell.key().op())
        .filter(other -> other.key().engine().equals(cell.key().engine()))
        .filter(other -> other.key().kernel().equals(cell.key().kernel()))
        .filter(other -> other.key().format() == cell.key().format())
        .filter(other -> other.key().cache() == cell.key().cache());
  }

  private static boolean isLater(Cell later, Cell cell) {
    return later.key().variant().equals(cell.key().variant())
        && VERSIONS.compare(later.key().version(), cell.key().version()) > 0;
  }

  // From the typical operations' heads, in octaves.
  private static double distance(Cell cell) {
    double size = cell.key().variant().getOrDefault("headSize", HEAD_SIZE);
    double group = cell.key().variant().getOrDefault("group", HEADS);
    return Math.abs(StrictMath.log(size / HEAD_SIZE)) + Math.abs(StrictMath.log(group / HEADS));
  }

  private static Optional<Op> attention(OpKind kind) {
    return switch (kind) {
      case DECODE_ATTENTION -> Optional.of(new DecodeAttention(64, HEADS, 1, HEAD_SIZE, 4096));
      case PREFILL_ATTENTION ->
          Optional.of(new PrefillAttention(1, 4096, 0, HEADS, 1, HEAD_SIZE, 4096));
      default -> Optional.empty();
    };
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
        .filter(other -> other.key().op() == cell.key().op())
        .filter(other -> other.key().format() == cell.key().format())
        .filter(other -> other.key().cache() == cell.key().cache())
        .anyMatch(other -> own > MUCH * seconds(laws, other, typical));
  }

  @SuppressWarnings("unchecked")
  private static double seconds(GpuLaws laws, Cell cell, Op op) {
    Setting setting = Setting.of(laws.rates(), cell.key().format(), cell.key().cache());
    return ((Law<Op>) cell.law()).seconds(op, setting);
  }
}
