package dev.rackplan.generated;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/** Draws models in this project's own form, and a few as Hugging Face publishes them. */
final class ModelParts {
  private static final String[] EXTRAS = {
    "queryKeyValueBias", "outputBias", "headNorm", "wholeNorm", "sinks", "outputGate"
  };

  // More than any context that is drawn.
  private static final int LONG_CONTEXT = 1 << 28;

  private final Draw draw;
  private int layers;

  ModelParts(Draw draw) {
    this.draw = draw;
  }

  Map<String, Object> model() {
    return draw.chance(8) ? published() : own();
  }

  private Map<String, Object> own() {
    Map<String, Object> model = new LinkedHashMap<>();
    draw.maybe(10, model, "$schema", () -> "../model.schema.json");
    model.put("name", "m");
    model.put("source", "generated");
    model.put("architecture", "x");
    model.put("hiddenSize", draw.of(16, 64, 512, 4096));
    model.put("vocabularySize", draw.of(1, 100, 32000));
    model.put("tiedEmbeddings", draw.coin());
    boolean sharing = draw.chance(15);
    boolean dense = draw.chance(15);
    List<Object> groups = new ArrayList<>();
    Map<String, Object> shared = attention();
    for (int g = draw.of(1, 1, 2, 3); g > 0; g--) {
      Map<String, Object> group = group(dense, shared, sharing);
      if (draw.chance(10) && layers <= 4) {
        Map<String, Object> nested = new LinkedHashMap<>();
        nested.put("repeat", draw.in(1, 2));
        nested.put("layers", new ArrayList<>(List.of(group)));
        groups.add(nested);
      } else {
        groups.add(group);
      }
    }
    model.put("layers", groups);
    int all = Shapes.hiddenLayers(model);
    if (sharing && all > 1) {
      model.put("kvSharingLayers", draw.in(1, all - 1));
    }
    draw.maybe(20, model, "formats", this::formats);
    if (draw.chance(20)) {
      model.put("maxContext", LONG_CONTEXT);
      draw.maybe(
          50, model, "shorterContexts", () -> new LinkedHashMap<>(Map.of("o/m", draw.of(1, 4096))));
      if (model.containsKey("shorterContexts")) {
        draw.maybe(
            50,
            model,
            "contextOverride",
            () -> new LinkedHashMap<>(Map.of("max_position_embeddings", LONG_CONTEXT)));
      }
    }
    return model;
  }

  private Map<String, Object> formats() {
    Map<String, Object> formats = new LinkedHashMap<>();
    formats.put("weights", draw.of("bf16", "fp8_block", "int4", "nvfp4"));
    draw.maybe(50, formats, "experts", () -> draw.of("mxfp4", "nvfp4", "int4_g32"));
    draw.maybe(30, formats, "attention", () -> draw.of("bf16", "fp8_tensor"));
    draw.maybe(20, formats, "head", () -> draw.of("fp8", "w4a16_nvfp4"));
    draw.maybe(40, formats, "kv", () -> draw.of("fp8", "nvfp4"));
    return formats;
  }

  private Map<String, Object> group(boolean dense, Map<String, Object> shared, boolean sharing) {
    Map<String, Object> group = new LinkedHashMap<>();
    int count = draw.of(1, 1, 2, 3);
    layers += count;
    if (count > 1 || draw.chance(20)) {
      group.put("count", count);
    }
    draw.maybe(20, group, "norms", () -> draw.in(0, 4));
    // As DeepSeek-V4's layers, and Kimi K3's; no draw, which would change what follows.
    if (Objects.equals(group.get("norms"), 4)) {
      group.put("streams", 4);
    } else if (Objects.equals(group.get("norms"), 3)) {
      group.put("residuals", 2);
    }
    group.put("attention", sharing ? GeneratedProblem.copy(shared) : attention());
    group.put("ffn", dense || draw.chance(20) ? denseFfn() : moe());
    return group;
  }

