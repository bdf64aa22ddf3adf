package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Products of activations with a weight matrix.
 *
 * <p>A tuner's rows ({@code current}) each name the kernel that was the fastest there, so the
 * kernel does not keep cells apart; how the weights are laid out does.
 */
final class GemmRows implements OpTable {
  private static final String CURRENT = "current";

  @Override
  public Set<String> tables() {
    return Set.of("gemm");
  }

  @Override
  public List<String> keyColumns() {
    return List.of("gemm_dtype", "m", "n", "k", "out_dtype", "bias");
  }

  @Override
  public List<MeasuredRow> read(TableRow row) throws SkippedRowException {
    KernelFormat format = row.format("gemm_dtype");
    if (row.engine().equals("vllm") && format == KernelFormat.FP8_BLOCK) {
      throw new SkippedRowException(RowSkip.EAGER);
    }
    if (!row.is(CURRENT, true)) {
      throw new SkippedRowException(RowSkip.NOT_CURRENT);
    }
    Gemm op = new Gemm(row.size("m"), row.size("n"), row.size("k"));
    double seconds = row.milliseconds("latency");
    row.belowPeak(2 * op.rows() * op.width() * op.depth(), seconds, format);
    return List.of(row.measured(key(row, format), op, seconds));
  }

  private static CellKey key(TableRow row, KernelFormat format) {
    if (!row.table().has(CURRENT)) {
      return row.key(OpKind.GEMM, format, format, new TreeMap<>());
    }
    String kernel = row.is("shuffled", false) ? "preshuffled" : "plain";
    return new CellKey(OpKind.GEMM, row.engine(), "", format, format, kernel, new TreeMap<>());
  }
}
