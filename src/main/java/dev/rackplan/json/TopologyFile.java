package dev.rackplan.json;

import dev.rackplan.law.LawSet;
import dev.rackplan.topology.Draining;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads {@code topologies/NAME.json}; docs/formats.md lists the keys. */
public final class TopologyFile {
  private TopologyFile() {}

  /**
   * Reads a topology.
   *
   * @param shown the path as the user gave it, for errors
   */
  public static Topology read(Path file, String shown) {
    return load(file, shown).topology();
  }

  /**
   * A topology and the laws file that it names.
   *
   * @param laws measured on this cluster
   */
  public record Loaded(Topology topology, Optional<FileReference> laws) {
    /** The laws file that it names, read; empty where it names none. */
    public Optional<LawSet> lawSet() {
      return laws.map(named -> LawsFile.read(named.file(), named.shown()));
    }
  }

  /** The same with the laws file that it names; that is not read. */
  public static Loaded load(Path file, String shown) {
    JsonCursor root = JsonCursor.read(file, shown);
    Optional<FileReference> laws =
        root.isObject()
            ? root.find("laws").map(at -> FileReference.resolve(at, file, ".json"))
            : Optional.empty();
    return new Loaded(read(root), laws);
  }

  /** Reads a topology from a JSON object already opened. */
  static Topology read(JsonCursor root) {
    root.find("$schema").ifPresent(JsonCursor::text);
    root.find("description").ifPresent(JsonCursor::text);
    root.find("laws").ifPresent(JsonCursor::text);
    TopologyBuilder builder = new TopologyBuilder(root.text("name"));
    RackParts parts = new RackParts(GpuCatalog.load(), builder);
    parts.read(root);
    ScaleOut scaleOut = new ScaleOutReader(root, parts.nodes()).read();
    Optional<JsonCursor> drained = root.find("drained");
    root.end();
    Topology topology = root.build(() -> builder.build(scaleOut), "Correct the racks.");
    return drained.map(prefixes -> drain(topology, prefixes)).orElse(topology);
  }

  /** The topology less what a list of names of racks, domains, nodes or GPUs stands for. */
  static Topology drain(Topology topology, JsonCursor prefixes) {
    List<Integer> gpus = new ArrayList<>();
    Map<String, List<Integer>> byName = Draining.gpusByName(topology);
    for (JsonCursor prefix : prefixes.list()) {
      List<Integer> under = byName.get(prefix.text());
      if (under == null) {
        throw prefix.error(
            "nothing is named \"" + prefix.text() + "\"", nameRemedy(topology, prefix.text()));
      }
      gpus.addAll(under);
    }
    return Draining.drain(topology, gpus);
  }

  /** What to do about a name that nothing of the topology has. */
  public static String nameRemedy(Topology topology, String prefix) {
    long depth = prefix.chars().filter(c -> c == '/').count();
    List<String> sameDepth =
        Stream.of(
                topology.racks().stream().map(rack -> rack.name()),
                topology.domains().stream().map(domain -> domain.name()),
                topology.nodes().stream().map(node -> node.name()),
                topology.gpus().stream().map(gpu -> gpu.name()))
            .flatMap(names -> names)
            .filter(name -> name.chars().filter(c -> c == '/').count() == depth)
            .toList();
    return Spelling.nearest(prefix, sameDepth)
        .map(near -> "Did you mean \"" + near + "\"?")
        .orElse(
            "Give a rack, domain, node or GPU by its full name, such as \""
                + topology.gpus().get(0).name()
                + "\".");
  }
}
