package dev.rackplan.cli;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.topology.GpuGeneration;
import java.util.Optional;
import java.util.stream.Stream;

/** Which generation a GPU of kernel tables is of: laws carry over within it. */
final class LawGenerations {
  private final GpuCatalog catalog = GpuCatalog.load();

  /**
   * The catalogue's word; a GPU that the catalogue lacks is one of its own kind, which no other
   * takes laws from.
   *
   * @param gpu its name, or those that it may be, as in {@code mi300x-or-mi325x}
   */
  String of(String gpu) {
    return Stream.of(gpu.split("-or-"))
        .map(catalog::find)
        .flatMap(Optional::stream)
        .map(entry -> entry.spec().generation())
        .flatMap(Optional::stream)
        .map(GpuGeneration::key)
        .findFirst()
        .orElse(gpu);
  }
}
