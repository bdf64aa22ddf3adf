package dev.rackplan.solver;

import dev.rackplan.plan.Plan;
import java.util.List;
import java.util.Optional;

/**
 * What the search found.
 *
 * @param plan the best plan; empty where no layout fits
 * @param layoutsTried every layout looked at, with the reason it lost
 * @param moves scored moves of all expert searches together
 */
public record SolveOutcome(Optional<Plan> plan, List<LayoutTrial> layoutsTried, long moves) {
  public SolveOutcome {
    layoutsTried = List.copyOf(layoutsTried);
  }
}
