package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;

/**
 * Rows of one kernel that got no law.
 *
 * @param gpu that they were measured on
 * @param key what a law would be of
 * @param rows how many there are
 * @param why in words
 */
public record RefusedCell(String gpu, CellKey key, int rows, String why) {
  static RefusedCell withoutRates(String gpu, CellRows cell) {
    return new RefusedCell(
        gpu,
        cell.key(),
        cell.rows(),
        "no datasheet rates of " + gpu + " are known, and laws are relative to them");
  }

  static RefusedCell withFewRows(String gpu, CellRows cell) {
    return new RefusedCell(
        gpu,
        cell.key(),
        cell.rows(),
        cell.fitted().size()
            + " rows to fit and "
            + cell.judged().size()
            + " to judge by are too few: a law of "
            + CellFit.form(cell.key()).parameters().size()
            + " parameters needs "
            + LawFit.leastRows(CellFit.form(cell.key()))
            + " and 1");
  }
}
