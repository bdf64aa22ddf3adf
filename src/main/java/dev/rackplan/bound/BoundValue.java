package dev.rackplan.bound;

/**
 * A lower bound with the argument behind it.
 *
 * @param value the bound, in the unit of what is bounded
 */
public record BoundValue(double value, BoundTerm term) {
  /** Bounds nothing. */
  static final BoundValue ZERO = new BoundValue(0, BoundTerm.NONE);

  /** The stronger of two bounds on the same; this one on a tie. */
  BoundValue or(double otherValue, BoundTerm otherTerm) {
    return otherValue > value ? new BoundValue(otherValue, otherTerm) : this;
  }

  BoundValue or(BoundValue other) {
    return or(other.value, other.term);
  }
}
