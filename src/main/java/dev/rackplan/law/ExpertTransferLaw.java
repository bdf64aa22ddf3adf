package dev.rackplan.law;

import java.util.List;

/**
 * {@code |t0 + r·ranks, bytes·(1 + s/SMs)/bw|_p + τ·tokens·copies}: bytes of one rank's copies, its
 * own among them. At p = 1 the start and the copying follow one another.
 *
 * @param startSeconds t0
 * @param secondsPerRank r
 * @param bytesPerSecond bw of one rank's copies
 * @param norm p
 * @param processors s: at how many multiprocessors copying is half as fast as with all
 * @param secondsPerCopy τ
 */
public record ExpertTransferLaw(
    double startSeconds,
    double secondsPerRank,
    double bytesPerSecond,
    double norm,
    double processors,
    double secondsPerCopy)
    implements Law<ExpertTransfer> {

  static final LawForm<ExpertTransfer> FORM =
      new LawForm<>(
          List.of(
              new Parameter("startSeconds", 5e-7, 1e-3, 1e-5),
              new Parameter("secondsPerRank", 0, 1e-5, 1e-8),
              new Parameter("bytesPerSecond", 1e9, 5e12, 2e11),
              new Parameter("norm", 0.7, 8, 1),
              new Parameter("processors", 0, 100, 4),
              new Parameter("secondsPerCopy", 0, 1e-6, 1e-10)),
          v -> new ExpertTransferLaw(v[0], v[1], v[2], v[3], v[4], v[5]));

  /** The same where links carry any bytes at once. */
  public ExpertTransferLaw withoutLinks() {
    return new ExpertTransferLaw(
        startSeconds, secondsPerRank, Double.POSITIVE_INFINITY, norm, processors, secondsPerCopy);
  }

  @Override
  public double seconds(ExpertTransfer op, Setting setting) {
    double slowdown = op.processors() == 0 ? 1 : 1 + processors / op.processors();
    return Norm.of(
            norm,
            startSeconds + secondsPerRank * op.ranks(),
            op.bytes() * slowdown / bytesPerSecond)
        + secondsPerCopy * op.tokens() * op.copies();
  }
}
