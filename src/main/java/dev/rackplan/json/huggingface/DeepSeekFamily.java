package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.SparseIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * DeepSeek-V3, V3.2, Kimi-K2, GLM-5: latent attention, dense layers first; {@code
 * intermediate_size} is the dense width.
 */
final class DeepSeekFamily {
  private DeepSeekFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Ffn dense = DenseFfn.gated(config.hidden(), config.width("intermediate_size"));
    Ffn moe = moe(config);
    int denseLayers = config.count("first_k_dense_replace", 0);
    // Default of the DeepSeek configuration class: every layer.
    int frequency = config.width("moe_layer_freq", 1);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      boolean isMoe = i >= denseLayers && i % frequency == 0;
      layers.add(new Layer(attention(config, i), isMoe ? moe : dense, 2L * config.hidden(), 1));
    }
    return layers;
  }

  static LatentAttention.Dimensions dimensions(ConfigReader config) {
    return new LatentAttention.Dimensions(
        config.hidden(),
        config.heads(),
        config.findWidth("q_lora_rank"),
        config.width("kv_lora_rank"),
        config.count("qk_rope_head_dim", 0),
        config.width("qk_nope_head_dim"),
        config.width("v_head_dim"));
  }

  /** The attention of layer {@code layer}, with the indexer where the config has one. */
  static LatentAttention attention(ConfigReader config, int layer) {
    return sparse(config, dense(config), layer);
  }

  private static LatentAttention dense(ConfigReader config) {
    LatentAttention.Dimensions dimensions = dimensions(config);
    return LatentAttention.ofDimensions(
        dimensions, config.flag("attention_bias", false) ? dimensions.biasParameters() : 0);
  }

  private static LatentAttention sparse(ConfigReader config, LatentAttention dense, int layer) {
    if (config.findWidth("index_topk").isEmpty()) {
      return dense;
    }
    SparseIndex own =
        new SparseIndex(
            config.width("index_topk"),
            config.width("index_n_heads"),
            config.width("index_head_dim"));
    SparseIndex index = ownsIndexer(config, layer) ? own : own.takenOver();
    return dense.withIndex(
        index, index.parameters(config.hidden(), config.width("q_lora_rank", config.hidden())));
  }

  /**
   * {@code indexer_types} says {@code full} or {@code shared} of each layer; without it every
   * {@code index_topk_freq}-th layer from {@code index_skip_topk_offset} on has an indexer, and all
   * before. Source: GlmMoeDsaConfig of transformers.
   */
  private static boolean ownsIndexer(ConfigReader config, int layer) {
    Optional<List<JsonCursor>> types = config.perLayer("indexer_types", config.layers());
    if (types.isPresent()) {
      JsonCursor type = types.get().get(layer);
      return switch (type.text()) {
        case "full" -> true;
        case "shared" -> false;
        default ->
            throw type.error(
                "unknown kind of indexer \"" + type.text() + "\"", "Known here: full, shared.");
      };
    }
    Optional<JsonCursor> pattern = config.find("index_topk_pattern");
    if (pattern.isPresent() && pattern.get().isText()) {
      String letters = pattern.get().text();
      return layer >= letters.length() || letters.charAt(layer) == 'F';
    }
    int every = config.width("index_topk_freq", 1);
    int offset = config.count("index_skip_topk_offset", 2);
    return Math.max(layer - offset + 1, 0) % every == 0;
  }

  /** Routed and shared experts of one width; the router has a load-balancing bias per expert. */
  static Ffn moe(ConfigReader config) {
    int width = config.width("moe_intermediate_size");
    int shared = config.multiple("n_shared_experts", 0, width);
    return config.moe(
        config.grouped(
            config
                .experts("n_routed_experts", "num_experts_per_tok", width)
                .withShared(shared, 0)
                .withBiases(true, false)));
  }
}
