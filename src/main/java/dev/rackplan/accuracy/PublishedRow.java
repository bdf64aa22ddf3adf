package dev.rackplan.accuracy;

import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutRule;
import dev.rackplan.problem.Problem;
import java.util.OptionalDouble;

/**
 * A measured result with the conditions it was measured under.
 *
 * @param id unique, lower case
 * @param kind what was measured
 * @param use whether constants were set by it
 * @param problem model, cluster, workload, precision and engine as published
 * @param layout degrees as published
 * @param placement name of the usual expert placement that stands for the engine's; unused for
 *     dense models
 * @param layoutWords the layout as the source tells it
 * @param assumed conditions that the source leaves open and how they were filled; blank where none
 * @param measured the value, in the unit of {@code kind}; empty for one side of a comparison
 * @param source who measured it
 */
public record PublishedRow(
    String id,
    ResultKind kind,
    RowUse use,
    Problem problem,
    Layout layout,
    String placement,
    String layoutWords,
    String assumed,
    OptionalDouble measured,
    String source) {
  public PublishedRow {
    if (measured.isPresent() == (use == RowUse.ORDER)) {
      throw new IllegalArgumentException("measured belongs to every row but those of use order");
    }
    LayoutRule.firstFault(problem, layout)
        .ifPresent(
            fault -> {
              throw new IllegalArgumentException("layout: " + fault);
            });
    long asked = problem.workload().concurrentSequences().orElse(layout.concurrentSequences());
    if (asked != layout.concurrentSequences()) {
      throw new IllegalArgumentException(
          "layout holds " + layout.concurrentSequences() + " sequences, workload asks " + asked);
    }
  }
}
