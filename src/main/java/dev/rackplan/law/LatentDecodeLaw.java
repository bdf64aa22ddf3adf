package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |(r+rope)·b·(S+s0)·κ/(em·W), 2·(2r+rope)·b·hypot(H,h0)·(S+s0)/(ef·F16)|_p + y·S/(1 +
 * S/sc) + tb·b·H}.
 *
 * @param startSeconds t0
 * @param memoryShare em
 * @param computeShare ef, of the BF16 rate
 * @param norm p
 * @param tileHeads h0: heads that a tile is filled up with
 * @param tileKeys s0: keys that a tile is filled up with
 * @param secondsPerKey y: one block's walk along the keys
 * @param keysAtHalf sc: keys at which half of the walk is given to other blocks
 * @param secondsPerHead tb, for each sequence and head
 */
public record LatentDecodeLaw(
    double startSeconds,
    double memoryShare,
    double computeShare,
    double norm,
    double tileHeads,
    double tileKeys,
    double secondsPerKey,
    double keysAtHalf,
    double secondsPerHead)
    implements Law<LatentDecode> {

  static final LawForm<LatentDecode> FORM =
      new LawForm<>(
          "t0 + |(r+rope)·b·(S+s0)·κ/(em·W), 2·(2r+rope)·b·hypot(H,h0)·(S+s0)/(ef·F16)|_p + y·S/(1"
              + " + S/sc) + tb·b·H",
          "b sequences, H heads, S keys, r elements of the latent, rope of the rotary key, κ bytes"
              + " of a cached element, F16 the BF16 rate, W the HBM bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 2e-3, 8e-6),
              new Parameter("memoryShare", "em", 0.02, 1.2, 0.7),
              new Parameter("computeShare", "ef", 0.02, 1.2, 0.5),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("tileHeads", "h0", 0, 512, 16),
              new Parameter("tileKeys", "s0", 0, 2048, 16),
              new Parameter("secondsPerKey", "y", 0, 1e-6, 1e-9),
              new Parameter("keysAtHalf", "sc", 1, 1e7, 1000),
              new Parameter("secondsPerHead", "tb", 0, 1e-7, 1e-10)),
          v -> new LatentDecodeLaw(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]));

  @Override
  public double seconds(LatentDecode op, Setting setting) {
    LatentDecode tiled =
        new LatentDecode(
            op.sequences(),
            Math.hypot(op.heads(), tileHeads),
            op.keys() + tileKeys,
            op.latentRank(),
            op.ropeSize());
    return startSeconds
        + Norm.of(
            norm,
            readBytes(tiled, setting) / (memoryShare * setting.bytesPerSecond()),
            flops(tiled) / (computeShare * setting.bf16FlopsPerSecond()))
        + secondsPerKey * op.keys() / (1 + op.keys() / keysAtHalf)
        + secondsPerHead * op.sequences() * op.heads();
  }

  static double readBytes(LatentDecode op, Setting setting) {
    return (op.latentRank() + op.ropeSize()) * op.sequences() * op.keys() * setting.cacheBytes();
  }

  static double flops(LatentDecode op) {
    return 2 * (2 * op.latentRank() + op.ropeSize()) * op.sequences() * op.heads() * op.keys();
  }
}
