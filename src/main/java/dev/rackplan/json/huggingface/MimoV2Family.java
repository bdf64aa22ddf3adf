package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * MiMo-V2: sliding layers with more key-value heads and sinks, full ones in between; values
 * narrower than keys.
 *
 * <p>Heads are counted as wide as key and value are in the mean: weights, cache and products are
 * the same.
 */
final class MimoV2Family {
  private MimoV2Family() {}

  static List<Layer> layers(ConfigReader config) {
    int count = config.layers();
    List<Boolean> slides = sliding(config, count);
    ExpertLayers ffns =
        new ExpertLayers(config, Set.of(Trait.ROUTER_BIAS, Trait.FIRST_LAYER_DENSE));
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      layers.add(new Layer(attention(config, slides.get(i)), ffns.of(i), 2L * config.hidden(), 1));
    }
    return layers;
  }

  /** {@code hybrid_layer_pattern}, 1 where a layer slides; default of MiMoV2FlashConfig. */
  private static List<Boolean> sliding(ConfigReader config, int count) {
    Optional<List<Integer>> pattern = config.numbersPerLayer("hybrid_layer_pattern", count);
    if (pattern.isPresent()) {
      return pattern.get().stream().map(one -> one != 0).toList();
    }
    Optional<List<JsonCursor>> types = config.perLayer("layer_types", count);
    List<Boolean> slides = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      slides.add(
          types.isPresent()
              ? !GroupedQuery.window(types.get().get(i), config).equals(Window.full())
              : i != 0 && (i + 1) % 6 != 0);
    }
    return slides;
  }

  private static Attention attention(ConfigReader config, boolean slides) {
    String prefix = slides ? "swa_" : "";
    int key = config.width(prefix + "head_dim", config.width("head_dim", 192));
    int value = config.width(prefix + "v_head_dim", config.width("v_head_dim", 128));
    int heads = config.width(prefix + "num_attention_heads", config.heads());
    int kvHeads = config.width(prefix + "num_key_value_heads", (slides ? 2 : 1) * config.kvHeads());
    boolean sinks =
        config.flag(
            slides ? "add_swa_attention_sink_bias" : "add_full_attention_sink_bias", slides);
    Window window = slides ? Window.sliding(config.width("sliding_window", 128)) : Window.full();
    if ((key + value) % 2 != 0) {
      throw config
          .get("v_head_dim")
          .error("makes an odd sum with head_dim", "Correct one of them.");
    }
    return config.build(
        () ->
            GroupedQueryAttention.ofDimensions(
                config.hidden(),
                heads,
                kvHeads,
                (key + value) / 2,
                window,
                sinks ? GroupedQuery.extras(Extra.SINKS) : GroupedQuery.extras()));
  }
}
