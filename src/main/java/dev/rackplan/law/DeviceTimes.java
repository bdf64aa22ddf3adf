package dev.rackplan.law;

import java.util.List;
import java.util.Map;

/**
 * Laws of tables that hold the time of a kernel on the device alone, brought to what a step takes:
 * the gap until the next kernel of a graph starts, and for products in FP8 blocks and 4 bits the
 * kernel that quantises their inputs, which other tables have inside.
 *
 * <p>AMD's tuning files (ROCm/aiter) are such. The gap is <em>assumed</em>, 2.5 µs (2 to 3).
 */
final class DeviceTimes {
  private static final String ENGINE = "aiter";
  private static final double GAP_SECONDS = 2.5e-6;
  // Of fused experts: gate and up, down.
  private static final Map<OpKind, Integer> KERNELS =
      Map.of(OpKind.GEMM, 1, OpKind.EXPERTS, 2, OpKind.RECURRENT_DECODE, 1);
  private static final List<KernelFormat> QUANTISED =
      List.of(KernelFormat.FP8_BLOCK, KernelFormat.MXFP4);

  private DeviceTimes() {}

  /** A GPU's laws, those with what the tables leave out. */
  static GpuLaws completed(GpuLaws laws) {
    return laws.with(DeviceTimes::completed);
  }

  private static Cell completed(Cell cell) {
    CellKey key = cell.key();
    Integer kernels = KERNELS.get(key.op());
    if (kernels == null || !key.engine().equals(ENGINE)) {
      return cell;
    }
    boolean quantised = key.op() == OpKind.GEMM && QUANTISED.contains(key.format());
    double gaps = GAP_SECONDS * (kernels + (quantised ? 1 : 0));
    return cell.with(
        (parameter, value) ->
            parameter.isStart()
                ? value + gaps
                : quantised && GemmRangeLaw.isQuantising(parameter)
                    ? value + GemmRangeLaw.ROUNDING_BYTES
                    : value);
  }
}
