package dev.rackplan.json.huggingface;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Llama 2 and 3: dense. */
final class LlamaFamily {
  private LlamaFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Set<Extra> extras =
        config.flag("attention_bias", false)
            ? GroupedQuery.extras(Extra.QUERY_KEY_VALUE_BIAS, Extra.OUTPUT_BIAS)
            : GroupedQuery.extras();
    int width = config.width("intermediate_size");
    long bias = config.flag("mlp_bias", false) ? 2L * width + config.hidden() : 0;
    Ffn ffn = DenseFfn.ofWidth(DenseFfn.gated(config.hidden(), width).parameters() + bias, width);
    Layer layer =
        new Layer(GroupedQuery.of(config, Window.full(), extras), ffn, 2L * config.hidden(), 1);
    return Collections.nCopies(config.layers(), layer);
  }
}
