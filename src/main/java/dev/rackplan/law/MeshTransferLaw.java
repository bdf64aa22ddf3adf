package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |B/ranks/bp, B/bw|_p}, B = bytes of one rank's copies: GPUs joined pair by pair,
 * where the link to one peer can be full while the others are free.
 *
 * @param startSeconds t0
 * @param peerBytesPerSecond bp, of the link to one peer
 * @param bytesPerSecond bw, of all of a rank's links and its memory
 * @param norm p
 */
public record MeshTransferLaw(
    double startSeconds, double peerBytesPerSecond, double bytesPerSecond, double norm)
    implements TransferLaw {

  static final LawForm<ExpertTransfer> FORM =
      new LawForm<>(
          "t0 + |B/ranks/bp, B/bw|_p",
          "B bytes of one rank's copies",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 1e-3, 2e-5),
              new Parameter("peerBytesPerSecond", "bp", 1e9, 1e12, 5e10),
              new Parameter("bytesPerSecond", "bw", 1e9, 2e13, 5e11),
              new Parameter("norm", "p", 0.7, 8, 2)),
          v -> new MeshTransferLaw(v[0], v[1], v[2], v[3]));

  /** The same where links carry any bytes at once. */
  @Override
  public MeshTransferLaw withoutLinks() {
    return new MeshTransferLaw(
        startSeconds, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, norm);
  }

  @Override
  public double seconds(ExpertTransfer op, Setting setting) {
    return startSeconds
        + Norm.of(norm, op.bytes() / op.ranks() / peerBytesPerSecond, op.bytes() / bytesPerSecond);
  }
}
