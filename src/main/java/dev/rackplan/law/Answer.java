package dev.rackplan.law;

import java.util.List;
import java.util.Optional;

/**
 * The laws that answer a question: of one kernel, or of several between which the engine tunes, so
 * that the fastest counts.
 *
 * @param laws one or more
 * @param settings the GPU and formats that each is priced in
 * @param cells where each comes from; empty for the flat formula
 * @param table the laws that the cells are of; empty for the flat formula
 * @param provenance how near they are to what was asked
 */
public record Answer(
    List<Law<?>> laws,
    List<Setting> settings,
    List<Cell> cells,
    Optional<GpuLaws> table,
    Provenance provenance) {
  public Answer {
    laws = List.copyOf(laws);
    settings = List.copyOf(settings);
    cells = List.copyOf(cells);
    if (laws.isEmpty() || laws.size() != settings.size()) {
      throw new IllegalArgumentException("an answer has one law or more, a setting for each");
    }
  }

  /** Time of one call in s. */
  public double seconds(Op op) {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < laws.size(); i++) {
      least = Math.min(least, seconds(i, op));
    }
    return least;
  }

  /** Position of the law that counts: the fastest, the first of equals. */
  public int fastest(Op op) {
    int fastest = 0;
    for (int i = 1; i < laws.size(); i++) {
      fastest = seconds(i, op) < seconds(fastest, op) ? i : fastest;
    }
    return fastest;
  }

  @SuppressWarnings("unchecked")
  private double seconds(int law, Op op) {
    return ((Law<Op>) laws.get(law)).seconds(op, settings.get(law));
  }

  /** The same where links carry any bytes at once; of transfers only. */
  public Answer withoutLinks() {
    return new Answer(
        laws.stream().<Law<?>>map(law -> ((TransferLaw) law).withoutLinks()).toList(),
        settings,
        cells,
        table,
        provenance);
  }

  /** The same with no more than that share of the datasheet rate; of products only. */
  public Answer withProductsAtMost(double computeShare) {
    return new Answer(
        laws.stream().<Law<?>>map(law -> ((GemmLaw) law).atMost(computeShare)).toList(),
        settings,
        cells,
        table,
        provenance);
  }

  /** Time of a call that has nothing to do, in s. */
  public double startSeconds() {
    return laws.stream().mapToDouble(Law::startSeconds).min().orElseThrow();
  }
}
