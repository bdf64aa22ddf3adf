package dev.rackplan.law;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Products whose inputs an engine quantises inside the kernel before, because the checkpoint has
 * the scales: no kernel looks for the largest input, and none of its own rounds them.
 *
 * <p>TensorRT-LLM's FP8 and NVFP4 checkpoints are such; its tables of these products were measured
 * with both kernels. Their start is then the one of 16-bit products, and no bytes are moved to
 * quantise. Source: the engine's fused norms, attention outputs and activation functions. Checked
 * against its tables of these two kernels: 12.7 - 7.3 - 1.4 = 4.0 µs where 16-bit products start in
 * 2.9 (H100), 14.2 - 8.3 - 2.1 = 3.8 µs where they start in 2.2 (B200).
 */
final class StaticScales {
  private static final String ENGINE = "trtllm";
  private static final List<KernelFormat> FORMATS = List.of(KernelFormat.FP8, KernelFormat.NVFP4);

  private StaticScales() {}

  /** A GPU's laws, those products' without quantising. */
  static GpuLaws used(GpuLaws laws) {
    List<Cell> cells = new ArrayList<>();
    for (Cell cell : laws.cells()) {
      Optional<Cell> wide = quantisesBefore(cell) ? wide(laws, cell) : Optional.empty();
      cells.add(wide.map(product -> unquantised(cell, product)).orElse(cell));
    }
    return new GpuLaws(
        laws.gpu(), laws.generation(), laws.rates(), laws.source(), laws.date(), cells);
  }

  private static boolean quantisesBefore(Cell cell) {
    CellKey key = cell.key();
    return key.op() == OpKind.GEMM && key.engine().equals(ENGINE) && FORMATS.contains(key.format());
  }

  // The engine's product of 16-bit operands in the same release.
  private static Optional<Cell> wide(GpuLaws laws, Cell cell) {
    return laws.cells().stream()
        .filter(
            other ->
                other.key().op() == OpKind.GEMM
                    && other.key().engine().equals(ENGINE)
                    && other.key().version().equals(cell.key().version())
                    && other.key().format() == KernelFormat.BF16)
        .findFirst();
  }

  private static Cell unquantised(Cell cell, Cell wide) {
    List<Parameter> form = cell.key().op().form().parameters();
    List<Double> changed = new ArrayList<>(cell.parameters());
    for (int i = 0; i < changed.size(); i++) {
      if (form.get(i).isStart()) {
        changed.set(i, Math.min(changed.get(i), wide.parameters().get(i)));
      } else if (GemmRangeLaw.isQuantising(form.get(i))) {
        changed.set(i, 0.0);
      }
    }
    return new Cell(
        cell.key(), changed, cell.rows(), cell.fittedRows(), cell.error(), cell.shapesLeftOut());
  }
}
