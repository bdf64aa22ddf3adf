package dev.rackplan.sensitivity;

import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.List;

/**
 * How a plan stands when each input of its problem is otherwise, one at a time.
 *
 * @param unmoved the plan as it is
 * @param effects those with the largest spread first
 * @param rivals plans of other layouts that it was compared with
 */
public record Sensitivity(
    Problem problem, Plan plan, Moved unmoved, List<InputEffect> effects, int rivals) {
  public Sensitivity {
    effects = List.copyOf(effects);
  }

  /** Whether the plan survives every change. */
  public boolean robust() {
    return unmoved.violations().isEmpty() && effects.stream().allMatch(InputEffect::robust);
  }
}
