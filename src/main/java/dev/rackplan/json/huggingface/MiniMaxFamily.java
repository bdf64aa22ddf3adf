package dev.rackplan.json.huggingface;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.SparseIndex;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * MiniMax-M2 and M3: {@code intermediate_size} is the expert width; M3 reads the best blocks of
 * keys only.
 */
final class MiniMaxFamily {
  private MiniMaxFamily() {}

  static List<Layer> layersOfM2(ConfigReader config) {
    Ffn moe =
        config.moe(
            config
                .experts(
                    "num_local_experts", "num_experts_per_tok", config.width("intermediate_size"))
                .withBiases(config.flag("use_routing_bias", true), false));
    // M2 norms all heads together (qk_norm_type per_layer).
    Layer layer = new Layer(attention(config, Extra.WHOLE_NORM), moe, 2L * config.hidden(), 1);
    return Collections.nCopies(config.layers(), layer);
  }

  static List<Layer> layersOfM3(ConfigReader config) {
    int count = config.layers();
    GroupedQueryAttention full = attention(config, Extra.HEAD_NORM);
    Optional<ConfigReader> sparse =
        config
            .findSection("sparse_attention_config")
            .filter(s -> s.flag("use_sparse_attention", false));
    List<Integer> isSparse =
        sparse
            .flatMap(s -> s.numbersPerLayer("sparse_attention_freq", count))
            .orElse(Collections.nCopies(count, 0));
    int denseLayers = config.count("first_k_dense_replace", 0);
    List<Integer> isMoe =
        config.numbersPerLayer("moe_layer_freq", count).orElseGet(() -> after(denseLayers, count));
    Ffn dense = DenseFfn.gated(config.hidden(), config.width("dense_intermediate_size"));
    int sharedWidth =
        config.multiple(
            "n_shared_experts",
            config.has("shared_intermediate_size") ? 1 : 0,
            config.width("shared_intermediate_size", config.width("intermediate_size")));
    Ffn moe =
        config.moe(
            config
                .experts(
                    "num_local_experts", "num_experts_per_tok", config.width("intermediate_size"))
                .withShared(sharedWidth, 0)
                .withBiases(config.flag("use_routing_bias", true), false));
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      GroupedQueryAttention attention =
          isSparse.get(i) != 0 ? indexed(full, sparse.orElseThrow(), config.hidden()) : full;
      layers.add(new Layer(attention, isMoe.get(i) != 0 ? moe : dense, 2L * config.hidden(), 1));
    }
    return layers;
  }

  private static GroupedQueryAttention attention(ConfigReader config, Extra norm) {
    return GroupedQuery.of(
        config,
        Window.full(),
        config.flag("use_qk_norm", true) ? GroupedQuery.extras(norm) : GroupedQuery.extras());
  }

  private static List<Integer> after(int denseLayers, int count) {
    List<Integer> isMoe = new ArrayList<>(Collections.nCopies(count, 1));
    for (int i = 0; i < Math.min(denseLayers, count); i++) {
      isMoe.set(i, 0);
    }
    return isMoe;
  }

  /**
   * Index queries, one index key, a norm on each. Left out: values of the index branch, which no
   * published layer has.
   */
  private static GroupedQueryAttention indexed(
      GroupedQueryAttention full, ConfigReader sparse, int hidden) {
    long tokens = (long) sparse.width("sparse_topk_blocks") * sparse.width("sparse_block_size");
    int dimension = sparse.width("sparse_index_dim");
    SparseIndex index =
        new SparseIndex(
            (int) Math.min(tokens, Integer.MAX_VALUE),
            sparse.heads("sparse_num_index_heads"),
            dimension);
    return full.withIndex(index, hidden * (index.heads() + 1L) * dimension + 2L * dimension);
  }
}
