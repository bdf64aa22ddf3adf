package dev.rackplan.cli.option;

import dev.rackplan.json.InputException;
import dev.rackplan.json.TopologyFile;
import dev.rackplan.topology.Draining;
import dev.rackplan.topology.Topology;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Racks, domains, nodes and GPUs that an option names. */
public final class NamedParts {
  private NamedParts() {}

  /**
   * Indices of the GPUs that the names stand for.
   *
   * @param option that gave the names, for errors
   */
  public static SortedSet<Integer> gpus(
      String option, Topology topology, Collection<String> names) {
    SortedSet<Integer> gpus = new TreeSet<>();
    Map<String, List<Integer>> byName = Draining.gpusByName(topology);
    for (String name : names) {
      List<Integer> under = byName.getOrDefault(name, List.of());
      if (under.isEmpty()) {
        throw new InputException(
            "command line",
            option,
            "nothing of " + topology.name() + " is named \"" + name + "\"",
            TopologyFile.nameRemedy(topology, name));
      }
      gpus.addAll(under);
    }
    return gpus;
  }
}
