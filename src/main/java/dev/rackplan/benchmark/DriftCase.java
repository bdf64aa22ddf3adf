package dev.rackplan.benchmark;

import java.util.List;

/**
 * Ways to go from window to window on one problem.
 *
 * @param problem its name
 * @param windows of routing that it came in
 * @param seeds of its searches
 * @param rows one for each way, in the mean of the seeds; the first never moves
 */
public record DriftCase(String problem, int windows, int seeds, List<DriftRow> rows) {
  public DriftCase {
    rows = List.copyOf(rows);
  }
}
