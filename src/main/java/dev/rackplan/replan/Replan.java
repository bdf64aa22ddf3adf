package dev.rackplan.replan;

import java.util.List;
import java.util.Optional;

/**
 * What was found.
 *
 * @param curve plans by bytes moved, each faster than those before; the first has the forced
 *     changes only
 * @param fresh searched without regard to what runs, then relabelled as all are
 * @param freshUnlabelledBytes what that would move if it were not relabelled
 * @param chosen the plan to take; empty where none keeps the limits
 */
public record Replan(
    List<ReplanPoint> curve,
    ReplanPoint fresh,
    double freshUnlabelledBytes,
    Optional<ReplanPoint> chosen) {
  public Replan {
    curve = List.copyOf(curve);
  }
}
