package dev.rackplan.json;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.workload.LayerRouting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Expert loads: SGLang's {@code logical_count}, the {@code weight} that EPLB takes, named {@code
 * load} matrices, or vLLM's load statistics as JSONL.
 */
final class CountFile {
  private static final double MAX_LOAD = 1e18;
  private static final String FORMS =
      "Give logical_count, weight, load or eplb_load_stats records (docs/formats.md#counts).";
  // What stands beside an EPLB input: its other arguments, what it answered, where it came from.
  private static final List<String> EPLB_KEYS =
      List.of(
          "num_replicas",
          "num_groups",
          "num_nodes",
          "num_gpus",
          "phy2log",
          "log2phy",
          "logcnt",
          "case",
          "note",
          "source",
          "metrics");

  // What SGLang's recorder writes beside the counts.
  private static final List<String> RECORDER_KEYS =
      List.of("rank", "average_utilization_rate_over_window");

  private CountFile() {}

  /**
   * Load matrices by name, in file order: one entry per MoE layer each. A file with one unnamed
   * matrix names it {@code name}.
   */
  static Map<String, List<LayerRouting>> read(FileReference source, String name, MoeShape shape) {
    if (source.shown().endsWith(".jsonl")) {
      return Map.of(name, readLoadStatistics(source, shape));
    }
    JsonCursor root =
        RecordedLoads.named(source.shown())
            ? RecordedLoads.read(source, shape)
            : JsonCursor.read(source.file(), source.shown());
    if (root.isObject() && root.has("record_type")) {
      double[][] sums = emptySums(shape);
      addRecord(root, shape, sums);
      return Map.of(name, ofSums(root, sums, shape));
    }
    Optional<JsonCursor> counts = root.find("logical_count");
    Optional<JsonCursor> weight = root.find("weight");
    Optional<JsonCursor> load = root.find("load");
    if (Stream.of(counts, weight, load).filter(Optional::isPresent).count() != 1) {
      throw root.error("must have exactly one of logical_count, weight and load", FORMS);
    }
    if (counts.isPresent()) {
      RECORDER_KEYS.forEach(root::findNullable);
    }
    checkDescription(root, shape);
    if (weight.isPresent()) {
      EPLB_KEYS.forEach(root::find);
    }
    root.end();
    if (load.isEmpty()) {
      JsonCursor table = counts.or(() -> weight).get();
      return Map.of(name, isOfSteps(table) ? summed(table, shape) : matrix(table, shape));
    }
    Map<String, List<LayerRouting>> byName = new LinkedHashMap<>();
    for (String key : load.get().keys()) {
      byName.put(key, matrix(load.get().get(key), shape));
    }
    if (byName.isEmpty()) {
      throw load.get().error("must name at least one matrix", FORMS);
    }
    return byName;
  }

  /**
   * Keys that describe the recording: where they say what the model must say too, they must agree.
   */
  private static void checkDescription(JsonCursor root, MoeShape shape) {
    for (String free :
        List.of("$schema", "provenance", "model", "unit", "licence", "license", "tokens")) {
      root.find(free);
    }
    root.find("num_layers")
        .ifPresent(
            value -> {
              int layers = value.integer(1, 1_000_000);
              if (layers != shape.layers().size() && layers != shape.hiddenLayers()) {
                throw value.error(
                    "must be "
                        + shape.layers().size()
                        + " or "
                        + shape.hiddenLayers()
                        + ", was "
                        + layers,
                    "Give loads that were recorded with " + shape.model() + ".");
              }
            });
    root.find("num_experts")
        .ifPresent(value -> agree(value, shape.experts().get(0).experts(), shape));
    root.find("top_k")
        .ifPresent(value -> agree(value, shape.experts().get(0).expertsPerToken(), shape));
  }

  private static void agree(JsonCursor value, int expected, MoeShape shape) {
    int actual = value.integer(1, 1_000_000);
    if (actual != expected) {
      throw value.error(
          "must be " + expected + ", was " + actual,
          "Give loads that were recorded with " + shape.model() + ".");
    }
  }

  // SGLang's recorder writes a table for each step that it remembers.
  private static boolean isOfSteps(JsonCursor table) {
    List<JsonCursor> steps = table.list();
    if (steps.isEmpty() || !steps.get(0).isList()) {
      return false;
    }
    List<JsonCursor> rows = steps.get(0).list();
    return !rows.isEmpty() && rows.get(0).isList();
  }

