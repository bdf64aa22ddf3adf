package dev.rackplan.json.huggingface;

import dev.rackplan.model.Attention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.Layer;
import dev.rackplan.model.NoAttention;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Llama 3.2 Vision: Llama with layers in between that attend to the picture.
 *
 * <p>These layers' keys and values do not grow with the text, and text alone skips them; their
 * attention's weights are counted, its time is not.
 */
final class MllamaFamily {
  /** Rows of the embedding beside the vocabulary's. Source: MllamaTextModel. */
  private static final long MORE_ROWS = 8;

  private MllamaFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Attention full = GroupedQuery.full(config);
    long cross = GroupedQuery.full(config, Extra.HEAD_NORM).parameters();
    List<Integer> crossing = crossing(config);
    ExpertLayers ffns = new ExpertLayers(config, Set.of());
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      long other = 2L * config.hidden() + (i == 0 ? MORE_ROWS * config.hidden() : 0);
      layers.add(
          crossing.contains(i)
              // A gate for each half.
              ? new Layer(new NoAttention(), ffns.dense(i), other + cross + 2, 1)
              : new Layer(full, ffns.dense(i), other, 1));
    }
    if (!crossing.isEmpty()) {
      config.note("Cross-attention to pictures is counted in the weights, not in time and cache.");
    }
    return layers;
  }

  private static List<Integer> crossing(ConfigReader config) {
    // Default of MllamaTextConfig.
    return config.has("cross_attention_layers")
        ? config.numbers("cross_attention_layers")
        : List.of(3, 8, 13, 18, 23, 28, 33, 38);
  }
}
