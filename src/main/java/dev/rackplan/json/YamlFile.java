package dev.rackplan.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** YAML that engines write, read as the JSON that it stands for: plain values only. */
final class YamlFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_CODE_POINTS = 1 << 26;
  private static final int DEEPEST = 64;

  private YamlFile() {}

  /** Whether a file of that name is read as YAML. */
  static boolean named(String shown) {
    return shown.endsWith(".yaml") || shown.endsWith(".yml");
  }

  /**
   * The one document of {@code file}.
   *
   * @param shown the path as the user gave it
   */
  static JsonCursor read(Path file, String shown) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(shown, "", "no such file", "Check the spelling.");
    }
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setCodePointLimit(MOST_CODE_POINTS);
    options.setNestingDepthLimit(DEEPEST);
    options.setMaxAliasesForCollections(0);
    try {
      Object tree =
          new Yaml(new SafeConstructor(options))
              .load(Files.readString(file, StandardCharsets.UTF_8));
      return JsonCursor.parse(JSON.writeValueAsString(tree), shown);
    } catch (YAMLException e) {
      throw new InputException(
          shown,
          "",
          "is no YAML of plain values (" + e.getMessage().lines().findFirst().orElse("") + ")",
          "Give the file as the engine takes it.");
    } catch (JsonProcessingException e) {
      throw new InputException(
          shown, "", "holds values that JSON has not", "Give the file as the engine takes it.");
    } catch (IOException e) {
      throw new InputException(
          shown,
          "",
          "can't be read as text in UTF-8 (" + e.getClass().getSimpleName() + ")",
          "Check the file and its permissions.");
    }
  }
}
