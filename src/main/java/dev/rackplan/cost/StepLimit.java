package dev.rackplan.cost;

import dev.rackplan.problem.Problem;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** The problem's limit on TPOT or TTFT. */
public final class StepLimit {
  private StepLimit() {}

  /** By how much {@code stepSeconds} (TPOT or TTFT in s) is beyond the limit; empty where not. */
  public static Optional<String> fault(Problem problem, double stepSeconds) {
    OptionalDouble limit = problem.limits().stepSeconds(problem.workload().phase());
    return limit.isEmpty() || stepSeconds <= limit.getAsDouble()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%s: %.2f ms, limit %.2f ms: %.2f ms too long",
                problem.workload().phase().stepName(),
                stepSeconds * 1e3,
                limit.getAsDouble() * 1e3,
                (stepSeconds - limit.getAsDouble()) * 1e3));
  }
}
