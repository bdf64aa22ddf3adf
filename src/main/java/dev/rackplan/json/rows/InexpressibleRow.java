package dev.rackplan.json.rows;

/** A measured row that no problem stands for; the message says why. Never leaves this package. */
final class InexpressibleRow extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InexpressibleRow(String why) {
    super(why);
  }
}
