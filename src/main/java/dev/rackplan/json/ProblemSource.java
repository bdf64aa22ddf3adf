package dev.rackplan.json;

import java.nio.file.Path;

/**
 * The text of a problem: its own, or another problem's with some values set: {@code {"name": …,
 * "base": "other.json", "set": {"workload.contextTokens": 8192}}}.
 *
 * @param root the problem
 * @param file where it lies, which its references are relative to: the base's
 */
record ProblemSource(JsonCursor root, Path file) {
  private static final String BASE = "base";

  /**
   * Reads it.
   *
   * @param files takes the file itself, then its base
   */
  static ProblemSource read(Path file, String shown, ReadFiles files) {
    files.add(file);
    JsonCursor own = JsonCursor.read(file, shown);
    if (!own.isObject() || !own.has(BASE)) {
      return new ProblemSource(own, file);
    }
    own.find("$schema").ifPresent(JsonCursor::text);
    FileReference reference = FileReference.resolve(own.get(BASE), file, ".json");
    files.add(reference.file());
    JsonCursor base = JsonCursor.read(reference.file(), reference.shown());
    if (base.isObject() && base.has(BASE)) {
      throw own.get(BASE)
          .error("has a base itself", "Name a problem that stands for itself, with all its keys.");
    }
    JsonCursor root = base.with("name", own.get("name"));
    if (own.find("description").isPresent()) {
      root = root.with("description", own.get("description"));
    }
    JsonCursor set = own.get("set");
    for (String key : set.keys()) {
      root = root.with(key, set.get(key));
    }
    own.end();
    return new ProblemSource(root, reference.file());
  }

  /** Whether the file is made from another problem. */
  static boolean isDerived(JsonCursor root) {
    return root.has(BASE) && root.has("set");
  }
}
