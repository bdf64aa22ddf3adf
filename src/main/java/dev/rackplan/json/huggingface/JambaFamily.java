package dev.rackplan.json.huggingface;

import dev.rackplan.model.Attention;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import java.util.ArrayList;
import java.util.List;

/**
 * Jamba: Mamba with attention in between; {@code intermediate_size} is the width of dense FFNs and
 * of experts alike.
 */
final class JambaFamily {
  private JambaFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Attention full = GroupedQuery.full(config);
    Attention mamba = mamba(config);
    Ffn dense = QwenMoeFamily.dense(config);
    Ffn moe =
        config.moe(
            config.experts(
                "num_experts", "num_experts_per_tok", config.width("intermediate_size")));
    // Defaults of JambaConfig: attention in layers 4, 12, …; experts in layers 1, 3, ….
    int attentionPeriod = config.width("attn_layer_period", 8);
    int attentionOffset = config.count("attn_layer_offset", 4);
    int expertPeriod = config.width("expert_layer_period", 2);
    int expertOffset = config.count("expert_layer_offset", 1);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      boolean isFull = i % attentionPeriod == attentionOffset;
      boolean isMoe = i % expertPeriod == expertOffset;
      layers.add(new Layer(isFull ? full : mamba, isMoe ? moe : dense, 2L * config.hidden(), 1));
    }
    return layers;
  }

  /**
   * Defaults of JambaConfig: state 16, kernel 4, expansion 2, step rank hidden/16 rounded up, bias
   * on the convolution only.
   */
  private static Attention mamba(ConfigReader config) {
    int hidden = config.hidden();
    boolean rankGiven = config.find("mamba_dt_rank").filter(rank -> !rank.isText()).isPresent();
    return LinearAttention.mamba(
        hidden,
        config.multiple("mamba_expand", 2, hidden),
        config.width("mamba_d_state", 16),
        rankGiven ? config.width("mamba_dt_rank") : (hidden + 15) / 16,
        config.width("mamba_d_conv", 4),
        config.flag("mamba_conv_bias", true),
        config.flag("mamba_proj_bias", false));
  }
}
