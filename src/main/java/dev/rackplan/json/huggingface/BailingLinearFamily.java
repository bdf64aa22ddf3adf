package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Ring-linear and Ling 2.5: lightning or Kimi delta attention, with softmax attention
 * (grouped-query or latent) in every {@code layer_group_size}-th layer.
 */
final class BailingLinearFamily {
  private BailingLinearFamily() {}

  static List<Layer> layers(ConfigReader config) {
    int count = config.layers();
    int group = config.width("layer_group_size", 8);
    Optional<List<JsonCursor>> types = config.perLayer("layer_types", count);
    ExpertLayers ffns = new ExpertLayers(config, Set.of(Trait.ROUTER_BIAS));
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // The layers after the last whole group are softmax attention too.
      boolean full =
          types.isPresent()
              ? !QwenHybridFamily.isLinear(types.get().get(i))
              : (i + 1) % group == 0 || i >= count / group * group;
      layers.add(
          new Layer(full ? full(config) : linear(config), ffns.of(i), 2L * config.hidden(), 1));
    }
    return layers;
  }

  private static Attention full(ConfigReader config) {
    if (config.has("kv_lora_rank")) {
      return DeepSeekFamily.attention(config, 0);
    }
    return GroupedQuery.of(
        config,
        Window.full(),
        DecoderFamily.normSaid(config)
            ? GroupedQuery.extras(Extra.HEAD_NORM)
            : GroupedQuery.extras());
  }

  private static Attention linear(ConfigReader config) {
    int head = config.headDimension();
    if (!config.has("short_conv_kernel_size")) {
      return LinearAttention.lightning(config.hidden(), config.heads(), head);
    }
    LinearAttention delta =
        LinearAttention.kimiDelta(
            config.hidden(),
            config.width("linear_num_heads", config.heads()),
            config.width("linear_head_dim", head),
            config.width("short_conv_kernel_size"),
            true);
    // The decay is of full rank too.
    int dimension = config.width("linear_head_dim", head);
    long width = (long) delta.heads() * dimension;
    long more = config.hidden() * width - dimension * (config.hidden() + width);
    return new LinearAttention(
        delta.parameters() + more, delta.heads(), delta.stateBytes(), delta.flopsPerToken());
  }
}
