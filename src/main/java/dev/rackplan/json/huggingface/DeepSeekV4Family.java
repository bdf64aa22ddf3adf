package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeDimensions;
import dev.rackplan.model.SparseIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * DeepSeek-V4: compressed attention, hyper-connections (several residual streams), MoE in every
 * layer.
 *
 * <p>Source of the shapes: DeepSeek-V4 in transformers and DeepSeek's reference code.
 */
final class DeepSeekV4Family {
  /** Layers of this ratio pick entries with an indexer; those of a larger ratio read all. */
  private static final int INDEXED_RATIO = 4;

  private DeepSeekV4Family() {}

  static List<Layer> layers(ConfigReader config) {
    int count = config.layers();
    List<Integer> ratios =
        config.numbersPerLayer("compress_ratios", count).orElseGet(() -> defaultRatios(count));
    // Default of DeepseekV4Config.
    int hashLayers = config.count("num_hash_layers", 3);
    int streams = config.width("hc_mult", 4);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long other = 2L * config.hidden() + 2 * hyperConnection(config.hidden(), streams);
      if (i == count - 1) {
        // The head's own connection folds the streams into one.
        other += (long) streams * streams * config.hidden() + streams + 1;
      }
      layers.add(
          new Layer(attention(config, ratios.get(i)), moe(config, i < hashLayers), other, 1)
              .mixing(streams));
    }
    return layers;
  }

  /** The layer that drafts, whose ratio follows the others'; empty for other families. */
  static Optional<Layer> nextToken(ConfigReader config) {
    Optional<JsonCursor> ratios = config.find("compress_ratios");
    if (ratios.isEmpty()) {
      return Optional.empty();
    }
    int count = config.layers();
    List<JsonCursor> all = ratios.get().list();
    int ratio = all.size() > count ? all.get(count).integer(0, Integer.MAX_VALUE) : 0;
    int streams = config.width("hc_mult", 4);
    long other = 2L * config.hidden() + 3 * hyperConnection(config.hidden(), streams);
    return Optional.of(
        new Layer(attention(config, ratio), moe(config, false), other, 1).mixing(streams));
  }

  /** Default of DeepseekV4Config: two layers of ratio 128, then 128 and 4 in turn. */
  private static List<Integer> defaultRatios(int count) {
    List<Integer> ratios = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ratios.add(i < 2 || i % 2 == 0 ? 128 : INDEXED_RATIO);
    }
    return ratios;
  }

  private static CompressedAttention attention(ConfigReader config, int ratio) {
    int heads = config.heads();
    int head = config.width("head_dim");
    int hidden = config.hidden();
    int queryRank = config.width("q_lora_rank");
    int outputRank = config.width("o_lora_rank");
    long query = queryRank * (hidden + 1L + (long) heads * head);
    long keyValue = (long) hidden * head + head;
    long output =
        (long) heads * head * outputRank + (long) config.width("o_groups") * outputRank * hidden;
    long parameters =
        query + keyValue + output + heads + (ratio > 0 ? compressor(hidden, head, ratio) : 0);
    Optional<SparseIndex> index = Optional.empty();
    if (ratio == INDEXED_RATIO) {
      SparseIndex indexer =
          new SparseIndex(
              config.width("index_topk"),
              config.width("index_n_heads"),
              config.width("index_head_dim"));
      index = Optional.of(indexer);
      parameters +=
          (long) queryRank * indexer.heads() * indexer.keyDimension()
              + (long) hidden * indexer.heads()
              + compressor(hidden, indexer.keyDimension(), ratio);
    }
    OptionalInt entries = ratio > 0 ? OptionalInt.of(ratio) : OptionalInt.empty();
    // Default of DeepseekV4Config.
    int rope = Math.min(head, config.count("qk_rope_head_dim", 64));
    return new CompressedAttention(
        parameters, heads, head, rope, config.width("sliding_window", 128), entries, index);
  }

  /**
   * Value and gate projections, a learned position per token of the entry, a norm; twice as wide
   * where entries overlap.
   */
  private static long compressor(int hidden, int head, int ratio) {
    long width = (ratio == INDEXED_RATIO ? 2L : 1L) * head;
    return 2L * hidden * width + (long) ratio * width + head;
  }

  private static long hyperConnection(int hidden, int streams) {
    long mixes = (2L + streams) * streams;
    return mixes * streams * hidden + mixes + 3;
  }

  /** Hash-routed layers look experts up by token and have no load-balancing bias. */
  private static Ffn moe(ConfigReader config, boolean hashed) {
    int width = config.width("moe_intermediate_size");
    MoeDimensions experts = config.experts("n_routed_experts", "num_experts_per_tok", width);
    return config.moe(
        experts
            .withShared(config.multiple("n_shared_experts", 1, width), 0)
            .withBiases(!hashed, false));
  }
}
