package dev.rackplan.json.huggingface;

import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeDimensions;
import java.util.ArrayList;
import java.util.List;

/**
 * LongCat-Flash: a layer holds two latent attentions, two dense FFNs, and experts that run beside
 * them; some experts only pass the token on.
 *
 * <p>Each is counted as two layers: the first with the experts and its dense FFN as what every
 * token uses, the second dense. Of the experts chosen per token those are counted that have
 * weights, in the mean.
 */
final class LongcatFamily {
  private LongcatFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Attention attention = DeepSeekFamily.attention(config, 0);
    Ffn dense = DenseFfn.gated(config.hidden(), config.width("ffn_hidden_size"));
    Ffn moe = moe(config, dense.parameters());
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers("num_layers"); i++) {
      layers.add(new Layer(attention, moe, 2L * config.hidden(), 1));
      layers.add(new Layer(attention, dense, 2L * config.hidden(), 1));
    }
    config.note("Each layer of LongCat is counted as two: one with experts, one dense.");
    return layers;
  }

  private static Ffn moe(ConfigReader config, long dense) {
    int experts = config.width("n_routed_experts");
    int zero = config.count("zero_expert_num", 0);
    int chosen = config.width("moe_topk");
    int used = Math.max(1, Math.round(chosen * experts / (float) (experts + zero)));
    // The router scores the experts without weights too; a bias for each.
    long more = (long) zero * (config.hidden() + 1);
    return config.moe(
        MoeDimensions.of(config.hidden(), experts, used, config.width("expert_ffn_hidden_size"))
            .withShared(0, dense + more)
            .withBiases(true, false));
  }
}
