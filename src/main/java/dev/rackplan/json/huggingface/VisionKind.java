package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Vision encoders that are known, by words in their {@code model_type} or in the whole config's.
 */
enum VisionKind {
  KIMI(List.of("kimi", "moonvit"), Trait.PATCH_BIAS),
  QWEN2_5_VL(List.of("qwen2_5_vl", "qwen2_5_omni"), Trait.GATED, Trait.PLAIN_NORMS),
  QWEN2_VL(List.of("qwen2_vl")),
  QWEN3_VL(List.of("qwen3_5", "qwen3_vl", "qwen3_omni"), Trait.PATCH_BIAS),
  SIGLIP(List.of("siglip"), Trait.PATCH_BIAS, Trait.POSITIONS),
  CLIP(List.of("clip"), Trait.POSITIONS, Trait.ONE_MORE_POSITION),
  PIXTRAL(List.of("pixtral"), Trait.GATED, Trait.NO_BIAS, Trait.PLAIN_NORMS),
  LLAMA4(List.of("llama4"), Trait.POSITIONS, Trait.ONE_MORE_POSITION),
  MLLAMA(List.of("mllama"), Trait.NO_ATTENTION_BIAS),
  GEMMA4(List.of("gemma4"), Trait.GATED, Trait.NO_BIAS, Trait.FOUR_NORMS, Trait.HEAD_NORMS),
  INTERNVL(
      List.of("internvl", "intern_vit"),
      Trait.LAYER_SCALES,
      Trait.PATCH_BIAS,
      Trait.POSITIONS,
      Trait.ONE_MORE_POSITION),
  STEP(List.of("step3p"), Trait.LAYER_SCALES, Trait.POSITIONS),
  GLM4V(
      List.of("glm4v", "glm46v", "glm_ocr"),
      Trait.GATED,
      Trait.NO_BIAS,
      Trait.PLAIN_NORMS,
      Trait.PATCH_BIAS,
      Trait.POSITIONS),
  ERNIE(List.of("ernie4_5")),
  MINIMAX_M3(List.of("minimax_m3")),
  /** SigLIP where only the wrapper says so. */
  SIGLIP_WITHIN(List.of("gemma3", "idefics3", "smolvlm"), Trait.PATCH_BIAS, Trait.POSITIONS),
  /** A plain encoder. */
  OTHER(List.of(), Trait.PATCH_BIAS);

  /** What sets an encoder apart from a plain one: biases everywhere, layer norms, two matrices. */
  enum Trait {
    GATED,
    NO_BIAS,
    NO_ATTENTION_BIAS,
    PLAIN_NORMS,
    FOUR_NORMS,
    HEAD_NORMS,
    LAYER_SCALES,
    PATCH_BIAS,
    POSITIONS,
    ONE_MORE_POSITION
  }

  // Filled once and never handed out.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> words;

  @SuppressWarnings("ImmutableEnumChecker")
  private final Set<Trait> traits;

  VisionKind(List<String> words, Trait... traits) {
    this.words = words;
    this.traits = EnumSet.noneOf(Trait.class);
    this.traits.addAll(List.of(traits));
  }

  boolean has(Trait trait) {
    return traits.contains(trait);
  }

  /** Whether a picture's patches are cut in time too. */
  boolean isCutInTime() {
    return this == QWEN2_VL
        || this == QWEN2_5_VL
        || this == QWEN3_VL
        || this == MINIMAX_M3
        || this == GLM4V;
  }

  /** The kind of the encoder of {@code vision} in the config {@code whole}. */
  static VisionKind of(ConfigReader vision, JsonCursor whole) {
    String own = vision.findText("model_type").orElse("");
    String outer = whole.findNullable("model_type").map(JsonCursor::text).orElse("");
    String said = (own + " " + outer).toLowerCase(Locale.ROOT);
    if (vision.has("vt_hidden_size")) {
      return KIMI;
    }
    if (vision.has("embed_dim") && said.contains("qwen")) {
      return QWEN2_VL;
    }
    for (VisionKind kind : values()) {
      if (kind.words.stream().anyMatch(said::contains)) {
        return kind == SIGLIP_WITHIN ? SIGLIP : kind;
      }
    }
    return OTHER;
  }

  /** Sizes that its class in transformers takes where a config has none. */
  String defaults() {
    return name().toLowerCase(Locale.ROOT);
  }
}
