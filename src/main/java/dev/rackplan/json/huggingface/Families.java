package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.Resource;
import dev.rackplan.model.Layer;
import dev.rackplan.model.ModelInput;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Every family that is known by name: those with a class of their own, and those of {@code
 * families.json}, which differ in {@link Trait}s only.
 */
final class Families {
  private static final String RESOURCE = "families.json";
  private static final Families KNOWN = new Families();

  private final JsonCursor table = Resource.read(Families.class, RESOURCE);
  private final List<Family> families = new ArrayList<>();

  private Families() {
    own("deepseek_v3", "DeepseekV3ForCausalLM", DeepSeekFamily::layers);
    own("deepseek_v32", "DeepseekV32ForCausalLM", DeepSeekFamily::layers);
    own("kimi_k2", "KimiK2ForCausalLM", DeepSeekFamily::layers);
    own("glm_moe_dsa", "GlmMoeDsaForCausalLM", DeepSeekFamily::layers);
    own("deepseek_v4", "DeepseekV4ForCausalLM", DeepSeekV4Family::layers);
    own(
        List.of("kimi_k3", "kimi_linear"),
        List.of("KimiK3ForConditionalGeneration", "KimiLinearForCausalLM"),
        KimiLinearFamily::layers);
    own(
        List.of("qwen3_moe", "qwen3_vl_moe_text", "qwen3_vl_moe", "qwen3_omni_moe_text"),
        List.of("Qwen3MoeForCausalLM", "Qwen3VLMoeForConditionalGeneration"),
        QwenMoeFamily::layers);
    own("qwen3_next", "Qwen3NextForCausalLM", QwenHybridFamily::layers);
    own(
        List.of("qwen3_5_moe", "qwen3_5_moe_text"),
        List.of("Qwen3_5MoeForConditionalGeneration", "Qwen3_5MoeForCausalLM"),
        QwenHybridFamily::layers);
    own(
        List.of("qwen3_5", "qwen3_5_text"),
        List.of("Qwen3_5ForConditionalGeneration", "Qwen3_5ForCausalLM"),
        QwenHybridFamily::layers);
    own("gpt_oss", "GptOssForCausalLM", GptOssFamily::layers);
    own(
        List.of("llama4", "llama4_text"),
        List.of("Llama4ForConditionalGeneration", "Llama4ForCausalLM"),
        Llama4Family::layers);
    own(
        List.of("llama", "Yi", "aquila", "xverse", "orion"),
        List.of("LlamaForCausalLM", "LLaMAForCausalLM", "YiForCausalLM"),
        LlamaFamily::layers);
    own("mixtral", "MixtralForCausalLM", MixtralFamily::layers);
    tied(
        List.of("gemma3", "gemma3_text"),
        List.of("Gemma3ForConditionalGeneration", "Gemma3ForCausalLM"),
        Gemma3Family::layers,
        config -> ModelInput.NONE);
    tied(
        List.of("gemma4", "gemma4_text", "gemma3n", "gemma3n_text"),
        List.of(
            "Gemma4ForConditionalGeneration",
            "Gemma4ForCausalLM",
            "Gemma3nForConditionalGeneration",
            "Gemma3nForCausalLM"),
        Gemma4Family::layers,
        Gemma4Family::input);
    addMore();
    addHybrids();
    table.get("families").list().forEach(row -> families.add(ofTraits(row)));
  }

  private void addMore() {
    own(
        List.of("glm4_moe", "glm4v_moe_text", "glm4v_moe"),
        List.of("Glm4MoeForCausalLM"),
        Glm4MoeFamily::layers);
    own("minimax_m2", "MiniMaxM2ForCausalLM", MiniMaxFamily::layersOfM2);
    own(
        List.of("minimax_m3", "minimax_m3_vl", "minimax_m3_text", "minimax_m3_vl_text"),
        List.of("MiniMaxM3ForCausalLM", "MiniMaxM3ForConditionalGeneration"),
        MiniMaxFamily::layersOfM3);
    own(
        List.of("minimax_text_01", "minimax_m1", "minimax"),
        List.of("MiniMaxText01ForCausalLM", "MiniMaxM1ForCausalLM", "MiniMaxForCausalLM"),
        MiniMaxLightningFamily::layers);
    own("olmoe", "OlmoeForCausalLM", OlmoeFamily::layers);
    own("dbrx", "DbrxForCausalLM", DbrxFamily::layers);
    // xAI's code ties embedding and head; so does transformers' general default.
    tied(
        List.of("grok-1"),
        List.of("Grok1ModelForCausalLM"),
        GrokFamily::layers,
        config -> ModelInput.NONE);
    tied(
        List.of("ernie4_5_vl_moe", "ernie4_5_moe_vl", "ernie4_5_vl_moe_text"),
        List.of("Ernie4_5_VLMoeForConditionalGeneration"),
        ErnieVisionFamily::layers,
        ErnieVisionFamily::input);
    own("arctic", "ArcticForCausalLM", ArcticFamily::layers);
  }

