package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Llama 4: chunked layers with a full one in between; {@code intermediate_size} is the expert
 * width, {@code …_mlp} the dense one.
 */
final class Llama4Family {
  private Llama4Family() {}

  static List<Layer> layers(ConfigReader config) {
    int width = config.width("intermediate_size");
    // One shared expert of the routed ones' width.
    Ffn moe =
        config.moe(
            config.experts("num_local_experts", "num_experts_per_tok", width).withShared(width, 0));
    int count = config.layers();
    Optional<List<JsonCursor>> types = config.perLayer("layer_types", count);
    List<Integer> rotary = rotaryLayers(config, count);
    // Default of Llama4TextConfig: 1, every layer is MoE.
    int step = config.width("interleave_moe_layer_step", 1);
    List<Integer> listed = config.numbers("moe_layers");
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean isMoe = listed.isEmpty() ? (i + 1) % step == 0 : listed.contains(i);
      Window window =
          types.isPresent()
              ? GroupedQuery.window(types.get().get(i), config)
              : window(config, rotary.get(i) != 0);
      Ffn ffn =
          isMoe ? moe : DenseFfn.gated(config.hidden(), config.width("intermediate_size_mlp"));
      layers.add(
          new Layer(
              GroupedQuery.of(config, window, GroupedQuery.extras()),
              ffn,
              2L * config.hidden(),
              1));
    }
    return layers;
  }

  /**
   * {@code no_rope_layers}, 1 where a layer has rotary positions; default of Llama4TextConfig: all
   * but every 4th.
   */
  private static List<Integer> rotaryLayers(ConfigReader config, int count) {
    // Published configs write an empty list for the default.
    List<Integer> given = config.numbers("no_rope_layers");
    if (!given.isEmpty()) {
      return config.numbersPerLayer("no_rope_layers", count).orElseThrow();
    }
    int interval = config.width("no_rope_layer_interval", 4);
    List<Integer> rotary = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rotary.add((i + 1) % interval == 0 ? 0 : 1);
    }
    return rotary;
  }

  /**
   * Layers with rotary positions attend within chunks, default of Llama4TextConfig: 8192 tokens.
   */
  private static Window window(ConfigReader config, boolean rotary) {
    return rotary ? Window.chunked(config.width("attention_chunk_size", 8192)) : Window.full();
  }
}
