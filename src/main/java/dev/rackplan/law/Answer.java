package dev.rackplan.law;

import java.util.List;

/**
 * The laws that answer a question: of one kernel, or of several between which the engine tunes, so
 * that the fastest counts.
 *
 * @param laws one or more
 * @param settings the GPU and formats that each is priced in
 * @param cells where each comes from; empty for the flat formula
 * @param provenance how near they are to what was asked
 */
public record Answer(
    List<Law<?>> laws, List<Setting> settings, List<Cell> cells, Provenance provenance) {
  public Answer {
    laws = List.copyOf(laws);
    settings = List.copyOf(settings);
    cells = List.copyOf(cells);
    if (laws.isEmpty() || laws.size() != settings.size()) {
      throw new IllegalArgumentException("an answer has one law or more, a setting for each");
    }
  }

  /** Time of one call in s. */
  @SuppressWarnings("unchecked")
  public double seconds(Op op) {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < laws.size(); i++) {
      least = Math.min(least, ((Law<Op>) laws.get(i)).seconds(op, settings.get(i)));
    }
    return least;
  }

  /** The same where links carry any bytes at once; of transfers only. */
  public Answer withoutLinks() {
    return new Answer(
        laws.stream().<Law<?>>map(law -> ((TransferLaw) law).withoutLinks()).toList(),
        settings,
        cells,
        provenance);
  }

  /** Time of a call that has nothing to do, in s. */
  public double startSeconds() {
    return laws.stream().mapToDouble(Law::startSeconds).min().orElseThrow();
  }
}
