package dev.rackplan.json.huggingface;

import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads a Hugging Face {@code config.json} as it was published. */
public final class HuggingFaceConfig {
  /** More weights than any model has; keeps sums within a long. */
  private static final double MOST_PARAMETERS = 1e18;

  private static final String OWN_NAME = "config.json";
  private static final String MODEL_OPT_NAME = "hf_quant_config.json";

  private HuggingFaceConfig() {}

  /**
   * One architecture.
   *
   * @param modelTypes values of {@code model_type}
   * @param architectures values of {@code architectures}, for configs without a {@code model_type}
   * @param tiedByDefault the family's default of {@code tie_word_embeddings} in transformers
   */
  private record Family(
      List<String> modelTypes,
      List<String> architectures,
      boolean tiedByDefault,
      Function<ConfigReader, List<Layer>> layers) {}

  private static final List<Family> FAMILIES =
      List.of(
          family("deepseek_v3", "DeepseekV3ForCausalLM", DeepSeekFamily::layers),
          family("deepseek_v32", "DeepseekV32ForCausalLM", DeepSeekFamily::layers),
          family("kimi_k2", "KimiK2ForCausalLM", DeepSeekFamily::layers),
          family("glm_moe_dsa", "GlmMoeDsaForCausalLM", DeepSeekFamily::layers),
          family("deepseek_v4", "DeepseekV4ForCausalLM", DeepSeekV4Family::layers),
          new Family(
              List.of("kimi_k3", "kimi_linear"),
              List.of("KimiK3ForConditionalGeneration", "KimiLinearForCausalLM"),
              false,
              KimiLinearFamily::layers),
          family("qwen3_moe", "Qwen3MoeForCausalLM", QwenMoeFamily::layers),
          family("qwen3_next", "Qwen3NextForCausalLM", QwenHybridFamily::layers),
          new Family(
              List.of("qwen3_5_moe", "qwen3_5_moe_text"),
              List.of("Qwen3_5MoeForConditionalGeneration", "Qwen3_5MoeForCausalLM"),
              false,
              QwenHybridFamily::layers),
          family("gpt_oss", "GptOssForCausalLM", GptOssFamily::layers),
          new Family(
              List.of("llama4", "llama4_text"),
              List.of("Llama4ForConditionalGeneration", "Llama4ForCausalLM"),
              false,
              Llama4Family::layers),
          family("llama", "LlamaForCausalLM", LlamaFamily::layers),
          family("mixtral", "MixtralForCausalLM", MixtralFamily::layers),
          new Family(
              List.of("gemma3", "gemma3_text"),
              List.of("Gemma3ForConditionalGeneration", "Gemma3ForCausalLM"),
              true,
              Gemma3Family::layers),
          family("glm4_moe", "Glm4MoeForCausalLM", Glm4MoeFamily::layers),
          family("minimax_m2", "MiniMaxM2ForCausalLM", MiniMaxFamily::layersOfM2),
          new Family(
              List.of("minimax_m3", "minimax_m3_vl", "minimax_m3_text"),
              List.of("MiniMaxM3ForCausalLM", "MiniMaxM3ForConditionalGeneration"),
              false,
              MiniMaxFamily::layersOfM3),
          new Family(
              List.of("minimax_text_01", "minimax_m1", "minimax"),
              List.of("MiniMaxText01ForCausalLM", "MiniMaxM1ForCausalLM", "MiniMaxForCausalLM"),
              false,
              MiniMaxLightningFamily::layers),
          family("olmoe", "OlmoeForCausalLM", OlmoeFamily::layers),
          family("dbrx", "DbrxForCausalLM", DbrxFamily::layers),
          // xAI's code ties embedding and head; so does transformers' general default.
          new Family(
              List.of("grok-1"),
              List.of("Grok1ModelForCausalLM", "Grok1ForCausalLM"),
              true,
              GrokFamily::layers),
          family("arctic", "ArcticForCausalLM", ArcticFamily::layers),
          family("jamba", "JambaForCausalLM", JambaFamily::layers),
          family("nemotron_h", "NemotronHForCausalLM", NemotronHFamily::layers));

  private static Family family(
      String modelType, String architecture, Function<ConfigReader, List<Layer>> layers) {
    return new Family(List.of(modelType), List.of(architecture), false, layers);
  }

