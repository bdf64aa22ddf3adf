package dev.rackplan.report;

import dev.rackplan.cost.TermAccount;
import dev.rackplan.cost.TermPart;
import dev.rackplan.law.Answer;
import dev.rackplan.law.Cell;
import dev.rackplan.law.LawForm;
import dev.rackplan.law.Setting;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Where a term of a step comes from, for a terminal: formula, inputs, law, source and error. */
public final class TermText {
  private static final int INDENT = 12;

  private TermText() {}

  /**
   * Lines that end with a line feed.
   *
   * @param stepName such as {@code TPOT}
   */
  public static String of(TermAccount account, String stepName) {
    StringBuilder text = new StringBuilder();
    text.append(TextTable.wrapped(account.term().words() + ": " + account.term().meaning(), 2));
    line(text, "formula", account.term().formula());
    if (account.parts().isEmpty()) {
      line(text, "step", "no time goes into it in this plan");
      return text.toString();
    }
    line(
        text,
        "step",
        Figures.millis(account.termSeconds())
            + " ms of "
            + stepName
            + " "
            + Figures.millis(account.stepSeconds())
            + " ms, before anything hides it");
    line(
        text,
        "stage",
        account.stage()
            + ": "
            + Figures.millis(account.stageSeconds())
            + " ms, which counts "
            + number(account.passes())
            + " times"
            + (account.layers() > 0 ? "; in " + Figures.count(account.layers(), "layer") : ""));
    if (account.layer().isPresent()) {
      line(
          text,
          "layer",
          account.layer().getAsInt() + ", the longest: " + micros(account.seconds()));
    }
    for (TermPart part : account.parts()) {
      part(text, part);
    }
    return text.toString();
  }

  private static void part(StringBuilder text, TermPart part) {
    text.append('\n');
    String shapes = part.shapes() == 1 ? "" : " in " + part.shapes() + " shapes, the longest shown";
    text.append(
        TextTable.wrapped(
            part.what()
                + ": "
                + micros(part.seconds())
                + (part.count() == 1 ? "" : ", " + number(part.count()) + " calls")
                + shapes,
            2));
    line(text, "inputs", numbers(part.inputs()));
    if (part.law().isEmpty()) {
      line(text, "law", "none: by the formula above");
      line(text, "error", "not measured by itself");
      return;
    }
    TermPart.UsedLaw used = part.law().get();
    Answer answer = used.answer();
    LawForm<?> form = used.kind().form();
    line(text, "law", form.formula());
    line(text, "where", form.where());
    line(text, "parameters", parameters(used));
    line(text, "rates", rates(used.setting()));
    line(text, "basis", answer.provenance().words());
    if (used.cell().isEmpty()) {
      line(text, "error", "not measured by itself");
      return;
    }
    Cell cell = used.cell().get();
    answer
        .table()
        .ifPresent(
            table ->
                line(
                    text,
                    "measured",
                    LawWords.of(cell.key())
                        + " on "
                        + table.gpu()
                        + ", "
                        + Figures.count(cell.rows(), "row")));
    line(
        text,
        "error",
        "median "
            + ConfidenceText.percent(cell.error().median())
            + ", 90% of rows within "
            + ConfidenceText.percent(cell.error().p90())
            + ", on rows that it was not fitted to");
    answer.table().ifPresent(table -> line(text, "source", table.source()));
  }

  private static String parameters(TermPart.UsedLaw used) {
    List<String> words = new ArrayList<>();
    used.parameters()
        .forEach((parameter, value) -> words.add(parameter.symbol() + " " + number(value)));
    return String.join(", ", words);
  }

  private static String rates(Setting setting) {
    return "F "
        + number(setting.flopsPerSecond())
        + " FLOP/s, F16 "
        + number(setting.bf16FlopsPerSecond())
        + " FLOP/s, W "
        + number(setting.bytesPerSecond())
        + " bytes/s, w "
        + number(setting.weightBytes())
        + ", κ "
        + number(setting.cacheBytes());
  }

  private static String numbers(Map<String, Double> inputs) {
    List<String> words = new ArrayList<>();
    inputs.forEach((name, value) -> words.add(Figures.spaced(name) + " " + number(value)));
    return String.join(", ", words);
  }

  private static String micros(double seconds) {
    return Figures.fixed(1e6 * seconds, 2) + " µs";
  }

  /** Whole numbers as they are, others in four digits; small and large ones by powers of ten. */
  static String number(double value) {
    if (Double.isInfinite(value)) {
      return "∞";
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e7) {
      return Figures.fixed(value, 0);
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros();
    double size = Math.abs(value);
    return size >= 1e-3 && size < 1e7
        ? rounded.toPlainString()
        : String.format(Locale.ROOT, "%.3e", value).replace("e+", "e");
  }

  private static void line(StringBuilder text, String name, String words) {
    String head = "  " + name + " ".repeat(INDENT - name.length());
    text.append(TextTable.wrapped(head + words, head.length()));
  }
}
