package dev.rackplan.json.huggingface;

import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import java.util.Collections;
import java.util.List;

/** Grok-1: four norms a layer; {@code intermediate_size} is the expert width. */
final class GrokFamily {
  private GrokFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Ffn moe =
        config.moe(
            config.experts(
                "num_experts", "num_experts_per_tok", config.width("intermediate_size")));
    return Collections.nCopies(
        config.layers(), new Layer(GroupedQuery.full(config), moe, 4L * config.hidden(), 1));
  }
}
