package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.ParallelMixers;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Falcon-H1: attention and Mamba 2 side by side in every layer, then an FFN. */
final class FalconH1Family {
  private FalconH1Family() {}

  static List<Layer> layers(ConfigReader config) {
    GroupedQueryAttention attention =
        GroupedQuery.of(config, Window.full(), DecoderFamily.extras(config, Set.of()));
    Attention mixers = new ParallelMixers(attention, mamba(config, "mamba_rms_norm"));
    Layer layer =
        new Layer(mixers, new ExpertLayers(config, Set.of()).dense(0), 2L * config.hidden(), 1);
    return Collections.nCopies(config.layers(), layer);
  }

  /**
   * Mamba 2 by the keys of Bamba, Granite and Falcon-H1. Defaults of their configuration classes:
   * 128 heads, state 256, kernel 4, expansion 2, one group.
   *
   * @param normKey flag that says whether the output is normed; absent means as Bamba, it is
   */
  static LinearAttention mamba(ConfigReader config, String normKey) {
    int hidden = config.hidden();
    int heads = config.heads("mamba_n_heads");
    int inner = config.width("mamba_d_ssm", config.multiple("mamba_expand", 2, hidden));
    boolean given = config.find("mamba_d_head").filter(JsonCursor::isNumber).isPresent();
    int head = given ? config.width("mamba_d_head") : inner / heads;
    LinearAttention normed =
        LinearAttention.mamba2(
            hidden,
            heads,
            head,
            config.width("mamba_n_groups", 1),
            config.width("mamba_d_state", 256),
            config.width("mamba_d_conv", 4),
            config.flag("mamba_conv_bias", true));
    return config.flag(normKey, normKey.isEmpty())
        ? normed
        : new LinearAttention(
            normed.parameters() - (long) heads * head,
            normed.heads(),
            normed.stateBytes(),
            normed.flopsPerToken(),
            normed.groups());
  }
}
