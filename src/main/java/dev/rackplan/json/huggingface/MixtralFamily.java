package dev.rackplan.json.huggingface;

import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/** Mixtral: every layer MoE; {@code intermediate_size} is the expert width. */
final class MixtralFamily {
  private MixtralFamily() {}

  static List<Layer> layers(ConfigReader config) {
    OptionalInt span = config.findWidth("sliding_window");
    Window window = span.isPresent() ? Window.sliding(span.getAsInt()) : Window.full();
    Ffn moe =
        config.moe(
            config.experts(
                "num_local_experts", "num_experts_per_tok", config.width("intermediate_size")));
    Layer layer =
        new Layer(
            GroupedQuery.of(config, window, GroupedQuery.extras()), moe, 2L * config.hidden(), 1);
    return Collections.nCopies(config.layers(), layer);
  }
}
