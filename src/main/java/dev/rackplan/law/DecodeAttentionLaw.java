package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |2·b·g·d·(S+s0)·κ/(em·W), 4·b·H·d·(S+s0)/(ef·F16), y·S/(1 + S/sc)|_p + x·b·g +
 * tb·b·H·d}.
 *
 * @param startSeconds t0
 * @param memoryShare em
 * @param computeShare ef, of the BF16 rate
 * @param norm p
 * @param tileKeys s0: keys that a tile is filled up with
 * @param secondsPerKey y: one block's walk along the keys
 * @param keysAtHalf sc: keys at which half of the walk is given to other blocks
 * @param secondsPerGroup x, for each sequence and key-value head
 * @param secondsPerElement tb, for each element of the queries
 */
public record DecodeAttentionLaw(
    double startSeconds,
    double memoryShare,
    double computeShare,
    double norm,
    double tileKeys,
    double secondsPerKey,
    double keysAtHalf,
    double secondsPerGroup,
    double secondsPerElement)
    implements Law<DecodeAttention> {

  static final LawForm<DecodeAttention> FORM =
      new LawForm<>(
          "t0 + |2·b·g·d·(S+s0)·κ/(em·W), 4·b·H·d·(S+s0)/(ef·F16), y·S/(1 + S/sc)|_p + x·b·g +"
              + " tb·b·H·d",
          "b sequences, H heads, g key-value heads, d elements of a head, S keys, κ bytes of a"
              + " cached element, F16 the BF16 rate, W the HBM bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 1e-3, 5e-6),
              new Parameter("memoryShare", "em", 0.01, 1.2, 0.8),
              new Parameter("computeShare", "ef", 0.001, 1.2, 0.3),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("tileKeys", "s0", 0, 4096, 64),
              new Parameter("secondsPerKey", "y", 0, 1e-7, 1e-9),
              new Parameter("keysAtHalf", "sc", 1, 1e7, 1000),
              new Parameter("secondsPerGroup", "x", 0, 1e-5, 1e-9),
              new Parameter("secondsPerElement", "tb", 0, 1e-9, 1e-13)),
          v -> new DecodeAttentionLaw(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]));

  @Override
  public double seconds(DecodeAttention op, Setting setting) {
    double keys = op.keys() + tileKeys;
    double groups = op.sequences() * op.kvHeads();
    double elements = op.sequences() * op.heads() * op.headSize();
    return startSeconds
        + Norm.of(
            norm,
            2
                * groups
                * op.headSize()
                * keys
                * setting.cacheBytes()
                / (memoryShare * setting.bytesPerSecond()),
            4 * elements * keys / (computeShare * setting.bf16FlopsPerSecond()),
            secondsPerKey * op.keys() / (1 + op.keys() / keysAtHalf))
        + secondsPerGroup * groups
        + secondsPerElement * elements;
  }
}
