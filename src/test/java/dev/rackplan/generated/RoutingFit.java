package dev.rackplan.generated;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Cuts routing files down to a model that has become smaller. */
final class RoutingFit {
  private RoutingFit() {}

  static void fit(GeneratedProblem problem) {
    List<Shapes.Moe> layers = Shapes.moeLayers(problem.object(GeneratedProblem.MODEL));
    problem
        .files()
        .replaceAll(
            (name, content) ->
                name.endsWith(".csv") || name.endsWith(".csv.gz")
                    ? samples((String) content, layers)
                    : content);
    Map<String, Object> counts = problem.object(GeneratedProblem.COUNTS);
    for (String key : List.of("logical_count", "weight")) {
      if (counts.get(key) instanceof List<?> rows) {
        counts.put(key, rows(rows, layers));
      }
    }
    if (counts.get("load") instanceof Map<?, ?>) {
      GeneratedProblem.at(counts, "load")
          .replaceAll((key, rows) -> rows instanceof List<?> list ? rows(list, layers) : rows);
    }
  }

  private static Object rows(List<?> rows, List<Shapes.Moe> layers) {
    List<Object> cut = new ArrayList<>();
    for (int l = 0; l < Math.min(rows.size(), layers.size()); l++) {
      List<?> row = (List<?>) rows.get(l);
      cut.add(new ArrayList<>(row.subList(0, Math.min(row.size(), layers.get(l).experts()))));
    }
    return cut;
  }

  private static String samples(String text, List<Shapes.Moe> layers) {
    List<String> cut = new ArrayList<>();
    List<String> wanted = new ArrayList<>(List.of("request"));
    for (int l = 0; l < layers.size(); l++) {
      for (int c = 0; c < layers.get(l).perToken(); c++) {
        wanted.add("l" + l + "e" + c);
      }
    }
    List<String> header = List.of();
    for (String line : text.lines().toList()) {
      List<String> cells = List.of(line.split(",", -1));
      if (line.startsWith("#")) {
        cut.add(line);
      } else if (header.isEmpty()) {
        header = cells;
        cut.add(String.join(",", wanted));
      } else {
        row(cells, header, wanted, layers).ifPresent(cut::add);
      }
    }
    return String.join("\n", cut) + "\n";
  }

  // Empty where the row chooses what is gone.
  private static Optional<String> row(
      List<String> cells, List<String> header, List<String> wanted, List<Shapes.Moe> layers) {
    List<String> kept = new ArrayList<>();
    for (String column : wanted) {
      int at = header.indexOf(column);
      if (at < 0 || at >= cells.size()) {
        return Optional.empty();
      }
      kept.add(cells.get(at));
    }
    int next = 1;
    for (Shapes.Moe layer : layers) {
      TreeSet<Integer> experts = new TreeSet<>();
      for (int c = 0; c < layer.perToken(); c++) {
        experts.add(Integer.parseInt(kept.get(next++)));
      }
      if (experts.last() >= layer.experts()) {
        return Optional.empty();
      }
    }
    return Optional.of(String.join(",", kept));
  }
}
