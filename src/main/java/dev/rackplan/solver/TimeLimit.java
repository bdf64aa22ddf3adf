package dev.rackplan.solver;

import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** The problem's limit on TPOT or TTFT. */
final class TimeLimit {
  private TimeLimit() {}

  /** By how much {@code stepSeconds} (TPOT or TTFT in s) is beyond the limit; empty where not. */
  static Optional<String> fault(Problem problem, double stepSeconds) {
    boolean decode = problem.workload().phase() == Phase.DECODE;
    OptionalDouble limit = problem.limits().stepSeconds(problem.workload().phase());
    if (limit.isEmpty() || stepSeconds <= limit.getAsDouble()) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%s %.2f ms, limit %.2f ms: %.2f ms too long",
            decode ? "TPOT" : "TTFT",
            stepSeconds * 1e3,
            limit.getAsDouble() * 1e3,
            (stepSeconds - limit.getAsDouble()) * 1e3));
  }
}
