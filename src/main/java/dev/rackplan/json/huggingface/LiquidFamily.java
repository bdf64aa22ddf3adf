package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** LFM2: gated short convolutions with attention in between. */
final class LiquidFamily {
  private LiquidFamily() {}

  static List<Layer> layers(ConfigReader config) {
    int count = config.layers();
    Optional<List<JsonCursor>> types = config.perLayer("layer_types", count);
    List<Integer> full = config.numbers("full_attn_idxs");
    Attention attention = GroupedQuery.full(config, Extra.HEAD_NORM);
    ExpertLayers ffns = new ExpertLayers(config, Set.of(Trait.ROUTER_BIAS));
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean attends =
          types.isPresent()
              ? types.get().get(i).text().equals("full_attention")
              : full.isEmpty() || full.contains(i);
      Ffn ffn = ffns.isMoe(i) ? ffns.of(i) : dense(config, ffns, i);
      layers.add(
          new Layer(attends ? attention : convolution(config), ffn, 2L * config.hidden(), 1));
    }
    return layers;
  }

  /** {@code block_auto_adjust_ff_dim} takes two thirds of the width, rounded up to a multiple. */
  private static Ffn dense(ConfigReader config, ExpertLayers ffns, int layer) {
    if (config.has("num_experts") || !config.flag("block_auto_adjust_ff_dim", true)) {
      return ffns.dense(layer);
    }
    int given = config.width("block_ff_dim", config.width("intermediate_size"));
    int multiple = config.width("block_multiple_of", 256);
    double multiplier = config.find("block_ffn_dim_multiplier").map(JsonCursor::number).orElse(1.0);
    int scaled = (int) (multiplier * Math.floorDiv(2 * given, 3));
    int width = multiple * ((scaled + multiple - 1) / multiple);
    return config.build(() -> DenseFfn.gated(config.hidden(), width));
  }

  /** Three projections in, a convolution over the last tokens of each channel, one out. */
  private static LinearAttention convolution(ConfigReader config) {
    long hidden = config.hidden();
    int kernel = config.width("conv_L_cache", 3);
    long bias = config.flag("conv_bias", false) ? 5 * hidden : 0;
    return new LinearAttention(
        4 * hidden * hidden + kernel * hidden + bias,
        config.hidden(),
        2.0 * hidden * kernel,
        2.0 * hidden * kernel);
  }
}
