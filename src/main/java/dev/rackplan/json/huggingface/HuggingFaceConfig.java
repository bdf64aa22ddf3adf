package dev.rackplan.json.huggingface;

import dev.rackplan.json.ControlCharacters;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.ModelInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a Hugging Face {@code config.json} as it was published. */
public final class HuggingFaceConfig {
  /** More weights than any model has; keeps sums within a long. */
  private static final double MOST_PARAMETERS = 1e18;

  private static final String OWN_NAME = "config.json";
  private static final String MODEL_OPT_NAME = "hf_quant_config.json";

  private HuggingFaceConfig() {}

  /** Where wrappers of several modalities keep the language part. */
  private static final List<String> LANGUAGE_PARTS =
      List.of(
          "text_config",
          "llm_config",
          "language_config",
          "language_model_config",
          "text_model_config",
          "llm");

  /**
   * Reads {@code file}; the model is named after it (or after its folder, if it is a {@code
   * config.json}).
   */
  public static Model read(Path file, String shown) {
    return read(JsonCursor.readPython(file, shown), file, shown);
  }

  /** The same where the file was parsed already. */
  public static Model read(JsonCursor root, Path file, String shown) {
    String name = String.valueOf(file.getFileName());
    Path folder = file.toAbsolutePath().normalize().getParent();
    if (name.equals(OWN_NAME) && folder != null && folder.getFileName() != null) {
      name = folder.getFileName().toString();
    }
    Optional<JsonCursor> modelOpt =
        modelOptFile(file)
            .map(beside -> JsonCursor.read(beside, FileReference.siblingOf(shown, beside)));
    return read(root, ControlCharacters.written(name.replaceFirst("\\.json$", "")), modelOpt);
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
        && !ownKeys(root)
        && (root.has("model_type")
            || root.has("architectures")
            || DbrxFamily.isUnmistakable(root)
            || GeneralConfig.hasSizes(root));
  }

  /** Keys of this project's files, which no config has. */
  private static boolean ownKeys(JsonCursor root) {
    return root.has("hiddenSize") || root.has("workload") || root.has("racks");
  }

  /** Reads an already parsed config. */
  public static Model read(JsonCursor root, String name) {
    return read(root, name, Optional.empty());
  }

  private static Model read(JsonCursor root, String name, Optional<JsonCursor> modelOpt) {
    JsonCursor whole = root.findNullable("thinker_config").orElse(root);
    Optional<JsonCursor> part = languagePart(whole);
    JsonCursor text = part.orElse(whole);
    Optional<Family> known = Families.find(words(root, whole, text));
    ConfigReader plain = new ConfigReader(text);
    Family family = known.orElseGet(() -> GeneralConfig.family(root, plain));
    ConfigReader reader = plain.withDefaults(family.defaults(), part.isPresent());
    List<Layer> layers = reader.build(() -> family.layers().apply(reader));
    ModelInput own = reader.build(() -> family.input().apply(reader));
    checkSize(text, layers);
    int hidden = reader.hidden();
    int vocabulary = reader.vocabulary();
    boolean tied = tied(root, whole, text).orElse(family.tiedByDefault());
    if (known.isEmpty()) {
      GeneralConfig.refuseUnplaced(root, reader, text);
    }
    long towers = Towers.parameters(whole, reader);
    if (root.findNullable("talker_config").isPresent()) {
      reader.note("The talker, which makes speech of the answer, isn't counted.");
    }
    Model model =
        reader.build(
            () -> Model.withFinalNorm(name, architecture(root), hidden, vocabulary, tied, layers));
    List<Layer> drafting = reader.build(() -> NextTokenLayers.of(reader, layers));
    return CheckpointFormats.of(
        model
            .withNextTokenLayers(drafting)
            .withInput(new ModelInput(towers + own.towerParameters(), own.tableParameters()))
            .withContextLimit(ContextLength.of(reader))
            .withNotes(reader.notes()),
        root,
        modelOpt);
  }

  private static Optional<JsonCursor> languagePart(JsonCursor whole) {
    return LANGUAGE_PARTS.stream()
        .flatMap(key -> whole.findNullable(key).filter(JsonCursor::isObject).stream())
        .findFirst();
  }

  /** What may name the family, the nearest first. */
  private static List<String> words(JsonCursor root, JsonCursor whole, JsonCursor text) {
    List<String> words = new ArrayList<>();
    for (JsonCursor at : List.of(text, whole, root)) {
      at.findNullable("model_type").map(JsonCursor::text).ifPresent(words::add);
    }
    for (JsonCursor at : List.of(text, whole, root)) {
      at.findNullable("architectures")
          .ifPresent(list -> list.list().forEach(word -> words.add(word.text())));
    }
    if (words.isEmpty() && DbrxFamily.isUnmistakable(root)) {
      words.add("dbrx");
    }
    if (root.has("compress_ratios")) {
      words.add("deepseek_v4");
    }
    return words;
  }

  private static void checkSize(JsonCursor text, List<Layer> layers) {
    double parameters = layers.stream().mapToDouble(Layer::parameters).sum();
    if (!(parameters < MOST_PARAMETERS)) {
      throw text.error("has " + parameters + " parameters", "Correct the sizes in the config.");
    }
  }

  private static Optional<Boolean> tied(JsonCursor root, JsonCursor whole, JsonCursor text) {
    return root.findNullable("tie_word_embeddings")
        .or(() -> whole.findNullable("tie_word_embeddings"))
        .or(() -> text.findNullable("tie_word_embeddings"))
        .map(JsonCursor::bool);
  }

  /** {@code model_type}, or the first of {@code architectures}; {@code general} without either. */
  private static String architecture(JsonCursor root) {
    Optional<JsonCursor> modelType = root.findNullable("model_type");
    if (modelType.isPresent()) {
      return modelType.get().text();
    }
    List<JsonCursor> architectures =
        root.findNullable("architectures").map(JsonCursor::list).orElse(List.of());
    if (!architectures.isEmpty()) {
      return architectures.get(0).text();
    }
    return DbrxFamily.isUnmistakable(root) ? "dbrx" : "general";
  }
}
