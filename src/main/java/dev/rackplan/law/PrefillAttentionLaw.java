package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |4·b·H·(d+d0)·(pairs + a·q + a²)/(ef·F), bytes/(em·W), y·q|_p + tb·b·q·H·d}, bytes =
 * queries and outputs in BF16, keys and values of the cache.
 *
 * @param startSeconds t0
 * @param computeShare ef
 * @param memoryShare em
 * @param norm p
 * @param secondsPerQuery y: one block's walk
 * @param secondsPerElement tb, for each element of the queries
 * @param tile a: edge of the tile that the mask's border is filled up with
 * @param softmaxElements d0: a score's softmax, in elements of a head
 */
public record PrefillAttentionLaw(
    double startSeconds,
    double computeShare,
    double memoryShare,
    double norm,
    double secondsPerQuery,
    double secondsPerElement,
    double tile,
    double softmaxElements)
    implements Law<PrefillAttention> {
  private static final double ACTIVATION_BYTES = 2;

  static final LawForm<PrefillAttention> FORM =
      new LawForm<>(
          "t0 + |4·b·H·(d+d0)·(pairs + a·q + a²)/(ef·F), bytes/(em·W), y·q|_p + tb·b·q·H·d",
          "b sequences, q queries, H heads, d elements of a head, F the format's rate, W the HBM"
              + " bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 1e-3, 8e-6),
              new Parameter("computeShare", "ef", 0.01, 1.2, 0.5),
              new Parameter("memoryShare", "em", 0.01, 1.2, 0.7),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("secondsPerQuery", "y", 0, 1e-6, 1e-9),
              new Parameter("secondsPerElement", "tb", 0, 1e-9, 1e-13),
              new Parameter("tile", "a", 0, 1024, 64),
              new Parameter("softmaxElements", "d0", 0, 1024, 16)),
          v -> new PrefillAttentionLaw(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]));

  @Override
  public double seconds(PrefillAttention op, Setting setting) {
    double pairs = op.pairs() + tile * op.queries() + tile * tile;
    double elements = op.sequences() * op.queries() * op.heads() * op.headSize();
    double bytes =
        2 * ACTIVATION_BYTES * elements
            + 2
                * op.sequences()
                * (op.queries() + Math.min(op.prefix(), op.window()))
                * op.kvHeads()
                * op.headSize()
                * setting.cacheBytes();
    return startSeconds
        + Norm.of(
            norm,
            4
                * op.sequences()
                * op.heads()
                * (op.headSize() + softmaxElements)
                * pairs
                / (computeShare * setting.flopsPerSecond()),
            bytes / (memoryShare * setting.bytesPerSecond()),
            secondsPerQuery * op.queries())
        + secondsPerElement * elements;
  }
}
