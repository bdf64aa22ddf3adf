package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MiniMax-Text-01 and M1: lightning attention with softmax attention in between; {@code
 * intermediate_size} is the expert width.
 */
final class MiniMaxLightningFamily {
  private MiniMaxLightningFamily() {}

  static List<Layer> layers(ConfigReader config) {
    int count = config.layers();
    Attention full = GroupedQuery.full(config);
    Attention lightning =
        LinearAttention.lightning(config.hidden(), config.heads(), config.headDimension());
    Ffn moe =
        config.moe(
            config
                .experts(
                    "num_local_experts", "num_experts_per_tok", config.width("intermediate_size"))
                .withShared(config.count("shared_intermediate_size", 0), 0));
    List<Boolean> softmax = softmaxLayers(config, count);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      layers.add(new Layer(softmax.get(i) ? full : lightning, moe, 2L * config.hidden(), 1));
    }
    return layers;
  }

  /**
   * {@code attn_type_list} (0 = lightning, 1 = softmax), or {@code layer_types} in the transformers
   * port.
   */
  private static List<Boolean> softmaxLayers(ConfigReader config, int count) {
    Optional<List<Integer>> types = config.numbersPerLayer("attn_type_list", count);
    if (types.isPresent()) {
      return types.get().stream().map(type -> type != 0).toList();
    }
    Optional<List<JsonCursor>> words = config.perLayer("layer_types", count);
    if (words.isPresent()) {
      return words.get().stream().map(word -> !QwenHybridFamily.isLinear(word)).toList();
    }
    // Default of the transformers port (MiniMaxConfig): every second layer is full attention.
    List<Boolean> alternating = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      alternating.add((i + 1) % 2 == 0);
    }
    return alternating;
  }
}
