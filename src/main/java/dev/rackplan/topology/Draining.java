package dev.rackplan.topology;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Takes GPUs out of use by the names of racks, domains, nodes or GPUs. */
public final class Draining {
  private Draining() {}

  /**
   * Indices of the GPUs below a rack, domain, node or GPU. Whole path components: {@code node-1}
   * does not match {@code node-17}. Empty where nothing has that name.
   */
  public static List<Integer> gpusUnder(Topology topology, String prefix) {
    return topology.gpus().stream()
        .filter(gpu -> gpu.name().equals(prefix) || gpu.name().startsWith(prefix + "/"))
        .map(Gpu::index)
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
        topology.scaleOut());
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
