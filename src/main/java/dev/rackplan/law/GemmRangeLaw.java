package dev.rackplan.law;

import java.util.List;

/**
 * One of the two parts of {@link GemmLaw}: {@code t0 + |2mnk/(ec·F), bytes/(em·W), tk·k|_p +
 * aq·m·k/W}, bytes = weights, BF16 inputs and BF16 outputs.
 *
 * @param startSeconds t0
 * @param computeShare ec, of the datasheet rate
 * @param memoryShare em, of the datasheet bandwidth
 * @param norm p
 * @param secondsPerDepth tk: one block's walk along k
 * @param quantiseBytes aq: bytes moved for each input to quantise it
 */
public record GemmRangeLaw(
    double startSeconds,
    double computeShare,
    double memoryShare,
    double norm,
    double secondsPerDepth,
    double quantiseBytes)
    implements Law<Gemm> {
  /** Bytes moved for each input that is rounded: 16 bits are read, 8 written. */
  public static final double ROUNDING_BYTES = 3;

  private static final double ACTIVATION_BYTES = 2;
  private static final String QUANTISE_BYTES = "quantiseBytes";

  /** Its form, fitted by itself. */
  public static final LawForm<Gemm> FORM =
      new LawForm<>(
          "t0 + |2mnk/(ec·F), bytes/(em·W), tk·k|_p + aq·m·k/W",
          "m rows, n outputs (width), k inputs (depth), F the format's rate, W the HBM bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 5e-5, 3e-6),
              new Parameter("computeShare", "ec", 0.02, 2.4, 0.7),
              new Parameter("memoryShare", "em", 0.02, 1.2, 0.8),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("secondsPerDepth", "tk", 0, 1e-8, 1e-10),
              new Parameter(QUANTISE_BYTES, "aq", 0, 200, 4)),
          v -> new GemmRangeLaw(v[0], v[1], v[2], v[3], v[4], v[5]));

  /** Whether a parameter of either part is aq. */
  static boolean isQuantising(Parameter parameter) {
    return parameter.isOf(QUANTISE_BYTES);
  }

  /**
   * The same with no more than that share of the datasheet rate. Where a fit has more than the
   * whole rate, what its inputs move stood for the rate, and is left out.
   */
  GemmRangeLaw atMost(double most) {
    double moved = computeShare > 1 ? 0 : quantiseBytes;
    return computeShare <= most
        ? this
        : new GemmRangeLaw(startSeconds, most, memoryShare, norm, secondsPerDepth, moved);
  }

  @Override
  public double seconds(Gemm op, Setting setting) {
    double bytes =
        setting.weightBytes() * op.width() * op.depth()
            + ACTIVATION_BYTES * op.rows() * (op.depth() + op.width());
    return startSeconds
        + Norm.of(
            norm,
            2 * op.rows() * op.width() * op.depth() / (computeShare * setting.flopsPerSecond()),
            bytes / (memoryShare * setting.bytesPerSecond()),
            secondsPerDepth * op.depth())
        + quantiseBytes * op.rows() * op.depth() / setting.bytesPerSecond();
  }
}
