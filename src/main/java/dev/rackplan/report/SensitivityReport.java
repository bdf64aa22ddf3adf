package dev.rackplan.report;

import dev.rackplan.json.SolutionFile;
import dev.rackplan.problem.Objective;
import dev.rackplan.sensitivity.Flip;
import dev.rackplan.sensitivity.Input;
import dev.rackplan.sensitivity.InputEffect;
import dev.rackplan.sensitivity.Moved;
import dev.rackplan.sensitivity.Sensitivity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** How a plan stands when each input is otherwise, as text, as plain values and as CSV. */
public final class SensitivityReport {
  private static final String BREAKS = "!";

  private final Sensitivity study;

  public SensitivityReport(Sensitivity study) {
    this.study = study;
  }

  public Sensitivity study() {
    return study;
  }

  /** The figure that the objective looks at, such as {@code tokens/s/GPU}. */
  public String figure() {
    return switch (study.problem().objective()) {
      case THROUGHPUT -> "tokens/s/GPU";
      case LATENCY -> study.problem().workload().phase().stepName();
      case COST -> "USD/M tokens";
    };
  }

  /** Share by which that figure moves; 0.1 is 10% more of it. */
  public double change(Moved moved) {
    double loss = moved.loss() / study.unmoved().loss();
    return study.problem().objective() == Objective.THROUGHPUT ? 1 / loss - 1 : loss - 1;
  }

  /** Such as {@code scale-out bandwidth}. */
  public static String name(Input input) {
    return switch (input) {
      case SCALE_UP_BANDWIDTH -> "scale-up bandwidth";
      case SCALE_OUT_BANDWIDTH -> "scale-out bandwidth";
      default -> input.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    };
  }

  /** Such as {@code -30%}. */
  public static String percent(double factor) {
    return String.format(Locale.ROOT, "%+.0f%%", 100 * (factor - 1));
  }

  private static String change(double share) {
    // No -0.0.
    return String.format(Locale.ROOT, "%+.1f", Math.round(1000 * share) / 10.0 + 0.0);
  }

  /** Where the layout stops to be the best, in words. */
  public static String words(Flip flip) {
    String where =
        flip.factor() == 1
            ? "as things are: "
            : name(flip.input())
                + " from "
                + String.format(Locale.ROOT, "%+.1f%%", 100 * (flip.factor() - 1))
                + " on: ";
    return where
        + LayoutTable.degrees(flip.to())
        + (flip.gain().isPresent()
            ? " is better, by up to "
                + String.format(Locale.ROOT, "%.1f%%", 100 * flip.gain().getAsDouble())
            : " is best, since the layout comes to break a limit");
  }

  /** Headings of {@link #rows}. */
  public List<String> header() {
    List<String> header = new ArrayList<>();
    header.add("input");
    for (Moved moved : study.effects().get(0).moved()) {
      header.add(percent(moved.factor()));
    }
    header.add("robust");
    return header;
  }

