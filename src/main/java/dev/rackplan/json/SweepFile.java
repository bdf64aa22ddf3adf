package dev.rackplan.json;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A problem with lists of values to vary: {@code {"name": …, "problem": "p.json", "vary":
 * {"workload.contextTokens": [4096, 8192]}, "seeds": [0, 1]}}. Every combination is a problem of
 * its own.
 */
public final class SweepFile {
  private static final int MOST = 10_000;
  // Keys whose values are paths: a sweep's are relative to the sweep.
  private static final List<String> PATHS = List.of("topology", "model");

  /**
   * One combination.
   *
   * @param text of a problem file in {@code folder} of {@link #read}
   * @param varied values by key, the seed among them where seeds are varied
   * @param seed of the search; empty where the sweep gives none
   * @param names files that the sweep may name, and therefore the variant
   */
  public record Variant(
      String name,
      String text,
      Map<String, Object> varied,
      Optional<Long> seed,
      List<Path> names) {}

  private final JsonCursor root;
  private final Path file;
  private final Path folder;
  private final List<Path> names = new ArrayList<>();

  private SweepFile(JsonCursor root, Path file, Path folder) {
    this.root = root;
    this.file = file;
    this.folder = folder;
  }

  /** Whether the file is a sweep; false where it can't be read, which its reader will tell. */
  public static boolean isSweep(Path file, String shown) {
    try {
      JsonCursor root = JsonCursor.read(file, shown);
      return root.isObject() && root.has("vary");
    } catch (InputException e) {
      return false;
    }
  }

  /**
   * All combinations, the last key changing fastest.
   *
   * @param folder where the variants' files will lie
   */
  public static List<Variant> read(Path file, String shown, Path folder) {
    return new SweepFile(JsonCursor.read(file, shown), file, folder).variants();
  }

  private List<Variant> variants() {
    root.find("$schema").ifPresent(JsonCursor::text);
    root.find("description").ifPresent(JsonCursor::text);
    String name = ProblemFile.name(root.get("name"));
    FileReference base = FileReference.resolve(root.get("problem"), file, ".json");
    names.add(base.file());
    JsonCursor vary = root.get("vary");
    List<Map<String, Object>> combinations = new ArrayList<>();
    combinations.add(new LinkedHashMap<>());
    for (String key : vary.keys()) {
      combinations =
          times(
              combinations,
              key,
              vary.get(key),
              value -> PATHS.contains(key) ? path(value, base) : value.tree());
    }
    Optional<JsonCursor> seeds = root.find("seeds");
    if (seeds.isPresent()) {
      combinations =
          times(
              combinations,
              "seed",
              seeds.get(),
              seed -> seed.whole(Long.MIN_VALUE, Long.MAX_VALUE));
    }
    root.end();
    int digits = String.valueOf(combinations.size()).length();
    List<Variant> variants = new ArrayList<>();
    for (int i = 0; i < combinations.size(); i++) {
      String number = String.format("%0" + digits + "d", i + 1);
      variants.add(variant(name + "-" + number, combinations.get(i), base));
    }
    return variants;
  }

  private List<Map<String, Object>> times(
      List<Map<String, Object>> combinations,
      String key,
      JsonCursor values,
      Function<JsonCursor, Object> reader) {
    List<JsonCursor> list = values.list();
    if (list.isEmpty() || (long) list.size() * combinations.size() > MOST) {
      throw values.error(
          "makes " + (long) list.size() * combinations.size() + " combinations",
          "Give 1.." + MOST + " altogether.");
    }
    List<Map<String, Object>> more = new ArrayList<>();
    for (Map<String, Object> combination : combinations) {
      for (JsonCursor value : list) {
        Map<String, Object> extended = new LinkedHashMap<>(combination);
        extended.put(key, reader.apply(value));
        more.add(extended);
      }
    }
    return more;
  }

  // As the base would name the file.
  private Object path(JsonCursor value, FileReference base) {
    String text = value.text();
    boolean isName =
        !text.contains("/") && !text.endsWith(".json")
            || ModelCatalog.isId(text) && !Files.isRegularFile(file.resolveSibling(text));
    if (isName) {
      return text;
    }
    Path target = FileReference.resolve(value, file, ".json").file();
    names.add(target);
    return FileReference.relative(base.file().toAbsolutePath().getParent(), target);
  }

  private Variant variant(String name, Map<String, Object> varied, FileReference base) {
    Map<String, Object> set = new LinkedHashMap<>(varied);
    Optional<Long> seed =
        root.has("seeds") ? Optional.of((Long) set.remove("seed")) : Optional.empty();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", name);
    tree.put("base", FileReference.relative(folder, base.file()));
    tree.put("set", set);
    return new Variant(name, JsonText.of(tree), varied, seed, List.copyOf(names));
  }
}
