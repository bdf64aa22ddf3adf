package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import java.util.Optional;

/**
 * Vision encoders: a transformer over patches of a picture, and a projector to the language part's
 * width.
 *
 * <p>Source: the modeling files of transformers. An encoder that isn't known is counted as a plain
 * one with a projector of two matrices, which is noted.
 */
final class VisionTower {
  private final ConfigReader vision;
  private final JsonCursor whole;
  private final VisionKind kind;
  private final long hidden;
  private final long inner;
  private final long text;

  private VisionTower(ConfigReader vision, JsonCursor whole, VisionKind kind, long text) {
    this.vision = vision;
    this.whole = whole;
    this.kind = kind;
    this.hidden = hidden(vision, kind);
    this.inner = inner(vision, kind, hidden);
    this.text = text;
  }

  static long parameters(ConfigReader vision, JsonCursor whole, ConfigReader language) {
    VisionKind kind = VisionKind.of(vision, whole);
    ConfigReader full = vision.withDefaults(Families.tower(kind.defaults()), true);
    if (!hasLayers(full)) {
      language.note("The vision part's config has no layers that are known; it is not counted.");
      return 0;
    }
    VisionTower tower = new VisionTower(full, whole, kind, language.hidden());
    if (kind == VisionKind.OTHER) {
      language.note("The vision part isn't known: counted as a plain encoder.");
    }
    long parameters = tower.encoder() + tower.head() + tower.projector();
    full.notes().forEach(note -> language.note("Vision part: " + note));
    return parameters;
  }

  private static boolean hasLayers(ConfigReader vision) {
    return vision.find("num_hidden_layers").isPresent()
        || vision.find("depth").isPresent()
        || vision.has("layers")
        || vision.has("vt_num_hidden_layers");
  }

  private static long hidden(ConfigReader vision, VisionKind kind) {
    if (vision.has("vt_hidden_size")) {
      return vision.width("vt_hidden_size");
    }
    // Qwen2-VL calls the language part's width hidden_size.
    return kind == VisionKind.QWEN2_VL
        ? vision.width("embed_dim", 1280)
        : vision.width("hidden_size", vision.width("width", 1152));
  }

  private static long inner(ConfigReader vision, VisionKind kind, long hidden) {
    if (vision.has("vt_intermediate_size")) {
      return vision.width("vt_intermediate_size");
    }
    if (kind == VisionKind.GLM4V) {
      return vision.width("out_hidden_size", (int) (4 * hidden));
    }
    Optional<JsonCursor> ratio = vision.find("mlp_ratio");
    if (ratio.isPresent()) {
      return Math.round(hidden * ratio.get().positive());
    }
    return kind == VisionKind.QWEN2_VL
        ? 4 * hidden
        : vision.width("intermediate_size", (int) (4 * hidden));
  }

  private long layers() {
    long own =
        vision.has("vt_num_hidden_layers")
            ? vision.layers("vt_num_hidden_layers")
            : vision.has("layers")
                ? vision.layers("layers")
                : vision.find("depth").isPresent() ? vision.layers("depth") : vision.layers();
    return own + (kind == VisionKind.MLLAMA ? vision.count("num_global_layers", 8) : 0);
  }

  private long encoder() {
    boolean bias = !kind.has(VisionKind.Trait.NO_BIAS);
    int matrices = kind.has(VisionKind.Trait.GATED) ? 3 : 2;
    long attention = 4 * hidden * hidden;
    attention += bias && !kind.has(VisionKind.Trait.NO_ATTENTION_BIAS) ? 4 * hidden : 0;
    long ffn = matrices * hidden * inner + (bias ? (matrices - 1) * inner + hidden : 0);
    long norms = kind.has(VisionKind.Trait.PLAIN_NORMS) ? 2 * hidden : 4 * hidden;
    norms += kind.has(VisionKind.Trait.LAYER_SCALES) ? 2 * hidden : 0;
    norms += kind.has(VisionKind.Trait.HEAD_NORMS) ? 2L * vision.width("head_dim", 72) : 0;
    return layers() * (attention + ffn + norms) + patches() + positions() + around();
  }

  /** SigLIP's pooling head, unless the config leaves it out. */
  private long head() {
    boolean has =
        vision.findText("model_type").orElse("").equals("siglip_vision_model")
            && vision.flag("vision_use_head", true);
    return has
        ? hidden + 4 * hidden * hidden + 4 * hidden + 2 * hidden * inner + inner + 3 * hidden
        : 0;
  }

  private long patches() {
    long patch = patchEdge();
    // Videos of Qwen and MiniMax are cut in time too; their defaults are 2.
    boolean inTime = kind.isCutInTime();
    long frames = inTime ? vision.width("temporal_patch_size", 2) : 1;
    long inputs = vision.width("num_channels", vision.width("in_channels", 3)) * patch * patch;
    return inputs * frames * hidden + (kind.has(VisionKind.Trait.PATCH_BIAS) ? hidden : 0);
  }

  private long positions() {
    if (vision.find("num_position_embeddings").isPresent()) {
      return vision.width("num_position_embeddings") * hidden;
    }
    if (kind == VisionKind.KIMI) {
      return (long) vision.width("init_pos_emb_height", 64)
          * vision.width("init_pos_emb_width", 64)
          * hidden;
    }
    if (kind == VisionKind.GEMMA4) {
      return 2L * vision.width("position_embedding_size", 10_240) * hidden;
    }
    if (kind == VisionKind.MLLAMA) {
      // Positions of a tile and of tiles, and two embeddings of the aspect ratio.
      long tiles = vision.width("max_num_tiles", 4);
      long ratios =
          vision.find("supported_aspect_ratios").map(list -> list.list().size()).orElse(8);
      long cells = cells() + 1;
      return cells * hidden
          + (ratios + 1) * tiles * cells * hidden
          + 2 * (ratios + 1) * tiles * hidden;
    }
    long more = kind.has(VisionKind.Trait.ONE_MORE_POSITION) ? 1 : 0;
    return kind.has(VisionKind.Trait.POSITIONS) ? (cells() + more) * hidden : 0;
  }

