package dev.rackplan.generated;

import dev.rackplan.cli.CommandRun;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import dev.rackplan.plan.ExpertMap;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** Expert maps of a plan, as files of an engine that may be JSON or YAML. */
final class ExpertMaps {
  private ExpertMaps() {}

  /** Both forms of TensorRT-LLM's file are judged alike, and come back as the plan they are of. */
  static Optional<String> differ(Trial trial) {
    if (trial.problem().isServing() || trial.solve().solutions().isEmpty()) {
      return Optional.empty();
    }
    Trial.Solution solution = trial.solve().solutions().get(0);
    SortedMap<Integer, ExpertMap> maps = solution.plan().experts();
    int parallel = solution.plan().layout().expertParallel();
    boolean even =
        maps.values().stream().mapToInt(ExpertMap::slots).distinct().count() == 1
            && maps.get(maps.firstKey()).slots() % parallel == 0;
    if (!even) {
      // Engines hold equally many slots.
      return Optional.empty();
    }
    Path json = trial.write("map.json", json(maps));
    Path yaml = trial.write("map.yaml", yaml(maps));
    CommandRun one = imported(trial, solution, json);
    CommandRun two = imported(trial, solution, yaml);
    if (one.exitCode() != two.exitCode() || one.exitCode() > 2) {
      return Optional.of("as JSON " + Invariant.ended(one) + ", as YAML " + Invariant.ended(two));
    }
    if (one.exitCode() != 0) {
      return Optional.of("the plan's own map is refused, " + Invariant.ended(one));
    }
    Object expected =
        Bounds.without(solution.evaluation(), List.of("nextLayout", "layoutsTried", "paretoFront"));
    for (Path file : List.of(json, yaml)) {
      Object judged = JsonCursor.read(result(file), "imported").get("evaluation").tree();
      if (!expected.equals(judged)) {
        return Optional.of(Notations.difference(expected, judged, file.getFileName().toString()));
      }
    }
    return Optional.empty();
  }

  private static CommandRun imported(Trial trial, Trial.Solution solution, Path map) {
    return CommandRun.traced(
        "--debug",
        "import",
        trial.path(GeneratedProblem.PROBLEM),
        "--map",
        map.toString(),
        "--on",
        solution.file().toString(),
        "-o",
        result(map).toString());
  }

  private static Path result(Path map) {
    return map.resolveSibling(map.getFileName() + ".solution.json");
  }

  private static String json(SortedMap<Integer, ExpertMap> maps) {
    Map<String, Object> rows = new LinkedHashMap<>();
    maps.forEach(
        (layer, map) -> rows.put("" + layer, Arrays.stream(map.toArray()).boxed().toList()));
    Map<String, Object> file = new LinkedHashMap<>();
    file.put("num_slots", maps.get(maps.firstKey()).slots());
    file.put("initial_global_assignments", rows);
    file.put("layer_updates_per_iter", 0);
    return JsonText.of(file);
  }

  private static String yaml(SortedMap<Integer, ExpertMap> maps) {
    StringBuilder text = new StringBuilder();
    text.append("num_slots: ").append(maps.get(maps.firstKey()).slots()).append('\n');
    text.append("initial_global_assignments:\n");
    maps.forEach(
        (layer, map) ->
            text.append("  ")
                .append(layer)
                .append(": ")
                .append(Arrays.toString(map.toArray()))
                .append('\n'));
    return text.append("layer_updates_per_iter: 0\n").toString();
  }
}
