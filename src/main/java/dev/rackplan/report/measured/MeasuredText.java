package dev.rackplan.report.measured;

import dev.rackplan.accuracy.ErrorFigures;
import dev.rackplan.accuracy.MeasuredRow;
import dev.rackplan.accuracy.MeasuredStudy;
import dev.rackplan.accuracy.RowAttribute;
import dev.rackplan.accuracy.RowFlag;
import dev.rackplan.accuracy.RowResult;
import dev.rackplan.accuracy.ServingDecisions;
import dev.rackplan.accuracy.TrainingDecisions;
import dev.rackplan.accuracy.TrainingResult;
import dev.rackplan.accuracy.TrainingRow;
import dev.rackplan.accuracy.TrainingRowStudy;
import dev.rackplan.report.Figures;
import dev.rackplan.report.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** A user's measurements against the model for a terminal of 80 columns. */
public final class MeasuredText {
  private static final int WIDTH = 80;
  private static final int LONGEST_NAME = 25;

  private final StringBuilder text = new StringBuilder();

  private MeasuredText() {}

  /** Errors by family; lines end with a line feed. */
  public static String of(MeasuredStudy study) {
    MeasuredText text = new MeasuredText();
    text.counts(study);
    text.whole(study);
    for (RowAttribute attribute : RowAttribute.values()) {
      text.families(study, attribute);
    }
    text.refused(study);
    return text.text.toString();
  }

  /** Rows and their flags, a line each. */
  public static List<String> heads(MeasuredStudy study) {
    MeasuredText text = new MeasuredText();
    text.counts(study);
    return text.text.toString().lines().map(String::strip).toList();
  }

  /** What choosing by the model would have cost, in place of the families. */
  public static String of(MeasuredStudy study, ServingDecisions decisions) {
    MeasuredText text = new MeasuredText();
    text.counts(study);
    text.whole(study);
    text.decisions(decisions);
    return text.text.toString();
  }

  /** Training rows: errors of the step by model, GPU and framework. */
  public static String of(TrainingRowStudy study) {
    MeasuredText text = new MeasuredText();
    text.priced(study.results().size(), study.predicted().size(), (int) study.counted());
    TextTable table = table("predicted/measured - 1");
    add(table, "step", study.step());
    add(table, "memory", study.memory());
    text.text.append('\n').append(table.text());
    text.line(
        "Out of memory: "
            + study.outOfMemory(true, true)
            + " of "
            + (study.outOfMemory(true, true) + study.outOfMemory(true, false))
            + " rows that ran out are said to, and "
            + study.outOfMemory(false, true)
            + " of "
            + (study.outOfMemory(false, true) + study.outOfMemory(false, false))
            + " that did not.");
    text.text.append(TrainingMemoryText.of(study.memoryVerdicts()));
    text.text.append(TrainingMemoryText.chances(study.memoryChances()));
    text.text.append(TrainingDecisionsText.of(TrainingDecisions.of(study)));
    text.training("model", study.families(TrainingRow.Family::model));
    text.training("GPU", study.families(TrainingRow.Family::gpu));
    text.training("framework", study.families(TrainingRow.Family::framework));
    Map<String, List<String>> ids = new LinkedHashMap<>();
    for (TrainingResult.Refused refused : study.refused()) {
      ids.computeIfAbsent(refused.why(), why -> new ArrayList<>()).add(refused.row().id());
    }
    text.reasons("not expressible", ids);
    text.reasons("step not judged", study.unsaid());
    return text.text.toString();
  }

  private void training(String words, List<TrainingRowStudy.Family> families) {
    if (!families.isEmpty()) {
      TextTable table = table("step by " + words);
      families.forEach(family -> add(table, family.name(), Optional.of(family.step())));
      text.append('\n').append(table.text());
    }
  }

  private void counts(MeasuredStudy study) {
    int priced = study.predictions(MeasuredRow::counts).size();
    int refused = study.refused(MeasuredRow::counts).size();
    priced(study.results().size(), priced, priced + refused);
    study.flags().forEach((flag, rows) -> line("  " + rows + " " + flag.key() + ": " + of(flag)));
  }

  private void priced(int rows, int priced, int counted) {
    line(
        Figures.count(rows, "row")
            + ", "
            + counted
            + " counted, "
            + priced
            + " of them priced"
            + (counted > 0 ? " (" + Figures.fixed(100.0 * priced / counted, 1) + "%)" : ""));
  }

  private static String of(RowFlag flag) {
    return flag.words()
        + switch (flag) {
          case RELABELLED -> "";
          case MAYBE_MTP -> ", told apart";
          case DUPLICATE, CONTRADICTORY, INCOMPLETE, BELOW_FLOOR -> ", left out";
        };
  }

