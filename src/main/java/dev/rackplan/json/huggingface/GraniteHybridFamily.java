package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Granite 4 and Bamba: Mamba 2 with attention in between; a shared FFN in every layer, with experts
 * beside it or without.
 */
final class GraniteHybridFamily {
  private GraniteHybridFamily() {}

  static List<Layer> layers(ConfigReader config) {
    int count = config.layers();
    Optional<List<JsonCursor>> types = config.perLayer("layer_types", count);
    List<Integer> attending = config.numbers("attn_layer_indices");
    Attention full = GroupedQuery.full(config);
    Ffn ffn = ffn(config);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean isMamba = types.isPresent() ? isMamba(types.get().get(i)) : !attending.contains(i);
      Attention mixer = isMamba ? FalconH1Family.mamba(config, "") : full;
      layers.add(new Layer(mixer, ffn, 2L * config.hidden(), 1));
    }
    return layers;
  }

  private static boolean isMamba(JsonCursor type) {
    return switch (type.text()) {
      case "mamba", "linear_attention" -> true;
      case "attention", "full_attention" -> false;
      default ->
          throw type.error(
              "unknown kind of layer \"" + type.text() + "\"", "Known here: mamba, attention.");
    };
  }

  private static Ffn ffn(ConfigReader config) {
    // Bamba, the same without experts.
    if (!config.has("num_local_experts") && !config.has("shared_intermediate_size")) {
      return DenseFfn.gated(config.hidden(), config.width("intermediate_size"));
    }
    // Default of GraniteMoeHybridConfig.
    int shared = config.width("shared_intermediate_size", 1024);
    if (config.count("num_local_experts", 8) == 0) {
      return DenseFfn.gated(config.hidden(), shared);
    }
    return config.moe(
        config
            .experts("num_local_experts", "num_experts_per_tok", config.width("intermediate_size"))
            .withShared(shared, 0));
  }
}
