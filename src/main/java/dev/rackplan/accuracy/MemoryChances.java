package dev.rackplan.accuracy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Runs that are said to run out of memory with about the same chance, and how many did. Chances
 * come from runs whose memory was measured; runs that ran out took no part in them.
 *
 * @param least said chance, 0 to 1
 * @param most likewise; below it, except 1
 * @param runs how many
 * @param said mean of their chances
 * @param ranOut how many did
 */
public record MemoryChances(double least, double most, int runs, double said, int ranOut) {
  private static final List<Double> ENDS = List.of(0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0);

  /** Of rows of the sources of which some ran out; steps of chance without a run are left out. */
  static List<MemoryChances> of(List<TrainingResult.Predicted> rows) {
    Set<String> sources =
        MemoryVerdicts.of(rows).stream().map(MemoryVerdicts::source).collect(Collectors.toSet());
    List<TrainingResult.Predicted> known =
        rows.stream()
            .filter(row -> sources.contains(row.row().source()))
            .filter(row -> row.memory().chanceBeyond().isPresent())
            .toList();
    List<MemoryChances> chances = new ArrayList<>();
    for (int e = 1; e < ENDS.size(); e++) {
      MemoryChances step = of(known, ENDS.get(e - 1), ENDS.get(e));
      if (step.runs() > 0) {
        chances.add(step);
      }
    }
    return chances;
  }

  private static MemoryChances of(List<TrainingResult.Predicted> rows, double least, double most) {
    int runs = 0;
    double said = 0;
    int ranOut = 0;
    for (TrainingResult.Predicted row : rows) {
      double chance = row.memory().chanceBeyond().orElseThrow();
      if (chance >= least && (chance < most || most == 1)) {
        runs++;
        said += chance;
        ranOut += row.row().ranOut() ? 1 : 0;
      }
    }
    return new MemoryChances(least, most, runs, said / Math.max(1, runs), ranOut);
  }
}
