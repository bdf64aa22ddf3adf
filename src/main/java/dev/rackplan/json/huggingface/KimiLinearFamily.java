package dev.rackplan.json.huggingface;

import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.MoeDimensions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Kimi Linear and Kimi-K3: delta attention with latent attention in between, experts in a latent
 * width, residuals across blocks.
 */
final class KimiLinearFamily {
  private KimiLinearFamily() {}

  static List<Layer> layers(ConfigReader config) {
    ConfigReader linear = config.section("linear_attn_config");
    List<Integer> full = linear.numbers("full_attn_layers");
    Attention latent = latent(config);
    Attention delta =
        LinearAttention.kimiDelta(
            config.hidden(),
            linear.heads("num_heads"),
            linear.width("head_dim"),
            linear.width("short_conv_kernel_size", 4),
            linear.flag("use_full_rank_gate", false));
    Ffn dense = DenseFfn.gated(config.hidden(), config.width("intermediate_size"));
    Ffn moe = moe(config);
    OptionalInt block = config.findWidth("attn_res_block_size");
    int denseLayers = config.count("first_k_dense_replace", 0);
    int frequency = config.width("moe_layer_freq", 1);
    int count = config.layers();
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // full_attn_layers counts from 1.
      Attention attention = full.contains(i + 1) ? latent : delta;
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
