package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |2·n·H·in·out/(ec·F), bytes/(em·W)|_p + aq·n·H·in/W}.
 *
 * @param startSeconds t0
 * @param computeShare ec
 * @param memoryShare em
 * @param norm p
 * @param quantiseBytes aq: bytes moved for each input to quantise it
 */
public record HeadProductLaw(
    double startSeconds, double computeShare, double memoryShare, double norm, double quantiseBytes)
    implements Law<HeadProduct> {
  private static final double ACTIVATION_BYTES = 2;

  static final LawForm<HeadProduct> FORM =
      new LawForm<>(
          "t0 + |2·n·H·in·out/(ec·F), bytes/(em·W)|_p + aq·n·H·in/W",
          "n tokens, H heads, in and out elements of a head, F the format's rate, W the HBM"
              + " bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 1e-3, 4e-6),
              new Parameter("computeShare", "ec", 0.02, 1.2, 0.5),
              new Parameter("memoryShare", "em", 0.02, 1.2, 0.7),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("quantiseBytes", "aq", 0, 200, 4)),
          v -> new HeadProductLaw(v[0], v[1], v[2], v[3], v[4]));

  @Override
  public double seconds(HeadProduct op, Setting setting) {
    double inputs = op.tokens() * op.heads() * op.inputs();
    double outputs = op.tokens() * op.heads() * op.outputs();
    double bytes =
        setting.weightBytes() * op.heads() * op.inputs() * op.outputs()
            + ACTIVATION_BYTES * (inputs + outputs);
    return startSeconds
        + Norm.of(
            norm,
            2 * inputs * op.outputs() / (computeShare * setting.flopsPerSecond()),
            bytes / (memoryShare * setting.bytesPerSecond()))
        + quantiseBytes * inputs / setting.bytesPerSecond();
  }
}
