package dev.rackplan.topology;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes GPUs out of use by the names of racks, domains, nodes or GPUs. */
public final class Draining {
  private Draining() {}

  /**
   * Indices of the GPUs below every rack, domain, node and GPU, by its whole name. Not to be
   * iterated over: its order means nothing.
   */
  public static Map<String, List<Integer>> gpusByName(Topology topology) {
    Map<String, List<Integer>> byName = new HashMap<>();
    topology.racks().forEach(rack -> byName.put(rack.name(), gpusUnder(topology, rack)));
    // A domain over several racks has a part in each, named after it.
    for (Node node : topology.nodes()) {
      String part = node.name().substring(0, node.name().lastIndexOf('/'));
      byName.computeIfAbsent(part, key -> new ArrayList<>()).addAll(node.gpus());
    }
    topology.nodes().forEach(node -> byName.put(node.name(), node.gpus()));
    topology.gpus().forEach(gpu -> byName.put(gpu.name(), List.of(gpu.index())));
    return byName;
  }

  private static List<Integer> gpusUnder(Topology topology, Rack rack) {
    return rack.domains().stream()
        .flatMap(domain -> topology.domains().get(domain).gpus().stream())
        .filter(gpu -> topology.gpus().get(gpu).rack() == rack.index())
        .toList();
  }

  /** The same topology with these GPUs drained too. */
  public static Topology drain(Topology topology, Collection<Integer> gpus) {
    Set<Integer> out = new LinkedHashSet<>(gpus);
    List<Gpu> marked =
        topology.gpus().stream()
            .map(gpu -> out.contains(gpu.index()) ? drained(gpu) : gpu)
            .toList();
    return new Topology(
            topology.name(),
            topology.racks(),
            topology.domains(),
            topology.nodes(),
            marked,
            topology.scaleOut())
        .withOthers(topology.others());
  }

  private static Gpu drained(Gpu gpu) {
    return new Gpu(
        gpu.index(),
        gpu.name(),
        gpu.rack(),
        gpu.domain(),
        gpu.node(),
        gpu.rankInDomain(),
        gpu.spec(),
        true);
  }
}
