package dev.rackplan;

import dev.rackplan.cost.operation.Term;
import dev.rackplan.json.LawCatalog;
import dev.rackplan.law.Cell;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.LawForm;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import dev.rackplan.problem.Degree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Reference pages as the code writes them: terms, degrees, laws, and each schema. */
final class ReferencePages {
  private static final String MADE =
      "Made from the code; `-Dgolden.update=true` writes it ([commands](../commands.md) too).\n\n";

  private ReferencePages() {}

  /** Texts of all pages by their names. */
  static Map<String, String> all() throws IOException {
    Map<String, String> pages = new LinkedHashMap<>();
    pages.put("terms.md", terms());
    pages.put("degrees.md", degrees());
    pages.put("laws.md", laws());
    pages.put("schemas.md", SchemaPage.text());
    return pages;
  }

  private static String terms() {
    StringBuilder text = new StringBuilder("# Terms\n\n");
    text.append("What a stage's time is made of, in the order of tables and files. ");
    text.append("`evaluate --explain NAME` shows where one comes from in a plan; ");
    text.append("keys in files end in `Seconds`. [Cost model](../cost-model.md). ").append(MADE);
    text.append(
        "| name | called | is | formula | stream | decided by |\n|---|---|---|---|---|---|\n");
    for (Term term : Term.values()) {
      row(
          text,
          "`" + term.shortKey() + "`",
          term.words(),
          term.meaning(),
          term.formula(),
          lower(term.stream()),
          lower(term.origin()));
    }
    text.append(
        "\nStreams: compute and network may run side by side, where engines overlap them; ");
    text.append("what runs alone does not. Decided by: a layer and its GPUs, ");
    text.append("the placement of experts, or the stage as a whole.\n");
    return text.toString();
  }

  private static String degrees() {
    StringBuilder text = new StringBuilder("# Degrees\n\n");
    text.append("Numbers and choices of a layout, in the order of tables and files. ");
    text.append("[What is tried](../formats.md#layout). ").append(MADE);
    text.append(
        "| key | is | values | neutral | divides | in short |\n|---|---|---|---|---|---|\n");
    for (Degree degree : Degree.values()) {
      row(
          text,
          "`" + degree.key() + "`",
          degree.meaning(),
          degree.names().isEmpty()
              ? degree.least() + " to " + degree.most()
              : "`" + String.join("`, `", degree.names()) + "`",
          "`" + degree.inFile(degree.neutral()) + "`",
          lower(degree.divides()),
          "`" + degree.inShort(degree.names().isEmpty() ? 2 : 1).strip() + "`");
    }
    return text.toString();
  }

  private static String laws() {
    StringBuilder text = new StringBuilder("# Laws\n\n");
    text.append("What one operation takes, by kind: the formula, and how far the laws that come ");
    text.append("with rackplan are from measured rows that they were not fitted to. ");
    text.append("A row is all laws of one GPU, engine and version: medians over them of the ");
    text.append("median error and of the error that 90% of rows keep. ");
    text.append("[How they are fitted](../calibrate.md). ").append(MADE);
    List<GpuLaws> gpus =
        LawCatalog.generations().keySet().stream()
            .flatMap(gpu -> LawCatalog.of(gpu).stream())
            .toList();
    for (OpKind kind : OpKind.values()) {
      LawForm<?> form = kind.form();
      text.append("## ").append(kind.key()).append("\n\n`").append(form.formula()).append("`\n\n");
      text.append(form.where()).append(".\n\n");
      List<String> parameters = new ArrayList<>();
      for (Parameter parameter : form.parameters()) {
        parameters.add(parameter.symbol() + " `" + parameter.name() + "`");
      }
      text.append("Parameters: ").append(String.join(", ", parameters)).append(".\n\n");
      cells(text, gpus, kind);
    }
    return text.toString().stripTrailing() + "\n";
  }

  private static void cells(StringBuilder text, List<GpuLaws> gpus, OpKind kind) {
    Map<String, List<Cell>> groups = new TreeMap<>();
    for (GpuLaws gpu : gpus) {
      for (Cell cell : gpu.cells()) {
        if (cell.key().op() == kind) {
          String of =
              gpu.gpu() + " | " + (cell.key().engine() + " " + cell.key().version()).strip();
          groups.computeIfAbsent(of, key -> new ArrayList<>()).add(cell);
        }
      }
    }
    if (groups.isEmpty()) {
      text.append("No law comes with rackplan: the flat formula prices it.\n\n");
      return;
    }
    text.append(
        "| GPU | engine | laws | rows | median [%] | 90% [%] |\n|---|---|---|---|---|---|\n");
    groups.forEach(
        (of, cells) ->
            row(
                text,
                of,
                "" + cells.size(),
                "" + cells.stream().mapToInt(Cell::rows).sum(),
                percent(cells, cell -> cell.error().median()),
                percent(cells, cell -> cell.error().p90())));
    text.append('\n');
  }

  private static String percent(List<Cell> cells, ToDoubleFunction<Cell> error) {
    double[] sorted = cells.stream().mapToDouble(error).sorted().toArray();
    return String.format(
        Locale.ROOT, "%.1f", 50 * (sorted[sorted.length / 2] + sorted[(sorted.length - 1) / 2]));
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  static void row(StringBuilder text, String... cells) {
    text.append("| ")
        .append(String.join(" | ", List.of(cells).stream().map(ReferencePages::cell).toList()));
    text.append(" |\n");
  }

  // The p-norm's bars would end a cell; a cell that is two was put together before.
  private static String cell(String words) {
    return words.contains(" | ") ? words : words.replace("|", "\\|");
  }
}