  /** A row for each input: change of the figure in %, {@code !} where a limit is broken. */
  public List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    for (InputEffect effect : study.effects()) {
      List<String> row = new ArrayList<>();
      row.add(name(effect.input()));
      for (Moved moved : effect.moved()) {
        row.add(change(change(moved)) + (moved.violations().isEmpty() ? "" : BREAKS));
      }
      row.add(effect.robust() ? "yes" : "no");
      rows.add(row);
    }
    return rows;
  }

  /** What the reader should see. */
  public String sentence() {
    InputEffect first = study.effects().get(0);
    StringBuilder text = new StringBuilder();
    text.append("What moves ")
        .append(figure())
        .append(" most is ")
        .append(name(first.input()))
        .append(": ")
        .append(range(first))
        .append(". ");
    long weak = study.effects().stream().filter(effect -> effect.spread() < 0.01).count();
    if (weak > 0) {
      text.append(weak)
          .append(" of ")
          .append(study.effects().size())
          .append(" inputs move it by less than 1%. ");
    }
    if (study.robust()) {
      text.append("The plan is robust: it keeps every limit, and none of ")
          .append(study.rivals())
          .append(" rival plans is better by more than 0.5% anywhere.");
    } else {
      List<String> fragile =
          study.effects().stream()
              .filter(effect -> !effect.robust())
              .map(effect -> name(effect.input()))
              .toList();
      text.append("The plan is not robust against ")
          .append(fragile.isEmpty() ? "the inputs as they are" : String.join(", ", fragile))
          .append(".");
    }
    return text.toString();
  }

  private String range(InputEffect effect) {
    Moved least = effect.moved().get(0);
    Moved most = effect.moved().get(effect.moved().size() - 1);
    return percent(least.factor())
        + " gives "
        + change(change(least))
        + "%, "
        + percent(most.factor())
        + " "
        + change(change(most))
        + "%";
  }

  private Optional<String> firstViolation(InputEffect effect) {
    return effect.moved().stream()
        .filter(moved -> !moved.violations().isEmpty())
        .findFirst()
        .map(moved -> percent(moved.factor()) + ": " + moved.violations().get(0));
  }

  /** Where a plan of the same layout would be better, which is no flip. */
  private Optional<String> beaten(InputEffect effect) {
    return effect.moved().stream()
        .filter(moved -> moved.violations().isEmpty() && moved.regret() > InputEffect.MATERIAL)
        .filter(moved -> effect.flips().isEmpty())
        .max(Comparator.comparingDouble(Moved::regret))
        .map(
            moved ->
                name(effect.input())
                    + " "
                    + percent(moved.factor())
                    + ": made for that, a plan of this layout is better by "
                    + String.format(Locale.ROOT, "%.1f%%", 100 * moved.regret()));
  }

  /** Flips, broken limits and better plans, a line each. */
  public List<String> findings() {
    List<String> lines = new ArrayList<>();
    for (InputEffect effect : study.effects()) {
      effect.flips().forEach(flip -> lines.add(words(flip)));
      firstViolation(effect).ifPresent(words -> lines.add(name(effect.input()) + " " + words));
      beaten(effect).ifPresent(lines::add);
    }
    return lines.stream().distinct().toList();
  }

  /** For a terminal; ends with a line feed. */
  public String text() {
    TextTable table = new TextTable(header());
    rows().forEach(table::add);
    StringBuilder text = new StringBuilder();
    text.append(study.problem().name())
        .append(": change of ")
        .append(figure())
        .append(" in % where one input is otherwise; ! breaks a limit\n")
        .append(table.text())
        .append('\n');
    findings().forEach(line -> text.append(line).append('\n'));
    return text.append(sentence()).append('\n').toString();
  }

  /** Plain values; docs/formats.md lists the keys. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("problem", study.problem().name());
    tree.put("figure", figure());
    tree.put("robust", study.robust());
    tree.put("rivals", study.rivals());
    tree.put("unmoved", moved(study.unmoved()));
    List<Object> inputs = new ArrayList<>();
    for (InputEffect effect : study.effects()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("input", name(effect.input()));
      entry.put("robust", effect.robust());
      entry.put("moved", effect.moved().stream().map(this::moved).toList());
      entry.put("flips", effect.flips().stream().map(SensitivityReport::flip).toList());
      inputs.add(entry);
    }
    tree.put("inputs", inputs);
    tree.put("sentence", sentence());
    return tree;
  }

  private Map<String, Object> moved(Moved moved) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("factor", moved.factor());
    tree.put("change", change(moved));
    tree.put("stepSeconds", moved.stepSeconds());
    tree.put("tokensPerSecondPerGpu", moved.tokensPerSecondPerGpu());
    tree.put("regret", moved.regret());
    tree.put("best", SolutionFile.layout(moved.best()));
    tree.put("violations", moved.violations());
    return tree;
  }

  private static Map<String, Object> flip(Flip flip) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("factor", flip.factor());
    flip.gain().ifPresent(gain -> tree.put("gain", gain));
    tree.put("to", SolutionFile.layout(flip.to()));
    return tree;
  }

  /** A row for each input and factor, all digits. */
  public String csv() {
    return CsvText.of(
        table -> {
          table.row(
              "input",
              "factor",
              "change",
              "stepSeconds",
              "tokensPerSecondPerGpu",
              "regret",
              "violations");
          for (InputEffect effect : study.effects()) {
            for (Moved moved : effect.moved()) {
              table.row(
                  name(effect.input()),
                  Figures.shortest(moved.factor()),
                  Figures.shortest(change(moved)),
                  Figures.shortest(moved.stepSeconds()),
                  Figures.shortest(moved.tokensPerSecondPerGpu()),
                  Figures.shortest(moved.regret()),
                  String.join("; ", moved.violations()));
            }
          }
        });
  }
}
