package dev.rackplan.cli.planning;

import dev.rackplan.cli.file.Copies;
import dev.rackplan.json.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * A file that says how tokens choose experts.
 *
 * @param file where it is
 * @param shown as the user named it
 * @param key of a problem's routing: {@code counts} or {@code samples}
 * @param name of the file below the folder where problems are written
 */
public record RoutingSource(Path file, String shown, String key, String name) {
  /** Where its copies stand. */
  static final String FOLDER = "routing/";

  /** Known by its name's end. */
  public static RoutingSource of(Path file, String shown) {
    String lower = shown.toLowerCase(Locale.ROOT);
    for (String end : new String[] {".jsonl", ".json", ".csv.gz", ".csv"}) {
      if (lower.endsWith(end)) {
        if (!Files.isRegularFile(file)) {
          throw new InputException(shown, "", "no such file", "Check --routing.");
        }
        return new RoutingSource(
            file, shown, end.startsWith(".csv") ? "samples" : "counts", FOLDER + "experts" + end);
      }
    }
    throw new InputException(
        "command line",
        "--routing",
        "ends neither like expert loads nor like recorded tokens: " + shown,
        "Give a .json, .jsonl, .csv or .csv.gz: docs/formats.md says what each holds.");
  }

  /** Puts the file beside a problem, once; the problem's {@code routing}. */
  Map<String, Object> in(Path folder) {
    Copies.put(file, folder.resolve(name));
    return Map.of(key, name);
  }
}
