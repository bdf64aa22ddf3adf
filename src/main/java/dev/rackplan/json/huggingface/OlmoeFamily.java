package dev.rackplan.json.huggingface;

import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** OLMoE: norms over all heads together; {@code intermediate_size} is the expert width. */
final class OlmoeFamily {
  private OlmoeFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Set<Extra> extras = GroupedQuery.extras(Extra.WHOLE_NORM);
    if (config.flag("attention_bias", false)) {
      extras.add(Extra.QUERY_KEY_VALUE_BIAS);
      extras.add(Extra.OUTPUT_BIAS);
    }
    Ffn moe =
        config.moe(
            config.experts(
                "num_experts", "num_experts_per_tok", config.width("intermediate_size")));
    return Collections.nCopies(
        config.layers(),
        new Layer(GroupedQuery.of(config, Window.full(), extras), moe, 2L * config.hidden(), 1));
  }
}
