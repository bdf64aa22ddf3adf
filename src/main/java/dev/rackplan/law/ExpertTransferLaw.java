package dev.rackplan.law;

import java.util.List;

/**
 * {@code |t0 + r·ranks, bytes/bw|_p + τ·tokens}: bytes of one rank's copies, its own among them. At
 * p = 1 the start and the copying follow one another.
 *
 * @param startSeconds t0
 * @param secondsPerRank r
 * @param bytesPerSecond bw of one rank's copies
 * @param norm p
 * @param secondsPerToken τ
 */
public record ExpertTransferLaw(
    double startSeconds,
    double secondsPerRank,
    double bytesPerSecond,
    double norm,
    double secondsPerToken)
    implements TransferLaw {

  static final LawForm<ExpertTransfer> FORM =
      new LawForm<>(
          "|t0 + r·ranks, bytes/bw|_p + τ·tokens",
          "bytes of one rank's copies",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 1e-3, 1e-5),
              new Parameter("secondsPerRank", "r", 0, 1e-5, 1e-7),
              new Parameter("bytesPerSecond", "bw", 1e9, 5e12, 2e11),
              new Parameter("norm", "p", 0.7, 8, 1),
              new Parameter("secondsPerToken", "τ", 0, 1e-5, 1e-9)),
          v -> new ExpertTransferLaw(v[0], v[1], v[2], v[3], v[4]));

  /** The same where links carry any bytes at once. */
  @Override
  public ExpertTransferLaw withoutLinks() {
    return new ExpertTransferLaw(
        startSeconds, secondsPerRank, Double.POSITIVE_INFINITY, norm, secondsPerToken);
  }

  @Override
  public double seconds(ExpertTransfer op, Setting setting) {
    return Norm.of(norm, startSeconds + secondsPerRank * op.ranks(), op.bytes() / bytesPerSecond)
        + secondsPerToken * op.tokens();
  }
}
