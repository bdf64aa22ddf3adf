package dev.rackplan.accuracy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether the model says which runs of a source run out of memory.
 *
 * @param source in the file's words
 * @param ranOut runs that did
 * @param found those of them that are said to
 * @param ran runs that did not
 * @param falseAlarms those of them that are said to
 */
public record MemoryVerdicts(String source, int ranOut, int found, int ran, int falseAlarms) {
  /** Share of all runs that are told right, in [0, 1]. */
  public double right() {
    return (double) (found + ran - falseAlarms) / (ranOut + ran);
  }

  /** Of priced rows, by source: those sources of which some runs ran out. */
  static List<MemoryVerdicts> of(List<TrainingResult.Predicted> rows) {
    Map<String, List<TrainingResult.Predicted>> bySource = new TreeMap<>();
    rows.forEach(
        row -> bySource.computeIfAbsent(row.row().source(), key -> new ArrayList<>()).add(row));
    List<MemoryVerdicts> verdicts = new ArrayList<>();
    bySource.forEach((source, own) -> verdicts.add(of(source, own)));
    verdicts.removeIf(verdict -> verdict.ranOut() == 0);
    return verdicts;
  }

  private static MemoryVerdicts of(String source, List<TrainingResult.Predicted> rows) {
    int ranOut = 0;
    int found = 0;
    int falseAlarms = 0;
    for (TrainingResult.Predicted row : rows) {
      ranOut += row.row().ranOut() ? 1 : 0;
      found += row.row().ranOut() && row.outOfMemory() ? 1 : 0;
      falseAlarms += !row.row().ranOut() && row.outOfMemory() ? 1 : 0;
    }
    return new MemoryVerdicts(source, ranOut, found, rows.size() - ranOut, falseAlarms);
  }

  /** Several sources together. */
  public static MemoryVerdicts together(String name, List<MemoryVerdicts> parts) {
    return new MemoryVerdicts(
        name,
        parts.stream().mapToInt(MemoryVerdicts::ranOut).sum(),
        parts.stream().mapToInt(MemoryVerdicts::found).sum(),
        parts.stream().mapToInt(MemoryVerdicts::ran).sum(),
        parts.stream().mapToInt(MemoryVerdicts::falseAlarms).sum());
  }
}
