package dev.rackplan.report.measured;

import dev.rackplan.accuracy.AccuracyStudy;
import dev.rackplan.accuracy.AccuracyStudy.Ordered;
import dev.rackplan.accuracy.Prediction;
import dev.rackplan.accuracy.PublishedResults.LeftOut;
import dev.rackplan.accuracy.PublishedRow;
import dev.rackplan.accuracy.ResultKind;
import dev.rackplan.accuracy.RowUse;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.report.Figures;
import dev.rackplan.report.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/** Predictions against published results for a terminal. */
public final class AccuracyText {
  private final AccuracyStudy study;

  private AccuracyText(AccuracyStudy study) {
    this.study = study;
  }

  /** Lines that end with a line feed. */
  public static String of(AccuracyStudy study) {
    AccuracyText text = new AccuracyText(study);
    return text.rows() + "\n" + text.medians() + "\n" + text.orders() + "\n" + text.leftOut();
  }

  private String rows() {
    TextTable table =
        new TextTable(List.of("row", "kind", "use", "unit", "predicted", "measured", "error [%]"));
    for (Prediction prediction : study.predictions()) {
      PublishedRow row = prediction.row();
      if (row.use() != RowUse.ORDER) {
        table.add(
            List.of(
                row.id(),
                JsonCursor.camelCase(row.kind()),
                JsonCursor.camelCase(row.use()),
                row.kind().unit(),
                figure(prediction.predicted()),
                figure(row.measured().orElseThrow()),
                signed(prediction.error())));
      }
    }
    return table.text();
  }

  private String medians() {
    TextTable table = new TextTable(List.of("median absolute error", "rows", "[%]"));
    medianGroups()
        .forEach(
            (name, rows) ->
                table.add(
                    List.of(
                        name, Long.toString(study.count(rows)), percent(study.medianError(rows)))));
    return table.text();
  }

  /** Groups of rows that a median is given of, by name. */
  static Map<String, Predicate<PublishedRow>> medianGroups() {
    Map<String, Predicate<PublishedRow>> groups = new LinkedHashMap<>();
    groups.put("serving", row -> row.kind().serving());
    groups.put(
        "serving, check rows only", row -> row.kind().serving() && row.use() == RowUse.CHECK);
    for (ResultKind kind : ResultKind.values()) {
      groups.put(JsonCursor.camelCase(kind), row -> row.kind() == kind);
    }
    return groups;
  }

  private String orders() {
    TextTable table =
        new TextTable(List.of("comparison", "predicted ratio", "measured ratio", "order"));
    for (Ordered ordered : study.orders()) {
      double measured = ordered.order().measuredRatio();
      table.add(
          List.of(
              ordered.order().name(),
              Figures.fixed(ordered.predictedRatio(), 2),
              measured == 1 ? "> 1" : Figures.fixed(measured, 2),
              ordered.right() ? "right" : "wrong"));
    }
    return table.text();
  }

  private String leftOut() {
    List<String> lines = new ArrayList<>();
    lines.add("not modelled:");
    for (LeftOut left : study.leftOut()) {
      lines.add("  " + left.id() + ": " + left.reason());
    }
    return String.join("\n", lines) + "\n";
  }

  /** Four digits, whatever the size. */
  private static String figure(double value) {
    return value >= 1000
        ? Figures.fixed(value, 0)
        : value >= 1 ? Figures.fixed(value, 1) : String.format(Locale.ROOT, "%.3g", value);
  }

  private static String signed(OptionalDouble error) {
    return error.isPresent()
        ? String.format(Locale.ROOT, "%+.1f", 100 * error.getAsDouble())
        : Figures.NONE;
  }

  private static String percent(OptionalDouble share) {
    return share.isPresent() ? Figures.fixed(100 * share.getAsDouble(), 1) : Figures.NONE;
  }
}
