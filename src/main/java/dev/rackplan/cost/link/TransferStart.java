package dev.rackplan.cost.link;

/**
 * Time of an all-to-all beside what its links carry: launches, waits, and work on each copy.
 *
 * @param dispatchSeconds to the experts
 * @param combineSeconds back
 */
public record TransferStart(double dispatchSeconds, double combineSeconds) {
  /** Both, one after the other. */
  public TransferStart plus(TransferStart other) {
    return new TransferStart(
        dispatchSeconds + other.dispatchSeconds, combineSeconds + other.combineSeconds);
  }
}