  /** Pixels on one edge of a patch. */
  private long patchEdge() {
    return vision.find("patch_size").filter(JsonCursor::isList).isPresent()
        ? vision.get("patch_size").list().get(0).integer(1, 1 << 12)
        : vision.width("patch_size", vision.width("spatial_patch_size", 14));
  }

  /** Patches of one picture. */
  private long cells() {
    Optional<JsonCursor> size = vision.find("image_size");
    JsonCursor edge =
        size.filter(JsonCursor::isList).map(list -> list.list().get(0)).or(() -> size).orElse(null);
    long pixels = edge == null ? 224 : edge.integer(1, 1 << 16);
    long patch = patchEdge();
    return (pixels / patch) * (pixels / patch);
  }

  /** Norms before and after the layers, and a class token. */
  private long around() {
    return switch (kind) {
      case CLIP, LLAMA4, MLLAMA -> 5 * hidden;
      case SIGLIP, KIMI, MINIMAX_M3, ERNIE, STEP, GLM4V -> 2 * hidden;
      case PIXTRAL, INTERNVL -> hidden;
      case QWEN2_VL, QWEN2_5_VL, QWEN3_VL, GEMMA4, SIGLIP_WITHIN, OTHER -> 0;
    };
  }

  private long projector() {
    long merged = hidden * mergedPatches();
    long out = vision.width("out_hidden_size", (int) text);
    return switch (kind) {
      case QWEN2_VL -> 2 * hidden + square(merged) + dense(merged, text);
      case QWEN2_5_VL -> hidden + square(merged) + dense(merged, out);
      case QWEN3_VL -> {
        long mergers = vision.numbers("deepstack_visual_indexes").size();
        long merger = square(merged) + dense(merged, out);
        yield 2 * hidden + merger + mergers * (2 * merged + merger);
      }
      case KIMI -> 2 * hidden + square(merged) + dense(merged, text);
      case GEMMA4 -> hidden * text;
      case SIGLIP -> ofSiglip();
      case PIXTRAL ->
          outer().startsWith("mistral3")
              ? hidden + merged * hidden + hidden * text + text * text
              : dense(hidden, text) + square(text);
      case LLAMA4 -> {
        long in = vision.width("projector_input_dim", 4096);
        long output = vision.width("projector_output_dim", 4096);
        yield inner * in + in * output + vision.width("vision_output_dim", 4096) * text;
      }
      case MLLAMA -> dense(vision.width("vision_output_dim", 7680), text);
      case INTERNVL -> 2 * merged + dense(merged, text) + square(text);
      case STEP ->
          9 * hidden * 2 * hidden
              + 2 * hidden
              + 9 * 2 * hidden * 4 * hidden
              + 4 * hidden
              + 4 * hidden * text;
      case GLM4V -> {
        long wide = vision.width("intermediate_size", (int) (4 * hidden));
        yield merged * out + out + out * out + 2 * out + 3 * out * wide;
      }
      case ERNIE ->
          2 * square(merged)
              + 2 * merged
              + dense(2 * merged, merged)
              + square(merged)
              + 2 * merged
              + dense(merged, text)
              + text;
      case MINIMAX_M3 -> {
        long wide = width(whole, "projector_hidden_size", text);
        yield dense(hidden, wide) + dense(wide, text) + dense(4 * text, wide) + dense(wide, text);
      }
      case CLIP, SIGLIP_WITHIN, OTHER -> dense(merged, text) + square(text);
    };
  }

  /** Gemma 3 and PaliGemma project with one matrix, Idefics with one over merged patches. */
  private long ofSiglip() {
    String outer = outer();
    if (outer.startsWith("gemma3")) {
      return hidden * text + hidden;
    }
    if (outer.startsWith("paligemma")) {
      return dense(hidden, text);
    }
    if (outer.startsWith("idefics3") || outer.startsWith("smolvlm")) {
      long factor = width(whole, "scale_factor", 2);
      return hidden * factor * factor * text;
    }
    if (outer.startsWith("cohere2_vision") || outer.startsWith("aya_vision")) {
      long factor = width(whole, "downsample_factor", 2);
      long wide = width(whole, "alignment_intermediate_size", 36_864);
      return dense(factor * factor * hidden, wide) + dense(wide / 2, text);
    }
    return dense(hidden, text) + square(text);
  }

  private String outer() {
    return whole.findNullable("model_type").map(JsonCursor::text).orElse("");
  }

  /** Patches that become one token. */
  private long mergedPatches() {
    long edge =
        kind == VisionKind.INTERNVL
            ? Math.round(
                1 / whole.findNullable("downsample_ratio").map(JsonCursor::positive).orElse(0.5))
            : width(whole, "spatial_merge_size", vision.width("spatial_merge_size", usualMerge()));
    return edge * edge;
  }

  private int usualMerge() {
    return kind == VisionKind.CLIP || kind == VisionKind.SIGLIP || kind == VisionKind.OTHER ? 1 : 2;
  }

  private static long width(JsonCursor at, String key, long whenAbsent) {
    return at.findNullable(key).map(found -> (long) found.integer(1, 1 << 20)).orElse(whenAbsent);
  }

  /** A matrix and its bias. */
  private static long dense(long in, long out) {
    return in * out + out;
  }

  private static long square(long width) {
    return dense(width, width);
  }
}