  private static List<LayerRouting> summed(JsonCursor table, MoeShape shape) {
    double[][] sums = emptySums(shape);
    for (JsonCursor step : table.list()) {
      List<JsonCursor> rows = step.list();
      shape.checkRows(step, rows.size());
      for (int i = 0; i < sums.length; i++) {
        double[] loads = numbers(shape.row(rows, i), sums[i].length, shape);
        for (int expert = 0; expert < loads.length; expert++) {
          sums[i][expert] += loads[expert];
        }
      }
    }
    return ofSums(table, sums, shape);
  }

  private static List<LayerRouting> matrix(JsonCursor table, MoeShape shape) {
    List<JsonCursor> rows = table.list();
    shape.checkRows(table, rows.size());
    List<LayerRouting> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers().size(); i++) {
      MoeFfn moe = shape.experts().get(i);
      JsonCursor row = shape.row(rows, i);
      double[] loads = numbers(row, moe.experts(), shape);
      layers.add(
          row.build(
              () -> LayerRouting.ofLoads(loads, moe.expertsPerToken()),
              "Give how often each expert was chosen."));
    }
    return layers;
  }

  private static double[] numbers(JsonCursor row, int experts, MoeShape shape) {
    List<JsonCursor> cells = row.list();
    if (cells.size() != experts) {
      throw row.error(
          "must have " + experts + " loads, has " + cells.size(),
          "Give one load per routed expert of " + shape.model() + ".");
    }
    return cells.stream().mapToDouble(cell -> cell.numberIn(0, MAX_LOAD)).toArray();
  }

  private static List<LayerRouting> readLoadStatistics(FileReference source, MoeShape shape) {
    List<String> lines =
        InputDoor.text(source.file(), source.shown(), JsonCursor.MAX_FILE_BYTES, FORMS)
            .lines()
            .toList();
    double[][] sums = emptySums(shape);
    JsonCursor last = null;
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        last = JsonCursor.parseLine(lines.get(i), source.shown(), i + 1);
        addRecord(last, shape, sums);
      }
    }
    if (last == null) {
      throw new InputException(source.shown(), "", "is empty", FORMS);
    }
    return ofSums(last, sums, shape);
  }

  private static double[][] emptySums(MoeShape shape) {
    return shape.experts().stream().map(moe -> new double[moe.experts()]).toArray(double[][]::new);
  }

  /** Adds one record's loads per physical slot to the logical experts that its p2l_map names. */
  private static void addRecord(JsonCursor record, MoeShape shape, double[][] sums) {
    JsonCursor type = record.get("record_type");
    if (!type.text().equals("eplb_load_stats")) {
      throw type.error(
          "must be eplb_load_stats, was \"" + type.text() + "\"",
          "Give the load statistics, not the mapping.");
    }
    record.get("version").integer(1, 1);
    record.find("step");
    record.find("num_ranks");
    List<JsonCursor> loads = record.get("expert_load").list();
    List<JsonCursor> maps = record.get("p2l_map").list();
    shape.checkRows(record.get("expert_load"), loads.size());
    shape.checkRows(record.get("p2l_map"), maps.size());
    record.end();
    for (int i = 0; i < shape.layers().size(); i++) {
      List<JsonCursor> load = shape.row(loads, i).list();
      List<JsonCursor> experts = shape.row(maps, i).list();
      if (load.size() != experts.size()) {
        throw shape
            .row(loads, i)
            .error(
                "has " + load.size() + " slots, its row of p2l_map " + experts.size(),
                "Give one load per slot of p2l_map.");
      }
      for (int slot = 0; slot < load.size(); slot++) {
        sums[i][experts.get(slot).integer(0, sums[i].length - 1)] +=
            load.get(slot).numberIn(0, MAX_LOAD);
      }
    }
  }

  private static List<LayerRouting> ofSums(JsonCursor last, double[][] sums, MoeShape shape) {
    List<LayerRouting> layers = new ArrayList<>();
    for (int i = 0; i < sums.length; i++) {
      double[] loads = sums[i];
      int expertsPerToken = shape.experts().get(i).expertsPerToken();
      layers.add(
          last.build(
              () -> LayerRouting.ofLoads(loads, expertsPerToken),
              "MoE layer " + i + " has no load in any record: record more steps."));
    }
    return layers;
  }
}