  private Map<String, Object> attention() {
    Map<String, Object> attention = new LinkedHashMap<>();
    if (draw.chance(40)) {
      attention.put("kind", "latent");
      attention.put("heads", draw.of(1, 2, 8));
      draw.maybe(50, attention, "queryRank", () -> draw.of(8, 64));
      attention.put("latentRank", draw.of(8, 64, 512));
      attention.put("ropeDimension", draw.of(4, 16, 64));
      attention.put("noRopeDimension", draw.of(8, 32, 128));
      attention.put("valueDimension", draw.of(8, 32, 128));
      draw.maybe(25, attention, "index", this::index);
      return attention;
    }
    attention.put("kind", "groupedQuery");
    int kvHeads = draw.of(1, 2, 4);
    attention.put("heads", kvHeads * draw.of(1, 2, 4));
    attention.put("kvHeads", kvHeads);
    attention.put("headDimension", draw.of(8, 32, 128));
    draw.maybe(
        35,
        attention,
        "window",
        () -> new LinkedHashMap<>(Map.of(draw.of("sliding", "chunked"), draw.of(1, 128, 4096))));
    draw.maybe(30, attention, "extras", this::extras);
    return attention;
  }

  private Object index() {
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("topEntries", draw.of(1, 64, 2048));
    index.put("heads", draw.of(1, 8));
    index.put("keyDimension", draw.of(8, 64));
    return index;
  }

  private Object extras() {
    TreeSet<String> extras = new TreeSet<>();
    for (int n = draw.in(1, 3); n > 0; n--) {
      extras.add(draw.of(EXTRAS));
    }
    return new ArrayList<Object>(extras);
  }

  private Map<String, Object> denseFfn() {
    Map<String, Object> ffn = new LinkedHashMap<>();
    ffn.put("kind", "dense");
    ffn.put("width", draw.of(16, 128, 2048));
    return ffn;
  }

  private Map<String, Object> moe() {
    Map<String, Object> ffn = new LinkedHashMap<>();
    int groups = draw.chance(30) ? draw.of(2, 3, 4) : 1;
    int perGroup = draw.chance(10) ? 1 : draw.in(2, groups > 1 ? 4 : 12);
    int experts = groups * perGroup;
    int groupsPerToken = draw.in(1, groups);
    ffn.put("kind", "moe");
    ffn.put("experts", experts);
    ffn.put("expertsPerToken", draw.in(1, Math.min(4, perGroup * groupsPerToken)));
    ffn.put("expertWidth", draw.of(16, 128, 2048));
    draw.maybe(35, ffn, "sharedWidth", () -> draw.of(0, 64, 1024));
    draw.maybe(20, ffn, "routerBias", draw::coin);
    draw.maybe(20, ffn, "expertBias", draw::coin);
    if (groups > 1 || draw.chance(5)) {
      ffn.put("groups", groups);
      ffn.put("groupsPerToken", groupsPerToken);
    }
    return ffn;
  }

  private Map<String, Object> published() {
    Map<String, Object> config = new LinkedHashMap<>();
    int hidden = draw.of(64, 512);
    if (draw.coin()) {
      config.put("model_type", "llama");
      config.put("architectures", new ArrayList<>(List.of("LlamaForCausalLM")));
    } else {
      config.put("model_type", "deepseek_v3");
      config.put("architectures", new ArrayList<>(List.of("DeepseekV3ForCausalLM")));
      config.put("first_k_dense_replace", draw.in(0, 1));
      config.put("moe_layer_freq", 1);
      config.put("moe_intermediate_size", 32);
      config.put("n_routed_experts", 8);
      config.put("num_experts_per_tok", 2);
      config.put("n_shared_experts", 1);
      config.put("n_group", 2);
      config.put("topk_group", 1);
      config.put("q_lora_rank", 16);
      config.put("kv_lora_rank", 8);
      config.put("qk_nope_head_dim", 8);
      config.put("qk_rope_head_dim", 4);
      config.put("v_head_dim", 8);
    }
    config.put("hidden_size", hidden);
    config.put("vocab_size", 100);
    config.put("num_hidden_layers", draw.in(2, 4));
    config.put("intermediate_size", 128);
    config.put("num_attention_heads", 4);
    config.put("num_key_value_heads", 4);
    config.put("tie_word_embeddings", false);
    draw.maybe(50, config, "max_position_embeddings", () -> LONG_CONTEXT);
    return config;
  }
}
