package dev.rackplan.topology;

import java.util.List;

/**
 * A GPU cluster: flat lists that refer to each other by index, in the order of the file.
 *
 * @param name the topology's name
 * @param racks all racks
 * @param domains all scale-up domains, rack by rack
 * @param nodes all hosts, domain by domain
 * @param gpus all GPUs, node by node; drained ones included
 * @param scaleOut the network between domains
 */
public record Topology(
    String name,
    List<Rack> racks,
    List<Domain> domains,
    List<Node> nodes,
    List<Gpu> gpus,
    ScaleOut scaleOut) {
  public Topology {
    racks = List.copyOf(racks);
    domains = List.copyOf(domains);
    nodes = List.copyOf(nodes);
    gpus = List.copyOf(gpus);
    if (gpus.isEmpty()) {
      throw new IllegalArgumentException("a topology needs at least one GPU");
    }
    for (int g = 0; g < gpus.size(); g++) {
      if (gpus.get(g).index() != g) {
        throw new IllegalArgumentException(
            "gpu "
                + gpus.get(g).name()
                + " has index "
                + gpus.get(g).index()
                + ", its place is "
                + g);
      }
    }
  }

  /** The same racks with another network between domains; the racks' leaves stay. */
  public Topology withScaleOut(ScaleOut other) {
    return new Topology(name, racks, domains, nodes, gpus, other);
  }

  /** GPUs that are not drained, in order. */
  public List<Gpu> usableGpus() {
    return gpus.stream().filter(gpu -> !gpu.drained()).toList();
  }

  /**
   * What the first of these is, which stands for all where only one can be asked: engines are
   * started alike on all. Of the first GPU where all are drained.
   */
  public GpuSpec firstSpec() {
    for (Gpu gpu : gpus) {
      if (!gpu.drained()) {
        return gpu.spec();
      }
    }
    return gpus.get(0).spec();
  }
}
