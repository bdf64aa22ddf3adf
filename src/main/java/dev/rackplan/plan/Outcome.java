package dev.rackplan.plan;

import java.util.List;
import java.util.Optional;

/**
 * What the search found.
 *
 * @param plan the best plan; empty where no layout fits
 * @param others the best plans of other layouts that keep every limit, best first
 * @param layoutsTried every layout looked at, with the reason it lost
 * @param front tokens/s per GPU against TPOT or TTFT over all plans found, the quickest first
 * @param remedies where no layout fits: what would, each as small a change as does
 * @param moves scored moves of all expert searches together
 */
public record Outcome(
    Optional<Plan> plan,
    List<Plan> others,
    List<LayoutTrial> layoutsTried,
    List<FrontPoint> front,
    List<String> remedies,
    long moves) {
  public Outcome {
    others = List.copyOf(others);
    layoutsTried = List.copyOf(layoutsTried);
    front = List.copyOf(front);
    remedies = List.copyOf(remedies);
  }
}
