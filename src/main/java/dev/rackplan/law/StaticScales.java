package dev.rackplan.law;

import java.util.List;

/**
 * Products whose inputs are quantised by known scales, because the checkpoint has them: no kernel
 * looks for the largest input first.
 *
 * <p>TensorRT-LLM's FP8 and NVFP4 checkpoints are such; its tables of these products were measured
 * with that search. They start then as the fastest of other engines' products of the same format
 * does, whose tables hold the rounding alone, and move what rounding moves. Checked against the
 * engine's own table of the search: 12.7 - 7.3 = 5.4 µs where others start in 4.8 (H100), 14.2 -
 * 8.3 = 5.9 µs where others start in 5.3 (B200).
 */
final class StaticScales {
  private static final String ENGINE = "trtllm";
  private static final List<KernelFormat> FORMATS = List.of(KernelFormat.FP8, KernelFormat.NVFP4);

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
    return cell.with(
        (parameter, value) ->
            parameter.isStart()
                ? leastStart(laws, cell, parameter)
                : GemmRangeLaw.isQuantising(parameter)
                    ? Math.min(value, GemmRangeLaw.ROUNDING_BYTES)
                    : value);
  }

  // Of all engines' products of the format, its own among them.
  private static double leastStart(GpuLaws laws, Cell cell, Parameter start) {
    int place = cell.key().op().form().parameters().indexOf(start);
    return laws.cells().stream()
        .filter(other -> other.key().op() == cell.key().op())
        .filter(other -> other.key().format() == cell.key().format())
        .mapToDouble(other -> other.parameters().get(place))
        .min()
        .orElseThrow();
  }
}
