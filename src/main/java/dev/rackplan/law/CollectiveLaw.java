package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + r·ranks + |s·√n, bytes·(g-1)/g/bw|_p}, n elements over g ranks.
 *
 * @param startSeconds t0
 * @param secondsPerRank r
 * @param secondsPerRoot s, for the square root of the elements: from one kernel to the next
 * @param bytesPerSecond bw
 * @param norm p
 */
public record CollectiveLaw(
    double startSeconds,
    double secondsPerRank,
    double secondsPerRoot,
    double bytesPerSecond,
    double norm)
    implements Law<Collective> {

  static final LawForm<Collective> FORM =
      new LawForm<>(
          "t0 + r·ranks + |s·√n, bytes·(g-1)/g/bw|_p",
          "n elements, g ranks",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 1e-3, 4e-6),
              new Parameter("secondsPerRank", "r", 0, 1e-4, 3e-7),
              new Parameter("secondsPerRoot", "s", 0, 1e-6, 1e-9),
              new Parameter("bytesPerSecond", "bw", 1e9, 5e12, 2e11),
              new Parameter("norm", "p", 0.7, 8, 2)),
          v -> new CollectiveLaw(v[0], v[1], v[2], v[3], v[4]));

  @Override
  public double seconds(Collective op, Setting setting) {
    return startSeconds
        + secondsPerRank * op.ranks()
        + Norm.of(
            norm,
            secondsPerRoot * Math.sqrt(op.elements()),
            op.bytes() * (op.ranks() - 1) / op.ranks() / bytesPerSecond);
  }
}
