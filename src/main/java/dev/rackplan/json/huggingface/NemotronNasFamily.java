package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.NoAttention;
import dev.rackplan.model.NoFfn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Llama-Nemotron (Super 49B, Ultra 253B, DeciLM): {@code block_configs} says of each layer how many
 * query heads share a key-value head, how wide its FFN is, or that a half is left out or is one
 * matrix.
 *
 * <p>Source: the modeling file published with nvidia/Llama-3_3-Nemotron-Super-49B-v1.
 */
final class NemotronNasFamily {
  /** Widths are rounded up to a multiple of this. */
  private static final int MULTIPLE = 256;

  private NemotronNasFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Optional<JsonCursor> blocks = config.find("block_configs");
    List<Layer> layers = new ArrayList<>();
    if (blocks.isPresent()) {
      for (JsonCursor block : blocks.get().list()) {
        ConfigReader reader = config.at(block);
        layers.add(layer(config, reader.section("attention"), reader.section("ffn")));
      }
    } else {
      perLayer(config, layers);
    }
    return layers;
  }

  /** DeciLM's first form: {@code num_key_value_heads_per_layer}. */
  private static void perLayer(ConfigReader config, List<Layer> layers) {
    List<Integer> kvHeads =
        config.numbersPerLayer("num_key_value_heads_per_layer", config.layers()).orElseThrow();
    for (int heads : kvHeads) {
      Attention attention = GroupedQuery.of(config, heads, Window.full(), GroupedQuery.extras());
      layers.add(
          new Layer(
              attention,
              DenseFfn.gated(config.hidden(), config.width("intermediate_size")),
              2L * config.hidden(),
              1));
    }
  }

  private static Layer layer(ConfigReader config, ConfigReader attention, ConfigReader ffn) {
    int hidden = config.hidden();
    long matrix = (long) hidden * hidden;
    boolean noMixer = attention.flag("no_op", false);
    boolean linearMixer = attention.flag("replace_with_linear", false);
    Attention mixer = new NoAttention();
    if (!noMixer && !linearMixer) {
      int perGroup = attention.width("n_heads_in_group");
      mixer =
          GroupedQuery.of(
              config, config.heads() / perGroup, window(attention), GroupedQuery.extras());
    }
    boolean noFfn = ffn.flag("no_op", false);
    Ffn wide =
        noFfn
            ? new NoFfn()
            : ffn.flag("replace_with_linear", false)
                ? new DenseFfn(matrix)
                : DenseFfn.gated(hidden, width(config, ffn));
    long other = (linearMixer ? matrix : 0) + (noMixer ? 0 : hidden) + (noFfn ? 0 : hidden);
    return new Layer(mixer, wide, other, 1);
  }

  private static Window window(ConfigReader attention) {
    var span = attention.findPositiveWidth("window_length");
    return span.isPresent() ? Window.sliding(span.getAsInt()) : Window.full();
  }

  /** {@code intermediate_size}, or two thirds of four times the hidden size times ffn_mult. */
  private static int width(ConfigReader config, ConfigReader ffn) {
    if (ffn.has("intermediate_size")) {
      return ffn.width("intermediate_size");
    }
    double times = ffn.get("ffn_mult").positive();
    int width = (int) (2 * times * config.hidden() / 3);
    int rounded = (width + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
    if (rounded < 1) {
      throw ffn.get("ffn_mult").error("makes no width, was " + times, "Correct it.");
    }
    return rounded;
  }
}
