package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.MoeDimensions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Kimi Linear and Kimi-K3: delta attention with latent attention in between, experts in a latent
 * width, residuals across blocks.
 */
final class KimiLinearFamily {
  private KimiLinearFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Optional<ConfigReader> linear = config.findSection("linear_attn_config");
    List<Boolean> full = fullLayers(config, linear);
    Attention latent = latent(config);
    Attention delta = delta(config, linear);
    Ffn dense = DenseFfn.gated(config.hidden(), config.width("intermediate_size"));
    Ffn moe = moe(config);
    OptionalInt block = config.findWidth("attn_res_block_size");
    int denseLayers = config.count("first_k_dense_replace", config.has("mlp_layer_types") ? 1 : 0);
    int frequency = config.width("moe_layer_freq", 1);
    int count = config.layers();
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Attention attention = full.get(i) ? latent : delta;
      boolean isMoe = i >= denseLayers && i % frequency == 0;
      layers.add(
          new Layer(
              attention,
              isMoe ? moe : dense,
              other(config.hidden(), block, i == count - 1),
              residuals(block, i)));
    }
    return layers;
  }

  /** Counted from 1 in {@code linear_attn_config}; by {@code layer_types} in transformers' port. */
  private static List<Boolean> fullLayers(ConfigReader config, Optional<ConfigReader> linear) {
    int count = config.layers();
    Optional<List<JsonCursor>> types = config.perLayer("layer_types", count);
    if (linear.isEmpty() && types.isPresent()) {
      return types.get().stream().map(type -> !QwenHybridFamily.isLinear(type)).toList();
    }
    List<Integer> listed =
        linear.orElseGet(() -> config.section("linear_attn_config")).numbers("full_attn_layers");
    return IntStream.rangeClosed(1, count).mapToObj(listed::contains).toList();
  }

  private static Attention delta(ConfigReader config, Optional<ConfigReader> linear) {
    return linear.isPresent()
        ? LinearAttention.kimiDelta(
            config.hidden(),
            linear.get().heads("num_heads"),
            linear.get().width("head_dim"),
            linear.get().width("short_conv_kernel_size", 4),
            linear.get().flag("use_full_rank_gate", false))
        : LinearAttention.kimiDelta(
            config.hidden(),
            config.heads("linear_num_heads"),
            config.width("linear_head_dim"),
            config.width("linear_conv_kernel_dim", 4),
            false);
  }

  /**
   * Two norms; with residuals across blocks also a query and a norm before each half, and for the
   * output after the last layer.
   */
  private static long other(int hidden, OptionalInt block, boolean last) {
    long norms = 2L * hidden;
    return block.isEmpty() ? norms : norms + (last ? 6L : 4L) * hidden;
  }

  /**
   * Streams that leave layer {@code index}: the embedding and the earlier blocks' sums, and the
   * running sum of its own block. Source: Kimi-K3 report, section on attention residuals.
   */
  private static int residuals(OptionalInt block, int index) {
    return block.isEmpty() ? 1 : index / block.getAsInt() + 2;
  }

  private static Attention latent(ConfigReader config) {
    LatentAttention.Dimensions dimensions = DeepSeekFamily.dimensions(config);
    long gate = config.flag("mla_use_output_gate", false) ? dimensions.outputGateParameters() : 0;
    return LatentAttention.ofDimensions(dimensions, gate);
  }

  private static Ffn moe(ConfigReader config) {
    int width = config.width("moe_intermediate_size");
    int latent = config.width("routed_expert_hidden_size", config.hidden());
    long norm = config.flag("latent_moe_use_norm", false) ? latent : 0;
    MoeDimensions experts =
        config
            .experts("num_experts", "num_experts_per_token", width)
            .withTokenWidth(latent)
            .withShared(config.multiple("num_shared_experts", 0, width), norm)
            .withBiases(true, false)
            .withGroups(config.width("num_expert_group", 1), config.width("topk_group", 1));
    return config.moe(experts);
  }
}
