package dev.rackplan.json;

import dev.rackplan.model.Model;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The models that come with rackplan, each a small file of facts with their source. */
public final class ModelCatalog {
  private ModelCatalog() {}

  /** Names in alphabetical order. */
  public static List<String> names() {
    return resource("index").get("models").list().stream().map(JsonCursor::text).sorted().toList();
  }

  /** The model called {@code name}; an error with the nearest name where there is none. */
  public static Model read(String name) {
    return ModelFile.read(entry(name));
  }

  /** Where the facts about the model called {@code name} come from. */
  public static String source(String name) {
    return entry(name).text("source");
  }

  private static JsonCursor entry(String name) {
    List<String> names = names();
    if (!names.contains(name)) {
      String near =
          Spelling.nearest(name, names)
              .map(found -> "; did you mean \"" + found + "\"?")
              .orElse("");
      throw new InputException(
          name,
          "",
          "isn't a model of the catalogue" + near,
          "Known: " + String.join(", ", names) + "; or give the path of a config.json.");
    }
    return resource(name);
  }

  private static JsonCursor resource(String name) {
    String path = "models/" + name + ".json";
    try (InputStream stream = ModelCatalog.class.getResourceAsStream(path)) {
      if (stream == null) {
        throw new IllegalStateException("no resource " + path);
      }
      return JsonCursor.parse(new String(stream.readAllBytes(), StandardCharsets.UTF_8), path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
