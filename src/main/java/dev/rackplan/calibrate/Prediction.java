package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;

/**
 * A measured row and what a law says of it.
 *
 * @param gpu as the laws file calls it
 * @param key of the row's cell
 * @param timed the row's key columns, such as {@code m=8;n=4096;k=4096}
 * @param predictedSeconds by the law
 * @param measuredSeconds in the table
 * @param fitted whether the row is one of those that the law was fitted to
 */
public record Prediction(
    String gpu,
    CellKey key,
    String timed,
    double predictedSeconds,
    double measuredSeconds,
    boolean fitted) {
  double error() {
    return Math.abs(predictedSeconds / measuredSeconds - 1);
  }
}
