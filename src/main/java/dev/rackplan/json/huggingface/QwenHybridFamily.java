package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Qwen3-Next and Qwen3.5: gated delta net with gated full attention in between; dense, or with one
 * gated shared expert.
 */
final class QwenHybridFamily {
  private QwenHybridFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Attention full = GroupedQuery.full(config, Extra.HEAD_NORM, Extra.OUTPUT_GATE);
    Attention linear =
        LinearAttention.gatedDeltaNet(
            config.hidden(),
            config.heads("linear_num_key_heads"),
            config.width("linear_key_head_dim"),
            config.heads("linear_num_value_heads"),
            config.width("linear_value_head_dim"),
            config.width("linear_conv_kernel_dim", 4));
    int count = config.layers();
    Optional<List<JsonCursor>> types = config.perLayer("layer_types", count);
    // Default of Qwen3NextConfig: every 4th layer is full attention.
    int interval = config.width("full_attention_interval", 4);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean isLinear = types.isPresent() ? isLinear(types.get().get(i)) : (i + 1) % interval != 0;
      Ffn ffn =
          config.has("num_experts") && QwenMoeFamily.isMoe(config, i)
              ? moe(config)
              : QwenMoeFamily.dense(config);
      layers.add(new Layer(isLinear ? linear : full, ffn, 2L * config.hidden(), 1));
    }
    return layers;
  }

  private static Ffn moe(ConfigReader config) {
    return config.moe(
        config
            .experts("num_experts", "num_experts_per_tok", config.width("moe_intermediate_size"))
            .withShared(config.width("shared_expert_intermediate_size"), config.hidden()));
  }

  static boolean isLinear(JsonCursor layerType) {
    return switch (layerType.text()) {
      case "linear_attention" -> true;
      case "full_attention" -> false;
      default ->
          throw layerType.error(
              "unknown kind of layer \"" + layerType.text() + "\"",
              "Known here: linear_attention, full_attention.");
    };
  }
}
