package dev.rackplan.cost.operation;

import dev.rackplan.law.Answer;
import dev.rackplan.law.Provenance;
import dev.rackplan.law.RestsOn;

/** Sums up by what the parts of a step are priced. */
public final class SourceTally {
  private double measured;
  private double transferred;
  private double errors;

  /** A part that this law prices, in s; what is never added rests on formulas. */
  public void add(Answer law, double seconds) {
    if (law.provenance() == Provenance.FLAT) {
      return;
    }
    if (law.provenance() == Provenance.OWN) {
      measured += seconds;
    } else {
      transferred += seconds;
    }
    errors += seconds * law.cells().get(0).error().median();
  }

  /** The same, so many times. */
  public void add(SourceTally other, double times) {
    measured += times * other.measured;
    transferred += times * other.transferred;
    errors += times * other.errors;
  }

  /**
   * Shares of parts that take that long together, in s; stages differ a little from their parts.
   */
  public RestsOn of(double seconds) {
    double all = Math.max(seconds, measured + transferred);
    return all == 0
        ? RestsOn.FORMULA
        : new RestsOn(
            measured / all,
            transferred / all,
            // A rounding less than nothing is nothing.
            Math.max(0, all - measured - transferred) / all,
            errors / all);
  }
}
