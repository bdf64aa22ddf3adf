package dev.rackplan.json.huggingface;

import dev.rackplan.model.Attention;
import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.MoeFfn;
import java.util.ArrayList;
import java.util.List;

/**
 * What checkpoints call a layer's weights: for each large matrix of a module the paths that it may
 * have. One architecture uses one of them; lists of modules are written for that one, so the others
 * do not match.
 *
 * <p>Source: the modelling files of transformers and of the models' own repositories.
 */
final class ModuleNames {
  private static final List<String> PREFIXES =
      List.of(
          "language_model.model.layers.",
          "model.language_model.layers.",
          "model.layers.",
          "layers.",
          "backbone.layers.",
          "transformer.layers.",
          "transformer.blocks.",
          "transformer.h.",
          "thinker.model.layers.");
  private static final List<String> DRAFT_PREFIXES =
      List.of("mtp.layers.0.", "mtp.0.", "model.mtp.layers.0.", "model.mtp_layers.0.");
  private static final List<String> ATTENTION = List.of("self_attn", "attn", "attention", "mixer");
  private static final List<String> DENSE = List.of("mlp", "feed_forward", "ffn", "mixer");
  private static final List<String> EXPERTS =
      List.of(
          "mlp.experts",
          "block_sparse_moe.experts",
          "feed_forward.experts",
          "ffn.experts",
          "mixer.experts",
          "moe.experts");
  private static final List<String> SHARED =
      List.of(
          "mlp.shared_experts",
          "mlp.shared_expert",
          "feed_forward.shared_expert",
          "ffn.shared_experts",
          "mixer.shared_experts",
          "block_sparse_moe.shared_experts",
          "share_expert");
  private static final List<List<String>> GATED =
      List.of(
          List.of("gate_proj", "w1", "gate_up_proj"),
          List.of("up_proj", "w3", "gate_up_proj"),
          List.of("down_proj", "w2"));

  private final String architecture;
  private final int layers;

  /**
   * @param architecture as in {@link dev.rackplan.model.Model}
   * @param layers hidden layers: a prediction layer may be numbered after them
   */
  ModuleNames(String architecture, int layers) {
    this.architecture = architecture;
    this.layers = layers;
  }

  /** The matrices of a layer's token mixer. */
  List<List<String>> attention(int index, Attention attention) {
    return paths(prefixes(index), roots(attention), matrices(attention));
  }

  /** The matrices of a layer's dense FFN, or of its shared experts. */
  List<List<String>> ffn(int index, Layer layer) {
    boolean shared = layer.ffn() instanceof MoeFfn && !sharesDenseFfn();
    return paths(prefixes(index), shared ? shared() : DENSE, GATED);
  }

  // Names that end in "mlp" would be taken for a dense FFN's by expressions.
  private List<String> shared() {
    if (architecture.startsWith("granite")) {
      return List.of("shared_mlp");
    }
    if (architecture.startsWith("hunyuan")) {
      return List.of("mlp.shared_mlp");
    }
    return architecture.startsWith("arctic") ? List.of("residual_mlp") : SHARED;
  }

  /** The matrices of a layer's first routed expert. */
  List<List<String>> experts(int index) {
    List<String> roots = sharesDenseFfn() ? List.of("experts", "moe.experts") : EXPERTS;
    List<String> ofFirst = new ArrayList<>();
    roots.forEach(root -> ofFirst.add(root + ".0"));
    return paths(prefixes(index), ofFirst, GATED);
  }

  /** What an LM head is called. */
  static List<String> head() {
    return List.of("lm_head", "language_model.lm_head", "model.lm_head", "head");
  }

  /** The first matrix of what reads images. */
  static List<String> vision() {
    return List.of(
        "visual.blocks.0.mlp.linear_fc1",
        "model.visual.blocks.0.mlp.linear_fc1",
        "vision_tower.encoder.blocks.0.mlp.fc0",
        "model.vision_tower.encoder.layers.0.mlp.gate_proj",
        "vision_model.model.layers.0.mlp.fc1",
        "vision_encoder.layers.0.mlp.fc1");
  }

  // Gemma 4 has a dense FFN beside the experts in each layer.
  private boolean sharesDenseFfn() {
    return architecture.startsWith("gemma4");
  }

  private List<String> prefixes(int index) {
    List<String> prefixes = new ArrayList<>();
    if (index >= layers) {
      prefixes.addAll(DRAFT_PREFIXES);
    }
    PREFIXES.forEach(prefix -> prefixes.add(prefix + index + "."));
    return prefixes;
  }

  // A mixer of its own name in families that have two kinds.
  private List<String> roots(Attention attention) {
    if (!(attention instanceof LinearAttention)) {
      return architecture.startsWith("dbrx") ? List.of("norm_attn_norm.attn") : ATTENTION;
    }
    if (architecture.startsWith("kimi") || architecture.startsWith("minimax")) {
      return List.of("self_attn");
    }
    return List.of("linear_attn", "mamba", "mixer", "attention");
  }

  private static List<List<String>> matrices(Attention attention) {
    if (attention instanceof LatentAttention) {
      return List.of(
          List.of("q_b_proj", "q_proj", "wq_b", "wq"),
          List.of("kv_b_proj", "wkv_b"),
          List.of("o_proj", "wo"));
    }
    if (attention instanceof CompressedAttention) {
      return List.of(
          List.of("wq_b", "q_b_proj"),
          List.of("wo_b", "o_b_proj", "o_proj"),
          List.of("wo_a", "o_a_proj", "fused_wqa_wkv", "wq_a"));
    }
    List<String> output = List.of("o_proj", "out_proj", "dense", "wo", "c_proj");
    if (attention instanceof LinearAttention) {
      List<String> joint = List.of("in_proj_qkvz", "in_proj", "qkv_proj");
      return List.of(
          with(joint, "in_proj_qkv", "q_proj"), with(joint, "in_proj_z", "v_proj"), output);
    }
    List<String> joint = List.of("qkv_proj", "query_key_value", "Wqkv", "c_attn", "wqkv");
    return List.of(with(joint, "q_proj", "wq"), with(joint, "v_proj", "wv"), output);
  }

  private static List<String> with(List<String> joint, String... own) {
    List<String> names = new ArrayList<>(joint);
    names.addAll(List.of(own));
    return names;
  }

  private static List<List<String>> paths(
      List<String> prefixes, List<String> roots, List<List<String>> matrices) {
    List<List<String>> all = new ArrayList<>();
    for (List<String> names : matrices) {
      List<String> paths = new ArrayList<>();
      for (String prefix : prefixes) {
        for (String root : roots) {
          names.forEach(name -> paths.add(prefix + root + "." + name));
        }
      }
      all.add(paths);
    }
    return all;
  }
}
