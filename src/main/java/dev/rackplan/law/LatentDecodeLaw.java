package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |(r+rope)·b·S·κ/(em·W), 2·(2r+rope)·b·hypot(H,h0)·S/(ef·F16), y·S|_p + tb·b·H}.
 *
 * @param startSeconds t0
 * @param memoryShare em
 * @param computeShare ef, of the BF16 rate
 * @param norm p
 * @param tileHeads h0: heads that a tile is filled up with
 * @param secondsPerKey y
 * @param secondsPerHead tb, for each sequence and head
 */
public record LatentDecodeLaw(
    double startSeconds,
    double memoryShare,
    double computeShare,
    double norm,
    double tileHeads,
    double secondsPerKey,
    double secondsPerHead)
    implements Law<LatentDecode> {

  static final LawForm<LatentDecode> FORM =
      new LawForm<>(
          List.of(
              new Parameter("startSeconds", 5e-7, 1e-3, 8e-6),
              new Parameter("memoryShare", 0.02, 1.2, 0.7),
              new Parameter("computeShare", 0.02, 1.2, 0.5),
              new Parameter("norm", 0.7, 8, 2),
              new Parameter("tileHeads", 0, 128, 16),
              new Parameter("secondsPerKey", 0, 1e-7, 1e-10),
              new Parameter("secondsPerHead", 0, 1e-7, 1e-10)),
          v -> new LatentDecodeLaw(v[0], v[1], v[2], v[3], v[4], v[5], v[6]));

  @Override
  public double seconds(LatentDecode op, Setting setting) {
    return startSeconds
        + Norm.of(
            norm,
            readBytes(op, setting) / (memoryShare * setting.bytesPerSecond()),
            flops(op, Math.hypot(op.heads(), tileHeads))
                / (computeShare * setting.bf16FlopsPerSecond()),
            secondsPerKey * op.keys())
        + secondsPerHead * op.sequences() * op.heads();
  }

  static double readBytes(LatentDecode op, Setting setting) {
    return (op.latentRank() + op.ropeSize()) * op.sequences() * op.keys() * setting.cacheBytes();
  }

  static double flops(LatentDecode op, double heads) {
    return 2 * (2 * op.latentRank() + op.ropeSize()) * op.sequences() * heads * op.keys();
  }
}
