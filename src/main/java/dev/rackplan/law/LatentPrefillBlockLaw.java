package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |2·P·n/(ec·F), P·w/(em·W)|_p + 2·(dk+dv)·H·b·pairs/(ef·F16) + tb·n·(H+16)}, n = b·q.
 *
 * @param startSeconds t0
 * @param computeShare ec
 * @param memoryShare em
 * @param norm p
 * @param scoreShare ef, of the BF16 rate
 * @param secondsPerHead tb, for each token and head, with 16 heads' worth for what all share
 */
public record LatentPrefillBlockLaw(
    double startSeconds,
    double computeShare,
    double memoryShare,
    double norm,
    double scoreShare,
    double secondsPerHead)
    implements Law<LatentPrefillBlock> {
  private static final double SHARED_HEADS = 16;

  static final LawForm<LatentPrefillBlock> FORM =
      new LawForm<>(
          "t0 + |2·P·n/(ec·F), P·w/(em·W)|_p + 2·(dk+dv)·H·b·pairs/(ef·F16) + tb·n·(H+16)",
          "P weights, b sequences, q queries, H heads, dk and dv elements of a key and a value, w"
              + " bytes of a weight, F and F16 the format's and the BF16 rate, W the HBM bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 2e-3, 8e-5),
              new Parameter("computeShare", "ec", 0.02, 1.2, 0.5),
              new Parameter("memoryShare", "em", 0.02, 1.2, 0.7),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("scoreShare", "ef", 0.02, 1.2, 0.5),
              new Parameter("secondsPerHead", "tb", 0, 1e-7, 1e-10)),
          v -> new LatentPrefillBlockLaw(v[0], v[1], v[2], v[3], v[4], v[5]));

  @Override
  public double seconds(LatentPrefillBlock op, Setting setting) {
    LatentPrefill core = op.core();
    double tokens = core.sequences() * core.queries();
    return startSeconds
        + Norm.of(
            norm,
            2 * op.weights() * tokens / (computeShare * setting.flopsPerSecond()),
            op.weights() * setting.weightBytes() / (memoryShare * setting.bytesPerSecond()))
        + 2
            * (core.keySize() + core.valueSize())
            * core.heads()
            * core.sequences()
            * LatentPrefillLaw.pairs(core)
            / (scoreShare * setting.bf16FlopsPerSecond())
        + secondsPerHead * tokens * (core.heads() + SHARED_HEADS);
  }
}
