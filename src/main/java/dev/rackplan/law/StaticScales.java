package dev.rackplan.law;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleBiFunction;

/**
 * Products whose inputs are quantised by known scales, because the checkpoint has them: no kernel
 * looks for the largest input first.
 *
 * <p>TensorRT-LLM's FP8 and NVFP4 checkpoints are such; its tables of these products were measured
 * with that search. Where the same version's tables hold the search and the rounding alone (FP8),
 * the product starts that much sooner and moves what its own rounding moves: 14.9 - 6.8 = 8.1 µs
 * and 4.3 bytes an input in 1.2.0rc5 on H100, 12.7 - 7.1 = 5.6 µs and 3 bytes in 1.3.0rc20. Else it
 * starts as the fastest of other engines' products of the format does, whose tables hold the
 * rounding alone, and moves what rounding moves.
 */
final class StaticScales {
  private static final String ENGINE = "trtllm";
  private static final List<KernelFormat> FORMATS = List.of(KernelFormat.FP8, KernelFormat.NVFP4);
  // Tables of AIConfigurator: the search for a scale, the rounding by a given one.
  private static final String SEARCH = "computescale";
  private static final String ROUNDING = "scale_matrix";
  // Of a prompt's product.
  private static final double TOKENS = 8192;
  private static final double DEPTH = 8192;

  private StaticScales() {}

  /** A GPU's laws, those products' without the search. */
  static GpuLaws used(GpuLaws laws) {
    return laws.with(cell -> searches(cell) ? rounded(laws, cell) : cell);
  }

  private static boolean searches(Cell cell) {
    CellKey key = cell.key();
    return key.op() == OpKind.GEMM && key.engine().equals(ENGINE) && FORMATS.contains(key.format());
  }

  private static Cell rounded(GpuLaws laws, Cell cell) {
    Optional<StreamingLaw> search = own(laws, cell, SEARCH);
    Optional<StreamingLaw> rounding = own(laws, cell, ROUNDING);
    if (search.isPresent() && rounding.isPresent()) {
      double saved = search.get().startSeconds();
      double bytes = bytes(laws, rounding.get());
      return rounded(
          cell, (start, value) -> Math.max(rounding.get().startSeconds(), value - saved), bytes);
    }
    return rounded(
        cell, (start, value) -> leastStart(laws, cell, start), GemmRangeLaw.ROUNDING_BYTES);
  }

  private static Cell rounded(
      Cell cell, ToDoubleBiFunction<Parameter, Double> starts, double bytes) {
    return cell.with(
        (parameter, value) ->
            parameter.isStart()
                ? starts.applyAsDouble(parameter, value)
                : GemmRangeLaw.isQuantising(parameter) ? Math.min(value, bytes) : value);
  }

  private static Optional<StreamingLaw> own(GpuLaws laws, Cell cell, String table) {
    CellKey key = cell.key();
    return laws.cells().stream()
        .filter(other -> other.key().op() == OpKind.QUANTISE)
        .filter(other -> other.key().engine().equals(key.engine()))
        .filter(other -> other.key().version().equals(key.version()))
        .filter(other -> other.key().format() == key.format())
        .filter(other -> other.key().kernel().startsWith(table))
        .findFirst()
        .map(other -> (StreamingLaw) other.law());
  }

  // Of the peak bandwidth, for each input; fewer than there are if they lay in the cache.
  private static double bytes(GpuLaws laws, StreamingLaw rounding) {
    Setting setting = Setting.of(laws.rates(), KernelFormat.FP8, KernelFormat.FP8);
    Streaming all = new Streaming(GemmRangeLaw.ROUNDING_BYTES * TOKENS * DEPTH, DEPTH);
    double seconds = rounding.seconds(all, setting) - rounding.startSeconds();
    return Math.max(
        GemmRangeLaw.ROUNDING_BYTES, seconds * setting.bytesPerSecond() / (TOKENS * DEPTH));
  }

  // Of all engines' products of the format, its own among them.
  private static double leastStart(GpuLaws laws, Cell cell, Parameter start) {
    int place = cell.key().op().form().parameters().indexOf(start);
    return laws.peers(cell)
        .filter(other -> other.key().format() == cell.key().format())
        .mapToDouble(other -> other.parameters().get(place))
        .min()
        .orElseThrow();
  }
}
