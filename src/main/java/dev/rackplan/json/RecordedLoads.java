package dev.rackplan.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Loads as engines record them, turned into a {@code logical_count} table with a row for each
 * hidden layer.
 *
 * <ul>
 *   <li>SGLang's recorder: {@code .pt} with {@code logical_count}, a table or one for each step
 *       (modes stat and stat_approx), or {@code records} with {@code global_physical_count} and
 *       {@code last_physical_to_logical_map} (per_pass, per_token).
 *   <li>SGLang before 0.4.6: a CSV of each rank, {@code layer_id,expert_id,count}.
 *   <li>TensorRT-LLM's {@code ExpertStatistic}: {@code rank0.safetensors}, a tensor of counts for
 *       each step and layer.
 * </ul>
 */
final class RecordedLoads {
  private static final int MOST_BYTES = 1 << 28;
  private static final double MAX_LOAD = 1e18;
  private static final String REMEDY =
      "Give a file as the engine wrote it (docs/formats.md#counts).";

  private RecordedLoads() {}

  /** Whether a file of that name is one. */
  static boolean named(String shown) {
    return TorchFile.named(shown) || shown.endsWith(".csv") || shown.endsWith(".safetensors");
  }

  /** With {@code logical_count}. */
  static JsonCursor read(FileReference source, MoeShape shape) {
    String shown = source.shown();
    if (shown.endsWith(".csv")) {
      return ofCsv(source, shape);
    }
    if (shown.endsWith(".safetensors")) {
      return ofTensors(source, shape);
    }
    JsonCursor root = TorchFile.read(source.file(), shown);
    return root.has("records") ? ofRecords(root, shape) : root;
  }

  private static JsonCursor ofRecords(JsonCursor root, MoeShape shape) {
    List<JsonCursor> maps = root.get("last_physical_to_logical_map").list();
    double[][] sums = empty(shape);
    for (JsonCursor record : root.get("records").list()) {
      List<JsonCursor> layers = record.get("global_physical_count").list();
      if (layers.size() != sums.length || maps.size() != sums.length) {
        throw record.error(
            "must have " + sums.length + " layers, has " + layers.size(),
            "Give loads that were recorded with " + shape.model() + ".");
      }
      for (int layer = 0; layer < sums.length; layer++) {
        List<JsonCursor> counts = layers.get(layer).list();
        List<JsonCursor> experts = maps.get(layer).list();
        if (counts.size() != experts.size()) {
          throw layers
              .get(layer)
              .error("has " + counts.size() + " slots, its map " + experts.size(), REMEDY);
        }
        for (int slot = 0; slot < counts.size(); slot++) {
          sums[layer][experts.get(slot).integer(0, sums[layer].length - 1)] +=
              counts.get(slot).numberIn(0, MAX_LOAD);
        }
      }
    }
    return cursor(sums, root.file());
  }

  private static JsonCursor ofCsv(FileReference source, MoeShape shape) {
    List<String> lines =
        InputDoor.text(source.file(), source.shown(), MOST_BYTES, REMEDY).lines().toList();
    if (!lines.get(0).strip().equals("layer_id,expert_id,count")) {
      throw new InputException(
          source.shown(),
          "line 1",
          "must be layer_id,expert_id,count, was " + lines.get(0).strip(),
          REMEDY);
    }
    double[][] sums = empty(shape);
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      String[] cells = lines.get(i).strip().split(",", -1);
      try {
        sums[Integer.parseInt(cells[0])][Integer.parseInt(cells[1])] += count(cells[2]);
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new InputException(
            source.shown(),
            "line " + (i + 1),
            "must be a layer below "
                + sums.length
                + ", an expert below "
                + sums[0].length
                + " and a count, was "
                + lines.get(i).strip(),
            "Give loads that were recorded with " + shape.model() + ".");
      }
    }
    return cursor(sums, source.shown());
  }

  private static double count(String cell) {
    double count = Double.parseDouble(cell);
    if (!(count >= 0 && count <= MAX_LOAD)) {
      throw new NumberFormatException(cell);
    }
    return count;
  }

  // Eight bytes of length, a header in JSON, then the tensors: keys are STEP_LAYER.
  private static JsonCursor ofTensors(FileReference source, MoeShape shape) {
    String shown = source.shown();
    byte[] bytes = InputDoor.bytes(source.file(), shown, MOST_BYTES, REMEDY);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long header = bytes.length < Long.BYTES ? -1 : buffer.getLong(0);
    if (header < 2 || header > bytes.length - Long.BYTES) {
      throw new InputException(shown, "", "is no safetensors file", REMEDY);
    }
    int start = Long.BYTES + (int) header;
    JsonCursor root =
        JsonCursor.parse(
            new String(bytes, Long.BYTES, (int) header, StandardCharsets.UTF_8), shown);
    double[][] sums = empty(shape);
    for (String key : root.keys()) {
      if (!key.equals("__metadata__")) {
        addTensor(root.get(key), key, buffer, start, sums);
      }
    }
    return cursor(sums, shown);
  }

  private static void addTensor(
      JsonCursor tensor, String key, ByteBuffer buffer, int start, double[][] sums) {
    int layer = layer(key);
    String type = tensor.text("dtype");
    List<JsonCursor> dimensions = tensor.get("shape").list();
    List<JsonCursor> offsets = tensor.get("data_offsets").list();
    boolean known = type.equals("I64") || type.equals("I32");
    if (layer < 0 || layer >= sums.length || !known || dimensions.size() != 1) {
      throw tensor.error(
          "must be whole numbers for a step and layer, with a key such as 100_3", REMEDY);
    }
    int experts = dimensions.get(0).integer(sums[layer].length, sums[layer].length);
    int width = type.equals("I64") ? Long.BYTES : Integer.BYTES;
    int first = start + offsets.get(0).integer(0, buffer.capacity() - start);
    if (first + experts * width > buffer.capacity()) {
      throw tensor.error("ends beyond the file", REMEDY);
    }
    for (int expert = 0; expert < experts; expert++) {
      int at = first + expert * width;
      sums[layer][expert] += width == Long.BYTES ? buffer.getLong(at) : buffer.getInt(at);
    }
  }

  private static int layer(String key) {
    try {
      return Integer.parseInt(key.substring(key.indexOf('_') + 1));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static double[][] empty(MoeShape shape) {
    return new double[shape.hiddenLayers()][shape.experts().get(0).experts()];
  }

  private static JsonCursor cursor(double[][] sums, String shown) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode table = root.putArray("logical_count");
    for (double[] row : sums) {
      ArrayNode cells = table.addArray();
      for (double cell : row) {
        cells.add(cell);
      }
    }
    return JsonCursor.of(root, shown);
  }
}
