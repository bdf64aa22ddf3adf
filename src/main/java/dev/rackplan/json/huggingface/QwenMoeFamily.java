package dev.rackplan.json.huggingface;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Qwen3-MoE: {@code intermediate_size} is the dense width, {@code moe_intermediate_size} the
 * expert's.
 */
final class QwenMoeFamily {
  private QwenMoeFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Set<Extra> extras = GroupedQuery.extras(Extra.HEAD_NORM);
    if (config.flag("attention_bias", false)) {
      extras.add(Extra.QUERY_KEY_VALUE_BIAS);
      extras.add(Extra.OUTPUT_BIAS);
    }
    boolean slides =
        config.flag("use_sliding_window", false) && config.findWidth("sliding_window").isPresent();
    GroupedQueryAttention attention =
        GroupedQuery.of(
            config,
            slides ? Window.sliding(config.width("sliding_window")) : Window.full(),
            extras);
    Ffn moe =
        config.moe(
            config.experts(
                "num_experts", "num_experts_per_tok", config.width("moe_intermediate_size")));
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      layers.add(
          new Layer(attention, isMoe(config, i) ? moe : dense(config), 2L * config.hidden(), 1));
    }
    return layers;
  }

  /**
   * Every {@code decoder_sparse_step}-th layer (default of the Qwen configuration classes: 1) that
   * is not in {@code mlp_only_layers}.
   */
  static boolean isMoe(ConfigReader config, int index) {
    return !config.numbers("mlp_only_layers").contains(index)
        && (index + 1) % config.width("decoder_sparse_step", 1) == 0;
  }

  static Ffn dense(ConfigReader config) {
    return DenseFfn.gated(config.hidden(), config.width("intermediate_size"));
  }
}
