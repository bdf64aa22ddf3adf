package dev.rackplan.cli.solving;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.SweepFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A problem to solve.
 *
 * @param shown its file, as the user gave it or as a sweep wrote it
 * @param varied what a sweep gave it; empty without one
 * @param seed of the search, where a sweep gave one
 * @param names files that the sweep lets it name
 */
public record BatchItem(
    String shown, Map<String, Object> varied, Optional<Long> seed, List<Path> names) {
  /**
   * Of files and folders; each combination of a sweep is written to {@code OUTPUT/problems}.
   *
   * @param output folder of the solutions
   */
  public static List<BatchItem> of(List<String> arguments, String output) {
    List<BatchItem> items = new ArrayList<>();
    Path problems = InputFiles.path(output).resolve("problems");
    for (String shown : InputFiles.expand(arguments)) {
      Path file = InputFiles.path(shown);
      if (!SweepFile.isSweep(file, shown)) {
        items.add(new BatchItem(shown, Map.of(), Optional.empty(), List.of()));
        continue;
      }
      for (SweepFile.Variant variant : SweepFile.read(file, shown, problems)) {
        Path written = problems.resolve(variant.name() + ".json");
        AtomicFile.write(written, variant.text());
        items.add(
            new BatchItem(written.toString(), variant.varied(), variant.seed(), variant.names()));
      }
    }
    return items;
  }
}
