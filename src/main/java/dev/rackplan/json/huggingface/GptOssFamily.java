package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * gpt-oss: biases everywhere, attention sinks, sliding and full layers in turn; {@code
 * intermediate_size} is the expert width.
 */
final class GptOssFamily {
  private GptOssFamily() {}

  static List<Layer> layers(ConfigReader config) {
    // Default of GptOssConfig: attention_bias true.
    Set<Extra> extras =
        config.flag("attention_bias", true)
            ? GroupedQuery.extras(Extra.QUERY_KEY_VALUE_BIAS, Extra.OUTPUT_BIAS, Extra.SINKS)
            : GroupedQuery.extras(Extra.SINKS);
    Ffn moe =
        config.moe(
            config
                .experts(
                    "num_local_experts", "num_experts_per_tok", config.width("intermediate_size"))
                .withBiases(true, true));
    int count = config.layers();
    Optional<List<JsonCursor>> types = config.perLayer("layer_types", count);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int index = i;
      // Default of GptOssConfig: sliding first, then full, in turn.
      Window window =
          types
              .map(list -> GroupedQuery.window(list.get(index), config))
              .orElseGet(
                  () ->
                      index % 2 == 0
                          ? Window.sliding(config.width("sliding_window", 128))
                          : Window.full());
      layers.add(new Layer(GroupedQuery.of(config, window, extras), moe, 2L * config.hidden(), 1));
    }
    return layers;
  }
}
