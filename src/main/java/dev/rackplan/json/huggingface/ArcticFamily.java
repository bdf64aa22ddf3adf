package dev.rackplan.json.huggingface;

import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import java.util.ArrayList;
import java.util.List;

/**
 * Snowflake Arctic: a dense residual branch of hidden width beside the experts; {@code
 * intermediate_size} is the expert width.
 */
final class ArcticFamily {
  private ArcticFamily() {}

  static List<Layer> layers(ConfigReader config) {
    int hidden = config.hidden();
    int width = config.width("intermediate_size");
    // Default of ArcticConfig: no residual branch, every 2nd layer MoE.
    boolean branch = config.flag("parallel_attn_mlp_res", false);
    int frequency = config.width("moe_layer_frequency", 2);
    Attention attention = GroupedQuery.full(config);
    Ffn moe =
        config.moe(
            config
                .experts("num_local_experts", "num_experts_per_tok", width)
                .withShared(0, branch ? DenseFfn.gated(hidden, hidden).parameters() : 0));
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      boolean isMoe = (i + 1) % frequency == 0;
      long norms = (isMoe && branch ? 3L : 2L) * hidden;
      layers.add(new Layer(attention, isMoe ? moe : DenseFfn.gated(hidden, width), norms, 1));
    }
    return layers;
  }
}
