package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Step-3 (queries of a low rank, one key-value head) and Step-3.5, 3.7 (sliding layers with more
 * query heads, a gate for each head).
 */
final class Step3Family {
  /** Default of Step3p7TextConfig: experts from the fourth layer on. */
  private static final int DENSE_LAYERS = 3;

  private Step3Family() {}

  static List<Layer> layersOfFlash(ConfigReader config) {
    int count = config.layers();
    LayerWindows windows = new LayerWindows(config, Set.of());
    ExpertLayers ffns =
        new ExpertLayers(config, Set.of(Trait.ROUTER_BIAS, Trait.ONE_SHARED_EXPERT));
    boolean said =
        config.has("mlp_layer_types")
            || config.has("moe_layers_enum")
            || config.has("first_k_dense_replace");
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Window window = config.has("layer_types") ? windows.of(i) : Window.full();
      layers.add(
          new Layer(
              gated(config, window),
              said || i >= DENSE_LAYERS ? ffns.of(i) : ffns.dense(i),
              2L * config.hidden(),
              1));
    }
    return layers;
  }

  private static Attention gated(ConfigReader config, Window window) {
    boolean slides = !window.equals(Window.full());
    Optional<ConfigReader> other = config.findSection("attention_other_setting");
    int heads =
        slides
            ? config.width(
                "num_sliding_attention_heads",
                other.map(ConfigReader::heads).orElse(config.heads()))
            : config.heads();
    int kvHeads =
        slides ? other.map(ConfigReader::kvHeads).orElse(config.kvHeads()) : config.kvHeads();
    int dimension = config.headDimension();
    GroupedQueryAttention plain =
        config.build(
            () ->
                GroupedQueryAttention.ofDimensions(
                    config.hidden(),
                    heads,
                    kvHeads,
                    dimension,
                    window,
                    GroupedQuery.extras(Extra.HEAD_NORM)));
    return new GroupedQueryAttention(
        plain.parameters() + (long) config.hidden() * heads,
        heads,
        kvHeads,
        dimension,
        window,
        Optional.empty(),
        plain.norm());
  }

  static List<Layer> layers(ConfigReader config) {
    int hidden = config.hidden();
    int heads = config.heads();
    int head = config.headDimension();
    int rank = config.width("share_q_dim", hidden);
    int groups = config.width("num_attention_groups", 1);
    long query = (long) rank * hidden + rank + (long) rank * heads * head;
    long keyValue = 2L * hidden * groups * head;
    long output = (long) heads * head * hidden;
    Attention attention =
        config.build(
            () ->
                new GroupedQueryAttention(
                    query + keyValue + output,
                    heads,
                    groups,
                    head,
                    Window.full(),
                    Optional.empty()));
    ExpertLayers ffns = new ExpertLayers(config, Set.of(Trait.ONE_SHARED_EXPERT));
    Optional<JsonCursor> listed = config.find("moe_layers_enum");
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      // Default of Step3TextConfig: all but the first four and the last.
      boolean dense = listed.isEmpty() && (i < 4 || i == config.layers() - 1);
      layers.add(new Layer(attention, dense ? ffns.dense(i) : ffns.of(i), 2L * hidden, 1));
    }
    return layers;
  }
}
