package dev.rackplan.cost;

import dev.rackplan.problem.Precision;

/** Training: time of weights that every token uses, divided over an attention rank's GPUs. */
public final class DenseTime {
  private DenseTime() {}

  /**
   * {@code max(2·P·n/(t·F·ηc), P·w/(t·W·ηm))}.
   *
   * @param parameters weights P in elements
   * @param tokens tokens n of the fullest attention rank that pass them
   * @param degree GPUs t of one attention rank
   */
  public static Roof of(
      double parameters, Precision precision, StageShape shape, double tokens, int degree) {
    return TrainingMixerTime.slowest(
        shape,
        precision,
        2 * parameters * tokens / degree,
        parameters * precision.weights().bytes() / degree);
  }
}
