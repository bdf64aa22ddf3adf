package dev.rackplan.accuracy;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.function.UnaryOperator;

/**
 * GPUs that serve one phase in one layout.
 *
 * @param problem with the load of the phase
 * @param layout the only one that it allows
 */
public record Deployment(Problem problem, Layout layout) {
  /** The same under other laws. */
  Deployment repriced(UnaryOperator<Problem> laws) {
    return new Deployment(laws.apply(problem), layout);
  }
}