  private void whole(MeasuredStudy study) {
    TextTable table = table("predicted/measured - 1");
    add(table, "TPOT", study.tpot(MeasuredRow::counts));
    add(table, "TTFT", study.ttft(MeasuredRow::counts));
    add(table, "TPOT of maybeMtp", study.tpot(MeasuredRow::mayHaveDrafted));
    text.append('\n').append(table.text());
    study
        .within(MeasuredRow::counts)
        .ifPresent(
            share ->
                line(
                    share(share)
                        + " of measured TPOT lie within the ± that is stated,"
                        + " which is meant for two of three."));
  }

  private void families(MeasuredStudy study, RowAttribute attribute) {
    List<MeasuredStudy.Family> families = study.families(attribute);
    if (!families.isEmpty()) {
      TextTable table = table("TPOT by " + attribute.words());
      families.forEach(family -> add(table, family.name(), Optional.of(family.tpot())));
      text.append('\n').append(table.text());
    }
  }

  private static TextTable table(String head) {
    return new TextTable(
        List.of(head, "rows", "median", "off by", "9 of 10", "<=10%", "<=20%", "<=50%"));
  }

  private static void add(TextTable table, String name, Optional<ErrorFigures> figures) {
    figures.ifPresent(
        errors ->
            table.add(
                List.of(
                    shortened(name),
                    Integer.toString(errors.rows()),
                    String.format(Locale.ROOT, "%+.1f%%", 100 * errors.median()),
                    Figures.percent(errors.medianAbsolute()),
                    Figures.percent(errors.ninetieth()),
                    share(errors.withinTenth()),
                    share(errors.withinFifth()),
                    share(errors.withinHalf()))));
  }

  // What tells names apart stands at their ends.
  private static String shortened(String name) {
    int half = (LONGEST_NAME - 1) / 2;
    return name.length() <= LONGEST_NAME
        ? name
        : name.substring(0, half).strip() + "…" + name.substring(name.length() - half).strip();
  }

  private static String share(double share) {
    return Figures.fixed(100 * share, 0) + "%";
  }

  // Rows that were left out have their reason in the counts.
  private void refused(MeasuredStudy study) {
    Map<String, List<String>> ids = new LinkedHashMap<>();
    for (RowResult.Refused refused : study.refused(row -> row.counts() || row.mayHaveDrafted())) {
      ids.computeIfAbsent(refused.why(), why -> new ArrayList<>()).add(refused.row().id());
    }
    reasons("not expressible", ids);
  }

  private void reasons(String head, Map<String, List<String>> ids) {
    if (!ids.isEmpty()) {
      text.append('\n').append(head).append(":\n");
      ids.forEach(
          (why, rows) ->
              line(
                  "  "
                      + Figures.count(rows.size(), "row")
                      + (rows.size() == 1 ? ", " : ", such as ")
                      + rows.get(0)
                      + ": "
                      + why));
    }
  }

  private void decisions(ServingDecisions decisions) {
    TextTable table = new TextTable(List.of("choosing by the model", "count", "share", "mean"));
    choices(table, "TPOT limits of groups", decisions.tpot());
    choices(table, "limits of TPOT and TTFT", decisions.both());
    table.add(List.of("pairs of layouts >= 5% apart", count(decisions.pairs().size()), "", ""));
    table.add(
        List.of(
            "  in order",
            count(decisions.pairs().stream().filter(pair -> pair.inOrder()).count()),
            known(decisions.inOrder()),
            ""));
    table.add(
        List.of(
            "  regret of TPOT, all pairs",
            count(decisions.pairs().size()),
            "",
            known(decisions.meanRegret())));
    text.append('\n').append(table.text());
  }

  private static void choices(TextTable table, String name, ServingDecisions.Choices choices) {
    List<ServingDecisions.Choice> all = choices.all();
    table.add(List.of(name, count(all.size()), "", ""));
    table.add(
        List.of(
            "  missed: measured > 1.1 x limit",
            count(all.stream().filter(choice -> choice.missed()).count()),
            known(choices.missed()),
            ""));
    table.add(
        List.of(
            "  nothing found within the limit",
            count(all.stream().filter(choice -> choice.chosen().isEmpty()).count()),
            known(choices.nothingFound()),
            ""));
    table.add(
        List.of(
            "  loss of tokens/s/GPU, others",
            count(all.stream().filter(choice -> choice.loss().isPresent()).count()),
            "",
            known(choices.meanLoss())));
  }

  private static String count(long number) {
    return Long.toString(number);
  }

  private static String known(OptionalDouble share) {
    return share.isPresent() ? Figures.percent(share.getAsDouble()) : Figures.NONE;
  }

  // Broken at spaces, what follows indented.
  private void line(String words) {
    String indent = words.startsWith("  ") ? "    " : "  ";
    StringBuilder line = new StringBuilder(words.startsWith("  ") ? "  " : "");
    boolean empty = true;
    for (String word : words.strip().split(" ")) {
      if (!empty && line.length() + 1 + word.length() > WIDTH) {
        text.append(line).append('\n');
        line = new StringBuilder(indent);
        empty = true;
      }
      line.append(empty ? "" : " ").append(word);
      empty = false;
    }
    text.append(line).append('\n');
  }
}
