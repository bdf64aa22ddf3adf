package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.ModelInput;
import dev.rackplan.model.MoeDimensions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * ERNIE 4.5 VL: some experts for text, others for pictures; keys give a list with a value for each.
 *
 * <p>Text uses the first; the others' weights are counted with the vision part.
 */
final class ErnieVisionFamily {
  private static final int MOST = 1 << 20;

  private ErnieVisionFamily() {}

  static List<Layer> layers(ConfigReader config) {
    ExpertLayers dense = new ExpertLayers(config, Set.of());
    Attention attention = GroupedQuery.full(config);
    Ffn moe = moe(config);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      Ffn ffn = isMoe(config, i, 0) ? moe : dense.dense(i);
      layers.add(new Layer(attention, ffn, 2L * config.hidden(), 1));
    }
    return layers;
  }

  /** The experts for pictures, with their routers. */
  static ModelInput input(ConfigReader config) {
    long expert = 3L * config.hidden() * of(config, "moe_intermediate_size", 1, 0);
    long experts = of(config, "moe_num_experts", 1, 0);
    long layers = 0;
    for (int i = 0; i < config.layers(); i++) {
      layers += isMoe(config, i, 1) ? 1 : 0;
    }
    return new ModelInput(layers * experts * (expert + config.hidden()), 0);
  }

  private static Ffn moe(ConfigReader config) {
    int width = of(config, "moe_intermediate_size", 0, 1536);
    int shared = of(config, "moe_num_shared_experts", 0, 0);
    return config.moe(
        MoeDimensions.of(
                config.hidden(),
                of(config, "moe_num_experts", 0, 64),
                of(config, "moe_k", 0, 6),
                width)
            .withShared(Math.multiplyExact(shared, width), 0)
            .withBiases(true, false));
  }

  private static boolean isMoe(ConfigReader config, int layer, int modality) {
    if (config.has("mlp_layer_types")) {
      String type =
          config.perLayer("mlp_layer_types", config.layers()).orElseThrow().get(layer).text();
      return !type.equals("dense");
    }
    int last = config.layers() - 1;
    return layer >= of(config, "moe_layer_start_index", modality, 1)
        && layer <= of(config, "moe_layer_end_index", modality, last);
  }

  /** The value for text (0) or pictures (1); one number counts for both. */
  private static int of(ConfigReader config, String key, int modality, int whenAbsent) {
    return config
        .find(key)
        .map(at -> at.isList() ? element(at, modality) : at.integer(0, MOST))
        .orElse(whenAbsent);
  }

  private static int element(JsonCursor list, int modality) {
    List<JsonCursor> items = list.list();
    if (items.size() <= modality) {
      throw list.error("must have a value for text and one for pictures", "Correct the list.");
    }
    return items.get(modality).integer(0, MOST);
  }
}
