package dev.rackplan.json;

import dev.rackplan.model.ContextLimit;
import dev.rackplan.model.Model;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The models that come with rackplan, each a small file of facts with their source, called by a
 * name or by the Hugging Face ids of its checkpoints.
 */
public final class ModelCatalog {
  /** {@code organisation/name}, as Hugging Face writes it; a path has another form. */
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][\\w-]*/[A-Za-z0-9][\\w.-]*");

  private ModelCatalog() {}

  /** Names in alphabetical order. */
  public static List<String> names() {
    return resource("index").get("models").list().stream().map(JsonCursor::text).sorted().toList();
  }

  /** Whether {@code text} has the form of a Hugging Face id rather than of a path. */
  static boolean isId(String text) {
    return ID.matcher(text).matches() && !text.endsWith(".json");
  }

  /**
   * The name of the model that {@code word} means: a name, a Hugging Face id, or the part of one
   * behind its slash where that is one model's only; all in upper or lower case.
   */
  public static Optional<String> find(String word) {
    String wanted = word.toLowerCase(Locale.ROOT);
    List<String> names = names();
    if (names.contains(wanted)) {
      return Optional.of(wanted);
    }
    Map<String, Set<String>> owners = owners(names);
    Set<String> found = owners.getOrDefault(wanted, Set.of());
    return found.size() == 1 ? found.stream().findFirst() : Optional.empty();
  }

  /** Names of models by Hugging Face ids, and by what stands behind the slash, in lower case. */
  private static Map<String, Set<String>> owners(List<String> names) {
    Map<String, Set<String>> owners = new TreeMap<>();
    for (String name : names) {
      for (String id : ids(name)) {
        String lower = id.toLowerCase(Locale.ROOT);
        owners.computeIfAbsent(lower, key -> new TreeSet<>()).add(name);
        owners
            .computeIfAbsent(lower.substring(lower.indexOf('/') + 1), key -> new TreeSet<>())
            .add(name);
      }
    }
    return owners;
  }

  /** Hugging Face ids of the checkpoints of the model called {@code name}. */
  public static List<String> ids(String name) {
    return resource(name)
        .find("huggingFace")
        .map(list -> list.list().stream().map(JsonCursor::text).toList())
        .orElse(List.of());
  }

  /** What a misspelt {@code word} may have meant: a name or an id. */
  public static Optional<String> nearest(String word) {
    List<String> names = names();
    if (!word.contains("/")) {
      String start = word.toLowerCase(Locale.ROOT) + "-";
      return names.stream()
          .filter(name -> name.startsWith(start))
          .findFirst()
          .or(() -> Spelling.nearestBeginning(word, names));
    }
    List<String> ids = names.stream().flatMap(name -> ids(name).stream()).toList();
    return Spelling.nearest(word, ids);
  }

  /** The model that {@code word} means; empty where there is none. */
  public static Optional<Model> findModel(String word) {
    return find(word).map(name -> read(word));
  }

  /**
   * The model that {@code word} means; an error with the nearest name where there is none. A name
   * stands for all of its checkpoints, an id for one.
   */
  public static Model read(String word) {
    JsonCursor entry = entry(word);
    Model model = ModelFile.read(entry);
    if (word.equalsIgnoreCase(model.name())) {
      return model;
    }
    OptionalInt own = ModelFile.maxContext(entry, word);
    return own.isPresent()
        ? model.withContextLimit(
            Optional.of(
                ModelFile.ofAllCheckpoints(entry)
                    .map(limit -> limit.ofCheckpoint(own.getAsInt()))
                    .orElseGet(() -> ContextLimit.of(own.getAsInt()))))
        : model;
  }

  /** Where the facts about the model that {@code word} means come from. */
  public static String source(String word) {
    return entry(word).text("source");
  }

  private static JsonCursor entry(String word) {
    return resource(
        find(word)
            .orElseThrow(
                () ->
                    new InputException(
                        word,
                        "",
                        "isn't a model of the catalogue" + didYouMean(word),
                        "rackplan catalog lists the known ones; or give the path of a config.json.")));
  }

  /** {@code ; did you mean …?}, or nothing. */
  static String didYouMean(String word) {
    return nearest(word).map(found -> "; did you mean \"" + found + "\"?").orElse("");
  }

  private static JsonCursor resource(String name) {
    return Resource.read(ModelCatalog.class, "models/" + name + ".json");
  }
}
