package dev.rackplan.json.huggingface;

import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Norm;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.KvSharing;
import dev.rackplan.model.Layer;
import dev.rackplan.model.ModelInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Gemma 3n and 4: sliding layers and full ones of other head widths, per-layer embeddings, layers
 * that share an earlier one's keys and values and have no projections for them; Gemma 4's experts
 * stand beside a dense FFN, Gemma 3n has four residual streams.
 *
 * <p>Source: Gemma3n and Gemma4 in transformers.
 */
final class Gemma4Family {
  private final ConfigReader config;
  private final int hidden;
  private final int count;
  private final int firstShared;
  private final List<Boolean> full;

  private Gemma4Family(ConfigReader config) {
    this.config = config;
    this.hidden = config.hidden();
    this.count = config.layers();
    this.firstShared = count - config.count("num_kv_shared_layers", streams(config) > 1 ? 15 : 0);
    int every = config.width("sliding_window_pattern", streams(config) > 1 ? 5 : 6);
    Optional<List<Boolean>> types =
        config
            .perLayer("layer_types", count)
            .map(
                list ->
                    list.stream()
                        .map(type -> GroupedQuery.window(type, config).equals(Window.full()))
                        .toList());
    this.full =
        types.orElseGet(
            () ->
                IntStream.range(0, count)
                    .mapToObj(i -> (i + 1) % every == 0 || i == count - 1 && every == 6)
                    .toList());
  }

  static List<Layer> layers(ConfigReader config) {
    return new Gemma4Family(config).layers();
  }

  /** Residual streams: Gemma 3n's {@code altup_num_inputs}; Gemma 4 has one. */
  private static int streams(ConfigReader config) {
    return config.width("altup_num_inputs", 1);
  }

  private List<Layer> layers() {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long other = other() + (i == count - 1 ? ofModel() : 0);
      layers.add(new Layer(attention(i), ffn(i), other, streams(config)));
    }
    return KvSharing.ofLast(layers, count - firstShared);
  }

  private Attention attention(int layer) {
    boolean global = full.get(layer);
    int head = config.width("head_dim", 256);
    int dimension =
        global ? config.width("global_head_dim", streams(config) > 1 ? head : 512) : head;
    boolean oneProjection = global && config.flag("attention_k_eq_v", false);
    int kvHeads =
        oneProjection
            ? config.width("num_global_key_value_heads", config.kvHeads())
            : config.kvHeads();
    // Norms of queries and keys, those of values have no weights.
    long query = 2L * hidden * config.heads() * dimension + dimension;
    long keyValue = (oneProjection ? 1L : 2L) * hidden * kvHeads * dimension + dimension;
    Window window = global ? Window.full() : Window.sliding(config.width("sliding_window", 512));
    return config.build(
        () ->
            new GroupedQueryAttention(
                query + (layer < firstShared ? keyValue : 0),
                config.heads(),
                kvHeads,
                dimension,
                window,
                Optional.empty(),
                Norm.HEADS));
  }

  private Ffn ffn(int layer) {
    boolean wide = layer >= firstShared && config.flag("use_double_wide_mlp", false);
    int width = (wide ? 2 : 1) * config.widthOfLayer("intermediate_size", layer, 0);
    Ffn dense = config.build(() -> DenseFfn.gated(hidden, width));
    if (!config.flag("enable_moe_block", false)) {
      return dense;
    }
    // The router scales its input by element and its output by expert; three norms more.
    long more = dense.parameters() + hidden + 3L * hidden;
    return config.moe(
        config
            .experts("num_experts", "top_k_experts", config.width("moe_intermediate_size"))
            .withShared(0, more)
            .withBiases(true, false));
  }

  /** Four norms, the per-layer input, and what mixes Gemma 3n's streams. */
  private long other() {
    int perLayer = perLayer(config);
    long input = perLayer > 0 ? 2L * hidden * perLayer + hidden : 0;
    long streams = streams(config);
    int rank = config.count("laurel_rank", 0);
    long mixing =
        streams > 1
            ? streams * streams + streams * streams * streams + streams * hidden + 2L * hidden
            : 0;
    return 4L * hidden + input + (rank > 0 ? 2L * hidden * rank + hidden : 0) + mixing;
  }

  /** Projections of the embedding to the per-layer inputs and the streams, and back. */
  private long ofModel() {
    int perLayer = perLayer(config);
    long input = perLayer > 0 ? (long) hidden * count * perLayer + perLayer : 0;
    return input + 2L * (streams(config) - 1) * hidden * hidden;
  }

  private static int perLayer(ConfigReader config) {
    return config.count("hidden_size_per_layer_input", 256);
  }

  /** The table of per-layer embeddings. */
  static ModelInput input(ConfigReader config) {
    long rows = config.width("vocab_size_per_layer_input", 262_144);
    return new ModelInput(0, rows * config.layers() * perLayer(config));
  }
}
