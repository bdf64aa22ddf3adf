package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import java.util.Collections;
import java.util.List;

/** DBRX: its own key names, sizes in {@code attn_config} and {@code ffn_config}. */
final class DbrxFamily {
  private DbrxFamily() {}

  /**
   * Whether a config that names no architecture has the keys that only DBRX uses: some copies lack
   * the name.
   */
  static boolean isUnmistakable(JsonCursor root) {
    return root.has("d_model")
        && root.has("n_layers")
        && hasKey(root, "attn_config", "kv_n_heads")
        && hasKey(root, "ffn_config", "moe_num_experts");
  }

  private static boolean hasKey(JsonCursor root, String section, String key) {
    return root.findNullable(section)
        .filter(JsonCursor::isObject)
        .filter(found -> found.has(key))
        .isPresent();
  }

  static List<Layer> layers(ConfigReader config) {
    int hidden = config.width("d_model");
    int heads = config.heads("n_heads");
    int kvHeads = config.section("attn_config").heads("kv_n_heads");
    Attention attention =
        config.build(
            () ->
                GroupedQueryAttention.ofDimensions(
                    hidden, heads, kvHeads, hidden / heads, Window.full(), GroupedQuery.extras()));
    ConfigReader ffn = config.section("ffn_config");
    MoeFfn moe =
        ffn.moe(ffn.experts(hidden, "moe_num_experts", "moe_top_k", ffn.width("ffn_hidden_size")));
    return Collections.nCopies(
        config.layers("n_layers"), new Layer(attention, moe, 2L * hidden, 1));
  }
}
