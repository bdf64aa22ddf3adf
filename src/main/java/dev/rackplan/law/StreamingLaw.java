package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |bytes/(em·W), y·steps|_p}.
 *
 * @param startSeconds t0
 * @param memoryShare em
 * @param norm p
 * @param secondsPerStep y
 */
public record StreamingLaw(
    double startSeconds, double memoryShare, double norm, double secondsPerStep)
    implements Law<Streaming> {

  static final LawForm<Streaming> FORM =
      new LawForm<>(
          "t0 + |bytes/(em·W), y·steps|_p",
          "W the HBM bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 1e-7, 1e-3, 3e-6),
              new Parameter("memoryShare", "em", 0.005, 1.2, 0.7),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("secondsPerStep", "y", 0, 1e-4, 1e-7)),
          v -> new StreamingLaw(v[0], v[1], v[2], v[3]));

  @Override
  public double seconds(Streaming op, Setting setting) {
    return startSeconds
        + Norm.of(
            norm,
            op.bytes() / (memoryShare * setting.bytesPerSecond()),
            secondsPerStep * op.steps());
  }
}
