package dev.rackplan.json;

import dev.rackplan.model.Model;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * An expert placement that someone else made.
 *
 * <ul>
 *   <li>SGLang: {@code physical_to_logical_map}, one row per hidden layer; rows of dense layers are
 *       not looked at; also as {@code .pt}.
 *   <li>TensorRT-LLM, as YAML or JSON: {@code initial_global_assignments} keyed by layer index,
 *       with {@code num_slots}.
 *   <li>vLLM ({@code record_type} {@code eplb_initial_mapping}): the same key, but MoE layers
 *       counted from 0.
 *   <li>vllm-ascend: {@code layer_list} with the experts of each device, MoE layers counted from 0.
 * </ul>
 */
public final class ExpertMapFile {
  private static final int MAX_SLOTS = 1_000_000;

  private ExpertMapFile() {}

  /**
   * Slot → expert per MoE layer of {@code model}, keyed by layer index; every row has the same
   * number of slots and each expert at least once.
   *
   * @param shown the path as the user gave it
   */
  public static SortedMap<Integer, int[]> read(Path file, String shown, Model model) {
    MoeShape shape = MoeShape.of(model);
    JsonCursor root =
        YamlFile.named(shown)
            ? YamlFile.read(file, shown)
            : TorchFile.named(shown) ? TorchFile.read(file, shown) : JsonCursor.read(file, shown);
    if (shape.layers().isEmpty()) {
      throw root.error(
          model.name() + " has no experts to place", "Give a map for a model with experts only.");
    }
    Optional<JsonCursor> table = root.find("physical_to_logical_map");
    Optional<JsonCursor> assignments = root.find("initial_global_assignments");
    Optional<JsonCursor> devices = root.find("layer_list");
    if (Stream.of(table, assignments, devices).filter(Optional::isPresent).count() != 1) {
      throw root.error(
          "must have exactly one of physical_to_logical_map, initial_global_assignments and layer_list",
          "Give an SGLang, TensorRT-LLM, vLLM or vllm-ascend expert map (docs/formats.md#expert-maps).");
    }
    SortedMap<Integer, int[]> maps;
    if (table.isPresent()) {
      maps = ofTable(table.get(), shape);
    } else if (assignments.isPresent()) {
      maps = ofAssignments(root, assignments.get(), shape);
    } else {
      maps = ofDevices(root, devices.orElseThrow(), shape);
    }
    root.end();
    return maps;
  }

  /**
   * The same of vLLM's maps, one for each stage, in order; each counts its own MoE layers from 0.
   *
   * @param shown the paths as the user gave them
   */
  public static SortedMap<Integer, int[]> readStages(
      List<Path> files, List<String> shown, Model model) {
    MoeShape shape = MoeShape.of(model);
    SortedMap<Integer, int[]> maps = new TreeMap<>();
    for (int i = 0; i < files.size(); i++) {
      JsonCursor root = JsonCursor.read(files.get(i), shown.get(i));
      if (!root.has("record_type")) {
        throw root.error(
            "is not one of vLLM's maps, which alone come stage by stage", "Give one map.");
      }
      JsonCursor assignments = root.get("initial_global_assignments");
      int first = maps.size();
      int count = assignments.keys().size();
      int left = shape.layers().size() - first;
      if (count > left || (i == files.size() - 1 && count < left)) {
        throw assignments.error(
            "has " + count + " layers, " + left + " MoE layers of " + shape.model() + " are left",
            "Give the map of every stage, each once, in the stages' order.");
      }
      SortedMap<Integer, int[]> stage = ofAssignments(root, assignments, shape.part(first, count));
      root.end();
      if (!maps.isEmpty() && slots(stage) != slots(maps)) {
        throw root.error(
            "has " + slots(stage) + " slots a layer, the maps before " + slots(maps),
            "Give maps of one deployment.");
      }
      maps.putAll(stage);
    }
    return maps;
  }

  private static int slots(SortedMap<Integer, int[]> maps) {
    return maps.get(maps.firstKey()).length;
  }

