package dev.rackplan.report;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The ends of a batch as a table: how each ended, and the figures of what is there now. */
public final class RunTable {
  private static final Set<String> OF_COMPARISON = Set.of("plan", "toFirst", "best");

  private final List<RunEnd> ends;
  private final List<Object> tree;

  public RunTable(List<RunEnd> ends) {
    this.ends = List.copyOf(ends);
    this.tree = List.copyOf(tree(this.ends));
  }

  /** Plain values: a list with an object for each problem. */
  public List<Object> tree() {
    return tree;
  }

  private static List<Object> tree(List<RunEnd> ends) {
    List<Compared> plans = ends.stream().flatMap(end -> end.plan().stream()).toList();
    List<Object> figures = plans.isEmpty() ? List.of() : new Comparison(plans).tree();
    List<Object> rows = new ArrayList<>();
    int next = 0;
    for (RunEnd end : ends) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("problem", end.problem());
      row.putAll(end.varied());
      row.put("status", word(end.status()));
      row.put("seconds", end.seconds());
      if (end.plan().isPresent()) {
        ((Map<?, ?>) figures.get(next++))
            .forEach(
                (key, value) -> {
                  if (!OF_COMPARISON.contains(key.toString())) {
                    row.put(key.toString(), value);
                  }
                });
      }
      end.solution().ifPresent(path -> row.put("solution", path));
      if (!end.message().isEmpty()) {
        row.put("message", end.message());
      }
      rows.add(row);
    }
    return rows;
  }

  /** Keys of {@link #tree}'s objects, each once, in order. */
  public List<String> header() {
    Set<String> keys = new LinkedHashSet<>();
    for (Object row : tree) {
      ((Map<?, ?>) row).keySet().forEach(key -> keys.add(key.toString()));
    }
    // What is long comes last.
    for (String last : List.of("solution", "message")) {
      if (keys.remove(last)) {
        keys.add(last);
      }
    }
    return List.copyOf(keys);
  }

  /** Cells by {@link #header}; figures with all digits. */
  public List<List<String>> rows() {
    List<String> header = header();
    List<List<String>> rows = new ArrayList<>();
    for (Object row : tree) {
      Map<?, ?> values = (Map<?, ?>) row;
      rows.add(header.stream().map(key -> cell(values.get(key))).toList());
    }
    return rows;
  }

  private static String cell(Object value) {
    if (value == null) {
      return "";
    }
    return value instanceof Double number ? Figures.shortest(number) : value.toString();
  }

  /** The plans that are there now, in order. */
  public List<Compared> plans() {
    return ends.stream().flatMap(end -> end.plan().stream()).toList();
  }

  /** Names of {@link #pageRows}'s columns: what varied, then as plans are compared. */
  public List<String> pageHeader() {
    List<String> header = new ArrayList<>(List.of("problem", "status"));
    variedKeys().forEach(key -> header.add(shortKey(key)));
    header.add("search [s]");
    header.addAll(figureNames());
    header.add("message");
    return header;
  }

  /** Cells with as many digits as people read; empty where there is no plan. */
  public List<List<String>> pageRows() {
    List<List<String>> figures = plans().isEmpty() ? List.of() : new Comparison(plans()).rows();
    List<List<String>> rows = new ArrayList<>();
    int next = 0;
    for (RunEnd end : ends) {
      List<String> row = new ArrayList<>(List.of(end.name(), word(end.status())));
      variedKeys().forEach(key -> row.add(cell(end.varied().get(key))));
      row.add(Figures.fixed(end.seconds(), 1));
      if (end.plan().isPresent()) {
        List<String> compared = figures.get(next++);
        row.addAll(compared.subList(1, compared.size()));
      } else {
        figureNames().forEach(name -> row.add(""));
      }
      row.add(end.message());
      rows.add(row);
    }
    return rows;
  }

  /** The last part of a varied key where no other one ends alike, such as {@code contextTokens}. */
  public String shortKey(String key) {
    String last = key.substring(key.lastIndexOf('.') + 1);
    long alike =
        variedKeys().stream()
            .filter(other -> other.equals(last) || other.endsWith("." + last))
            .count();
    return alike == 1 ? last : key;
  }

  private Set<String> variedKeys() {
    Set<String> keys = new LinkedHashSet<>();
    ends.forEach(end -> keys.addAll(end.varied().keySet()));
    return keys;
  }

  // Without the plan's name, which the problem's stands for.
  private List<String> figureNames() {
    if (plans().isEmpty()) {
      return List.of();
    }
    List<String> header = new Comparison(plans()).header();
    return header.subList(1, header.size());
  }

  /** As CSV with a header. */
  public String csv() {
    return CsvText.of(
        table -> {
          table.row(header());
          for (List<String> row : rows()) {
            table.row(row);
          }
        });
  }

  /** How many ended in each way, such as {@code 46 solved, 2 no plan}. */
  public String summary() {
    Map<RunStatus, Integer> counts = new EnumMap<>(RunStatus.class);
    ends.forEach(end -> counts.merge(end.status(), 1, Integer::sum));
    return counts.entrySet().stream()
        .map(entry -> entry.getValue() + " " + word(entry.getKey()))
        .collect(Collectors.joining(", "));
  }

  /** The problems, in order. */
  public List<RunEnd> ends() {
    return ends;
  }

  /** For a terminal: how each ended and its main figures. */
  public String text() {
    TextTable table =
        new TextTable(
            List.of(
                "problem",
                "status",
                "time [s]",
                "step [ms]",
                "± [%]",
                "tokens/s/GPU",
                "above bound [%]"));
    for (RunEnd end : ends) {
      List<String> row = new ArrayList<>();
      row.add(end.problem());
      row.add(word(end.status()));
      row.add(Figures.fixed(end.seconds(), 1));
      if (end.plan().isPresent()) {
        var evaluation = end.plan().get().evaluation();
        row.add(Figures.fixed(1e3 * evaluation.stepSeconds(), 3));
        row.add(ConfidenceText.cell(evaluation.confidence().plusMinus()));
        row.add(Figures.fixed(evaluation.tokensPerSecondPerGpu(), 0));
        row.add(Figures.fixed(100 * (evaluation.stepSeconds() / evaluation.boundSeconds() - 1), 1));
      } else {
        row.addAll(List.of("-", "-", "-", "-"));
      }
      table.add(row);
    }
    return table.text();
  }

  /** Such as {@code no plan}. */
  static String word(RunStatus status) {
    return status.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
