package dev.rackplan.cost;

import dev.rackplan.problem.Precision;

/** Training: time of weights that every token uses, divided over an attention rank's GPUs. */
public final class DenseTime {
  private DenseTime() {}

  /**
   * {@code max(2·P·n/(t·F·ηc), b·P·w/(t·W·ηm))}.
   *
   * @param parameters weights P in elements
   * @param tokens tokens n of the fullest attention rank that pass them
   * @param parts how often b the weights are read
   * @param degree GPUs t of one attention rank
   */
  public static Roof of(
      double parameters,
      Precision precision,
      StageShape shape,
      double tokens,
      int parts,
      int degree) {
    return TrainingMixerTime.slowest(
        shape,
        precision,
        2 * parameters * tokens / degree,
        parts * parameters * precision.weights().bytes() / degree);
  }
}
