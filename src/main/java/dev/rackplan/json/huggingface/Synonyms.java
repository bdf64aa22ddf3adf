package dev.rackplan.json.huggingface;

import java.util.ArrayList;
import java.util.List;

/**
 * Keys of configs that mean the same. A family asks for one of them; where that is absent, another
 * of its group may stand there.
 *
 * <p>Sources: the configuration classes of transformers and their attribute maps; DeepSeek's and
 * Mistral's reference code ({@code dim}, {@code n_layers}); Megatron-LM's arguments.
 */
final class Synonyms {
  private static final List<List<String>> GROUPS =
      List.of(
          List.of("hidden_size", "d_model", "n_embd", "dim", "model_dim", "n_embed"),
          List.of("num_hidden_layers", "n_layer", "n_layers", "num_layers", "layer_num"),
          List.of("num_attention_heads", "n_head", "n_heads", "num_heads"),
          List.of(
              "num_key_value_heads",
              "n_kv_heads",
              "num_kv_heads",
              "n_head_kv",
              "head_num_kv",
              "kv_n_heads",
              "num_query_groups",
              "num_attention_groups",
              "multi_query_group_num"),
          List.of("head_dim", "attention_head_dim", "d_head", "head_size", "kv_channels"),
          List.of("vocab_size", "padded_vocab_size", "n_vocab"),
          List.of(
              "intermediate_size",
              "ffn_hidden_size",
              "ffn_dim",
              "n_inner",
              "inter_dim",
              "inter_size",
              "hidden_dim",
              "d_ff",
              "mlp_hidden_size"),
          List.of(
              "num_experts",
              "n_routed_experts",
              "num_local_experts",
              "moe_num_experts",
              "num_moe_experts",
              "n_experts"),
          List.of(
              "num_experts_per_tok",
              "num_experts_per_token",
              "n_activated_experts",
              "moe_topk",
              "moe_top_k",
              "moe_k",
              "top_k_experts",
              "num_selected_experts",
              "moe_router_topk"),
          List.of(
              "moe_intermediate_size",
              "expert_intermediate_size",
              "moe_inter_dim",
              "moe_ffn_hidden_size",
              "expert_ffn_hidden_size"),
          List.of(
              "num_shared_experts",
              "n_shared_experts",
              "moe_num_shared_experts",
              "num_shared_expert"),
          List.of(
              "shared_expert_intermediate_size",
              "moe_shared_expert_intermediate_size",
              "shared_intermediate_size",
              "share_expert_dim",
              "moe_shared_expert_dim"),
          List.of(
              "first_k_dense_replace",
              "n_dense_layers",
              "num_dense_layers",
              "moe_layer_start_index"),
          List.of("n_group", "n_expert_groups", "num_expert_group"),
          List.of("topk_group", "n_limited_groups"),
          List.of("sliding_window", "window_size"),
          List.of("qk_rope_head_dim", "rope_head_dim"),
          List.of("num_hash_layers", "n_hash_layers"));

  private Synonyms() {}

  /** {@code key} first, then the others of its group. */
  static List<String> of(String key) {
    return GROUPS.stream()
        .filter(group -> group.contains(key))
        .findFirst()
        .map(group -> withFirst(key, group))
        .orElse(List.of(key));
  }

  private static List<String> withFirst(String key, List<String> group) {
    List<String> words = new ArrayList<>(List.of(key));
    group.stream().filter(word -> !word.equals(key)).forEach(words::add);
    return words;
  }
}