  /**
   * Reads {@code file}; the model is named after it (or after its folder, if it is a {@code
   * config.json}).
   */
  public static Model read(Path file, String shown) {
    String name = String.valueOf(file.getFileName());
    Path folder = file.toAbsolutePath().normalize().getParent();
    if (name.equals(OWN_NAME) && folder != null && folder.getFileName() != null) {
      name = folder.getFileName().toString();
    }
    Optional<JsonCursor> modelOpt =
        modelOptFile(file)
            .map(beside -> JsonCursor.read(beside, FileReference.siblingOf(shown, beside)));
    return read(JsonCursor.read(file, shown), name.replaceFirst("\\.json$", ""), modelOpt);
  }

  /**
   * ModelOpt's file of number formats that lies beside {@code config}, under a name like its own:
   * {@code hf_quant_config.json} beside {@code config.json}. Empty where there is none.
   */
  public static Optional<Path> modelOptFile(Path config) {
    String name = String.valueOf(config.getFileName());
    if (!name.endsWith(OWN_NAME)) {
      return Optional.empty();
    }
    String start = name.substring(0, name.length() - OWN_NAME.length());
    Path beside = config.resolveSibling(start + MODEL_OPT_NAME);
    return Files.isRegularFile(beside) ? Optional.of(beside) : Optional.empty();
  }

  /**
   * Whether the object looks like a Hugging Face config rather than one of this project's files.
   */
  public static boolean isConfig(JsonCursor root) {
    return root.isObject()
        && (root.has("model_type") || root.has("architectures") || DbrxFamily.isUnmistakable(root));
  }

  /** Reads an already parsed config. */
  public static Model read(JsonCursor root, String name) {
    return read(root, name, Optional.empty());
  }

  private static Model read(JsonCursor root, String name, Optional<JsonCursor> modelOpt) {
    String architecture = architecture(root);
    Family family = family(root, architecture);
    JsonCursor text = root.findNullable("text_config").orElse(root);
    ConfigReader reader = new ConfigReader(text);
    List<Layer> layers = reader.build(() -> family.layers().apply(reader));
    double parameters = layers.stream().mapToDouble(Layer::parameters).sum();
    if (!(parameters < MOST_PARAMETERS)) {
      throw text.error("has " + parameters + " parameters", "Correct the sizes in the config.");
    }
    List<Layer> drafting = reader.build(() -> NextTokenLayers.of(reader, layers));
    boolean tied =
        root.findNullable("tie_word_embeddings")
            .or(() -> text.findNullable("tie_word_embeddings"))
            .map(JsonCursor::bool)
            .orElse(family.tiedByDefault());
    int hidden = family.modelTypes().contains("dbrx") ? reader.width("d_model") : reader.hidden();
    // Gemma 3 configs leave the vocabulary to transformers' default (Gemma3TextConfig, 262208).
    int vocabulary =
        family.modelTypes().contains("gemma3")
            ? reader.width("vocab_size", 262_208)
            : reader.width("vocab_size");
    Model model =
        reader.build(
            () ->
                Model.withFinalNorm(name, architecture, hidden, vocabulary, tied, layers)
                    .withNextTokenLayers(drafting));
    return CheckpointFormats.of(model, root, modelOpt);
  }

  private static String architecture(JsonCursor root) {
    Optional<JsonCursor> modelType = root.findNullable("model_type");
    if (modelType.isPresent()) {
      return modelType.get().text();
    }
    List<JsonCursor> architectures =
        root.findNullable("architectures").map(JsonCursor::list).orElse(List.of());
    if (architectures.isEmpty() && DbrxFamily.isUnmistakable(root)) {
      return "dbrx";
    }
    if (architectures.isEmpty()) {
      throw root.error(
          "has neither model_type nor architectures",
          "Give a Hugging Face config.json with one of them; known: " + known() + ".");
    }
    return architectures.get(0).text();
  }

  private static Family family(JsonCursor root, String architecture) {
    return FAMILIES.stream()
        .filter(
            family ->
                family.modelTypes().contains(architecture)
                    || family.architectures().contains(architecture))
        .findFirst()
        .orElseThrow(() -> unknown(root, architecture));
  }

  private static InputException unknown(JsonCursor root, String architecture) {
    String key = root.has("model_type") ? "model_type" : "architectures";
    return root.get(key)
        .error("unknown architecture \"" + architecture + "\"", "Known: " + known() + ".");
  }

  private static String known() {
    return FAMILIES.stream()
        .flatMap(family -> family.modelTypes().stream())
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
