package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.KvSharing;
import dev.rackplan.model.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gemma 3: dense, five sliding layers to one full, norms before and after both halves. */
final class Gemma3Family {
  private Gemma3Family() {}

  static List<Layer> layers(ConfigReader config) {
    Ffn ffn = DenseFfn.gated(config.hidden(), config.width("intermediate_size"));
    // Defaults of Gemma3TextConfig: head_dim 256, window 4096, every 6th layer full.
    int head = config.width("head_dim", 256);
    int span = config.width("sliding_window", 4096);
    int pattern = config.width("sliding_window_pattern", 6);
    int count = config.layers();
    Optional<List<JsonCursor>> types = config.perLayer("layer_types", count);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean full = types.isPresent() ? isFull(types.get().get(i)) : (i + 1) % pattern == 0;
      Window window = full ? Window.full() : Window.sliding(span);
      layers.add(
          new Layer(
              GroupedQuery.ofHeads(config, head, window, GroupedQuery.extras(Extra.HEAD_NORM)),
              ffn,
              4L * config.hidden(),
              1));
    }
    return KvSharing.ofLast(layers, config.count("num_kv_shared_layers", 0));
  }

  private static boolean isFull(JsonCursor layerType) {
    return switch (layerType.text()) {
      case "full_attention" -> true;
      case "sliding_attention" -> false;
      default ->
          throw layerType.error(
              "unknown kind of layer \"" + layerType.text() + "\"",
              "Known here: full_attention, sliding_attention.");
    };
  }
}
