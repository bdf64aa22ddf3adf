package dev.rackplan.report;

import dev.rackplan.accuracy.MeasuredErrors;
import java.util.List;

/** How many rows lie within the ± that was made from them, a line for each kind of time. */
public final class CoverageText {
  private CoverageText() {}

  /** Lines without their ends. */
  public static List<String> of(MeasuredErrors errors) {
    return errors.coverages().stream().map(CoverageText::line).toList();
  }

  private static String line(MeasuredErrors.Coverage coverage) {
    return coverage.figure().key()
        + ": "
        + ConfidenceText.percent(coverage.inside())
        + " of "
        + Figures.count(coverage.rows(), "row")
        + " inside their ±"
        + (coverage.unseen().isPresent()
            ? ", "
                + ConfidenceText.percent(coverage.unseen().getAsDouble())
                + " inside that of the other models' rows"
            : "");
  }
}
