package dev.rackplan.json;

import dev.rackplan.json.huggingface.HuggingFaceConfig;
import dev.rackplan.model.Model;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A model from wherever a user has it: the catalogue, a Hugging Face config, this project's own
 * model file.
 */
public final class ModelReader {
  private ModelReader() {}

  /**
   * A name or a Hugging Face id of the catalogue, or a path: whatever is there as a file, and else
   * whatever holds a {@code /} or ends in {@code .json} and hasn't the form of an id.
   */
  public static Model read(String nameOrPath) {
    if (isFile(nameOrPath)) {
      return read(path(nameOrPath), nameOrPath);
    }
    if (ModelCatalog.isId(nameOrPath)) {
      return ModelCatalog.findModel(nameOrPath)
          .orElseThrow(() -> new InputException(nameOrPath, "", noId(nameOrPath), remedyOfId()));
    }
    if (nameOrPath.contains("/") || nameOrPath.endsWith(".json")) {
      return read(path(nameOrPath), nameOrPath);
    }
    return ModelCatalog.read(nameOrPath);
  }

  /** Of an id that isn't known. */
  static String noId(String id) {
    return "is neither a file nor a Hugging Face id of the catalogue" + ModelCatalog.didYouMean(id);
  }

  static String remedyOfId() {
    return "Give the path of its config.json; rackplan catalog lists the models that it knows.";
  }

  /** Of contexts beyond what the model's config allows. */
  public static String remedyOfContext() {
    return "Give fewer tokens; or, where it is served with other RoPE scaling, a config.json that says so.";
  }

  /**
   * Refuses sequences of so many tokens where no checkpoint takes them: engines do, most at their
   * start.
   */
  static void checkContext(Model model, JsonCursor at, double tokens) {
    model
        .contextLimit()
        .flatMap(limit -> limit.fault(tokens))
        .ifPresent(
            fault -> {
              throw at.error(fault, remedyOfContext());
            });
  }

  /**
   * A Hugging Face config or a model file of this project. {@code shown} is the path as the user
   * gave it.
   */
  public static Model read(Path file, String shown) {
    JsonCursor root = JsonCursor.readPython(file, shown);
    // Only configs may hold what JSON has no words for.
    return isModelFile(root)
        ? ModelFile.read(JsonCursor.read(file, shown))
        : HuggingFaceConfig.read(root, file, shown);
  }

  /** Whether the object is one of this project's model files. */
  static boolean isModelFile(JsonCursor root) {
    return root.isObject()
        && root.has("hiddenSize")
        && root.has("layers")
        && root.get("layers").isList();
  }

  private static boolean isFile(String text) {
    try {
      return Files.isRegularFile(Path.of(text));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new InputException(
          text, "", "is not a path", "Give a name of the catalogue or the path of a config.json.");
    }
  }
}