  private static SortedMap<Integer, int[]> ofTable(JsonCursor table, MoeShape shape) {
    List<JsonCursor> rows = table.list();
    if (rows.size() != shape.hiddenLayers()) {
      throw table.error(
          "must have " + shape.hiddenLayers() + " rows, has " + rows.size(),
          "Give one row per hidden layer of " + shape.model() + ", dense ones included.");
    }
    SortedMap<Integer, int[]> maps = new TreeMap<>();
    for (int i = 0; i < shape.layers().size(); i++) {
      put(
          maps,
          shape.layers().get(i),
          rows.get(shape.layers().get(i)),
          shape.experts().get(i).experts());
    }
    return maps;
  }

  private static SortedMap<Integer, int[]> ofAssignments(
      JsonCursor root, JsonCursor assignments, MoeShape shape) {
    boolean countedFromZero = root.has("record_type");
    if (countedFromZero) {
      JsonCursor type = root.get("record_type");
      if (!type.text().equals("eplb_initial_mapping")) {
        throw type.error(
            "must be eplb_initial_mapping, was \"" + type.text() + "\"",
            "Give the mapping, not the load statistics.");
      }
      root.get("version").integer(1, 1);
      root.find("num_redundant_experts").ifPresent(value -> value.integer(0, MAX_SLOTS));
    } else {
      root.find("layer_updates_per_iter").ifPresent(value -> value.integer(0, MAX_SLOTS));
    }
    SortedMap<Integer, int[]> maps = new TreeMap<>();
    for (int i = 0; i < shape.layers().size(); i++) {
      int layer = shape.layers().get(i);
      put(
          maps,
          layer,
          assignments.get(Integer.toString(countedFromZero ? i : layer)),
          shape.experts().get(i).experts());
    }
    assignments.end();
    root.find("num_slots")
        .ifPresent(
            value -> {
              int slots = slots(maps);
              if (value.integer(1, MAX_SLOTS) != slots) {
                throw value.error(
                    "must be " + slots + ", the length of each row",
                    "Make num_slots and the rows agree.");
              }
            });
    return maps;
  }

  private static SortedMap<Integer, int[]> ofDevices(
      JsonCursor root, JsonCursor list, MoeShape shape) {
    List<JsonCursor> layers = list.list();
    root.get("moe_layer_count").integer(layers.size(), layers.size());
    if (layers.size() != shape.layers().size()) {
      throw list.error(
          "must have " + shape.layers().size() + " layers, has " + layers.size(),
          "Give one for each MoE layer of " + shape.model() + ".");
    }
    SortedMap<Integer, int[]> maps = new TreeMap<>();
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).get("layer_id").integer(i, i);
      List<JsonCursor> devices = layers.get(i).get("device_list").list();
      layers.get(i).get("device_count").integer(devices.size(), devices.size());
      layers.get(i).end();
      put(
          maps,
          shape.layers().get(i),
          slots(list, devices, shape.experts().get(i).experts()),
          list);
    }
    return maps;
  }

  private static int[] slots(JsonCursor list, List<JsonCursor> devices, int experts) {
    List<JsonCursor> slots = new ArrayList<>();
    int perDevice = -1;
    for (int device = 0; device < devices.size(); device++) {
      devices.get(device).get("device_id").integer(device, device);
      List<JsonCursor> own = devices.get(device).get("device_expert").list();
      devices.get(device).end();
      if (perDevice >= 0 && own.size() != perDevice) {
        throw devices
            .get(device)
            .error(
                "must have " + perDevice + " experts as the devices before, has " + own.size(),
                "Give every device the same number of slots.");
      }
      perDevice = own.size();
      slots.addAll(own);
    }
    return PlanReader.slots(list, slots, experts);
  }

  private static void put(SortedMap<Integer, int[]> maps, int layer, JsonCursor row, int experts) {
    put(maps, layer, PlanReader.slots(row, experts), row);
  }

  private static void put(SortedMap<Integer, int[]> maps, int layer, int[] slots, JsonCursor row) {
    if (!maps.isEmpty() && slots(maps) != slots.length) {
      throw row.error(
          "must have " + slots(maps) + " slots as the layers before, has " + slots.length,
          "Give every layer the same number of slots.");
    }
    maps.put(layer, slots);
  }
}