  private void addHybrids() {
    own("jamba", "JambaForCausalLM", JambaFamily::layers);
    own("nemotron_h", "NemotronHForCausalLM", NemotronHFamily::layers);
    own(List.of("nemotron-nas", "deci"), List.of("DeciLMForCausalLM"), NemotronNasFamily::layers);
    own("falcon_h1", "FalconH1ForCausalLM", FalconH1Family::layers);
    own(
        List.of("granitemoehybrid", "bamba"),
        List.of("GraniteMoeHybridForCausalLM", "BambaForCausalLM"),
        GraniteHybridFamily::layers);
    own(
        List.of("mimo_v2_flash", "mimo_v2"),
        List.of("MiMoV2FlashForCausalLM", "MiMoV2ForCausalLM"),
        MimoV2Family::layers);
    own(
        List.of("step3p5", "step3p7"),
        List.of("Step3p5ForCausalLM", "Step3p7FlashForCausalLM"),
        Step3Family::layersOfFlash);
    own(
        List.of("step3_text", "step3_vl", "step3"),
        List.of("Step3TextForCausalLM", "Step3VLForConditionalGeneration"),
        Step3Family::layers);
    own(
        List.of("longcat_flash", "longcat"),
        List.of("LongcatFlashForCausalLM", "LongcatCausalLM"),
        LongcatFamily::layers);
    own(
        List.of("bailing_moe_linear", "bailing_moe_linear_v2", "bailing_hybrid"),
        List.of("BailingMoeLinearV2ForCausalLM", "BailingMoeLinearForCausalLM"),
        BailingLinearFamily::layers);
    own(
        List.of("mllama", "mllama_text_model"),
        List.of("MllamaForConditionalGeneration"),
        MllamaFamily::layers);
    own(
        List.of("lfm2", "lfm2_moe"),
        List.of("Lfm2ForCausalLM", "Lfm2MoeForCausalLM"),
        LiquidFamily::layers);
  }

  /** The first family that one of {@code words} names. */
  static Optional<Family> find(List<String> words) {
    return words.stream()
        .flatMap(word -> KNOWN.families.stream().filter(family -> family.isCalled(word)))
        .findFirst();
  }

  /** Sizes that the class of a vision encoder takes where a config has none. */
  static Optional<JsonCursor> tower(String kind) {
    return KNOWN.table.get("towers").findNullable(kind);
  }

  /** A config of no known family, read by {@code traits}. */
  static Family general(Set<Trait> traits) {
    return ofTraits(List.of(), List.of(), traits, Optional.empty());
  }

  /** Every {@code model_type}, for error messages. */
  static String known() {
    return KNOWN.families.stream()
        .flatMap(family -> family.modelTypes().stream())
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private void own(
      String modelType, String architecture, Function<ConfigReader, List<Layer>> layers) {
    own(List.of(modelType), List.of(architecture), layers);
  }

  private void own(
      List<String> modelTypes,
      List<String> architectures,
      Function<ConfigReader, List<Layer>> layers) {
    families.add(
        new Family(
            modelTypes,
            architectures,
            false,
            layers,
            config -> ModelInput.NONE,
            defaults(modelTypes)));
  }

  private void tied(
      List<String> modelTypes,
      List<String> architectures,
      Function<ConfigReader, List<Layer>> layers,
      Function<ConfigReader, ModelInput> input) {
    families.add(new Family(modelTypes, architectures, true, layers, input, defaults(modelTypes)));
  }

  private Optional<JsonCursor> defaults(List<String> modelTypes) {
    JsonCursor all = table.get("defaults");
    return modelTypes.stream().filter(all::has).findFirst().map(all::get);
  }

  private static Family ofTraits(JsonCursor row) {
    Set<Trait> traits = EnumSet.noneOf(Trait.class);
    row.get("traits").list().forEach(trait -> traits.add(trait.oneOf(Trait.class)));
    return ofTraits(
        texts(row.get("modelTypes")),
        texts(row.get("architectures")),
        traits,
        row.find("defaults"));
  }

  private static Family ofTraits(
      List<String> modelTypes,
      List<String> architectures,
      Set<Trait> traits,
      Optional<JsonCursor> defaults) {
    return new Family(
        modelTypes,
        architectures,
        traits.contains(Trait.TIED),
        config -> DecoderFamily.layers(config, traits),
        config -> DecoderFamily.input(config, traits),
        defaults);
  }

  private static List<String> texts(JsonCursor list) {
    return list.list().stream().map(JsonCursor::text).toList();
  }
}
