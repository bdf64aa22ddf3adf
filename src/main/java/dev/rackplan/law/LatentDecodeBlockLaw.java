package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |2·P·b/(ec·F), P·w/(em·W)|_p + |(r+rope)·b·S·κ/(ea·W), 2·(2r+rope)·b·H·S/(ef·F16)|_p
 * + tb·b·(H+16) + y·S}.
 *
 * @param startSeconds t0
 * @param computeShare ec
 * @param memoryShare em
 * @param norm p
 * @param cacheShare ea, of the bandwidth, for the KV cache
 * @param scoreShare ef, of the BF16 rate
 * @param secondsPerHead tb, for each sequence and head, with 16 heads' worth for what all share
 * @param secondsPerKey y
 */
public record LatentDecodeBlockLaw(
    double startSeconds,
    double computeShare,
    double memoryShare,
    double norm,
    double cacheShare,
    double scoreShare,
    double secondsPerHead,
    double secondsPerKey)
    implements Law<LatentDecodeBlock> {
  private static final double SHARED_HEADS = 16;

  static final LawForm<LatentDecodeBlock> FORM =
      new LawForm<>(
          "t0 + |2·P·b/(ec·F), P·w/(em·W)|_p + |(r+rope)·b·S·κ/(ea·W),"
              + " 2·(2r+rope)·b·H·S/(ef·F16)|_p + tb·b·(H+16) + y·S",
          "P weights, b sequences, H heads, S keys, r elements of the latent, rope of the rotary"
              + " key, w and κ bytes of a weight and a cached element, F and F16 the format's and"
              + " the BF16 rate, W the HBM bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 1e-3, 4e-5),
              new Parameter("computeShare", "ec", 0.02, 1.2, 0.5),
              new Parameter("memoryShare", "em", 0.02, 1.2, 0.7),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("cacheShare", "ea", 0.02, 1.2, 0.7),
              new Parameter("scoreShare", "ef", 0.02, 1.2, 0.5),
              new Parameter("secondsPerHead", "tb", 0, 1e-7, 1e-10),
              new Parameter("secondsPerKey", "y", 0, 1e-7, 1e-10)),
          v -> new LatentDecodeBlockLaw(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]));

  @Override
  public double seconds(LatentDecodeBlock op, Setting setting) {
    LatentDecode core = op.core();
    return startSeconds
        + Norm.of(
            norm,
            2 * op.weights() * core.sequences() / (computeShare * setting.flopsPerSecond()),
            op.weights() * setting.weightBytes() / (memoryShare * setting.bytesPerSecond()))
        + Norm.of(
            norm,
            LatentDecodeLaw.readBytes(core, setting) / (cacheShare * setting.bytesPerSecond()),
            LatentDecodeLaw.flops(core) / (scoreShare * setting.bf16FlopsPerSecond()))
        + secondsPerHead * core.sequences() * (core.heads() + SHARED_HEADS)
        + secondsPerKey * core.keys();
  }
}
