package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |2·b·H·(dk+dv)·(pairs + a·q + a²)/(ef·F), bytes/(em·W), y·q|_p + tb·b·q·H}, bytes =
 * expanded queries, keys, values and outputs in BF16.
 *
 * @param startSeconds t0
 * @param computeShare ef
 * @param memoryShare em
 * @param norm p
 * @param secondsPerQuery y
 * @param secondsPerHead tb, for each query and head
 * @param tile a
 */
public record LatentPrefillLaw(
    double startSeconds,
    double computeShare,
    double memoryShare,
    double norm,
    double secondsPerQuery,
    double secondsPerHead,
    double tile)
    implements Law<LatentPrefill> {
  private static final double ACTIVATION_BYTES = 2;

  static final LawForm<LatentPrefill> FORM =
      new LawForm<>(
          "t0 + |2·b·H·(dk+dv)·(pairs + a·q + a²)/(ef·F), bytes/(em·W), y·q|_p + tb·b·q·H",
          "b sequences, q queries, H heads, dk and dv elements of a key and a value, F the format's"
              + " rate, W the HBM bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 2e-3, 1e-5),
              new Parameter("computeShare", "ef", 0.02, 1.2, 0.5),
              new Parameter("memoryShare", "em", 0.02, 1.2, 0.7),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("secondsPerQuery", "y", 0, 1e-6, 1e-9),
              new Parameter("secondsPerHead", "tb", 0, 1e-8, 1e-11),
              new Parameter("tile", "a", 0, 1024, 64)),
          v -> new LatentPrefillLaw(v[0], v[1], v[2], v[3], v[4], v[5], v[6]));

  @Override
  public double seconds(LatentPrefill op, Setting setting) {
    double pairs = pairs(op) + tile * op.queries() + tile * tile;
    double size = op.keySize() + op.valueSize();
    double tokens = op.sequences() * (2 * op.queries() + op.prefix());
    return startSeconds
        + Norm.of(
            norm,
            2
                * op.sequences()
                * op.heads()
                * size
                * pairs
                / (computeShare * setting.flopsPerSecond()),
            ACTIVATION_BYTES
                * tokens
                * op.heads()
                * size
                / (memoryShare * setting.bytesPerSecond()),
            secondsPerQuery * op.queries())
        + secondsPerHead * op.sequences() * op.queries() * op.heads();
  }

  static double pairs(LatentPrefill op) {
    return PrefillAttention.pairs(op.queries(), op.prefix(), Double.POSITIVE_INFINITY);
  }
}
