package dev.rackplan.topology;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The links of a topology, and which of them a transfer takes.
 *
 * <p>Two networks, each a tree: GPU – domain switch (scale-up), and GPU – domain uplink – leaf –
 * spine (scale-out). So between two GPUs there is one route in each. Each direction of a link has
 * its own capacity. GPUs are named by their index in {@link Topology#gpus()}.
 *
 * <p>Left out: the shape of torus and full-mesh domains (each counts as one switch), rails, several
 * spines, congestion.
 */
public final class Fabric {
  private final Topology topology;
  private final FabricGraph graph;

  private Fabric(Topology topology) {
    this.topology = topology;
    this.graph = new FabricGraph(topology);
  }

  public static Fabric of(Topology topology) {
    return new Fabric(topology);
  }

  /** All links, both directions: each GPU's, then each domain's, then each leaf's. */
  public List<FabricLink> links() {
    return List.copyOf(graph.graph().edgeSet());
  }

  /**
   * The links that bytes from one GPU to another take, in order: scale-up inside a domain,
   * scale-out otherwise. Empty where both are the same GPU.
   */
  public List<FabricLink> route(int gpuFrom, int gpuTo) {
    int domainFrom = gpu(gpuFrom).domain();
    int domainTo = gpu(gpuTo).domain();
    if (gpuFrom == gpuTo) {
      return List.of();
    }
    if (domainFrom == domainTo) {
      return graph.along(List.of(gpuFrom, graph.domainSwitch(domainFrom), gpuTo));
    }
    int leafFrom = graph.leafOf(domainFrom);
    int leafTo = graph.leafOf(domainTo);
    List<Integer> vertices = new ArrayList<>(List.of(gpuFrom, graph.uplink(domainFrom), leafFrom));
    if (leafFrom != leafTo) {
      vertices.add(graph.spine());
      vertices.add(leafTo);
    }
    vertices.add(graph.uplink(domainTo));
    vertices.add(gpuTo);
    return graph.along(vertices);
  }

  /** The link of least capacity on the route; the first of equals. */
  public FabricLink bottleneck(int gpuFrom, int gpuTo) {
    List<FabricLink> route = route(gpuFrom, gpuTo);
    if (route.isEmpty()) {
      throw new IllegalArgumentException("no link between gpu " + gpuFrom + " and itself");
    }
    FabricLink least = route.get(0);
    for (FabricLink link : route) {
      if (link.capacityBytesPerSecond() < least.capacityBytesPerSecond()) {
        least = link;
      }
    }
    return least;
  }

  /**
   * Bytes/s that one set of GPUs can send to another, disjoint set through all links at once (max
   * flow = min cut). Both networks count, switches forward, GPUs of neither set relay nothing.
   * Drained GPUs have links too.
   */
  public double cutCapacityBytesPerSecond(Collection<Integer> from, Collection<Integer> to) {
    return CutCapacity.between(graph, from, to);
  }

  private Gpu gpu(int index) {
    if (index < 0 || index >= topology.gpus().size()) {
      throw new IllegalArgumentException(
          "gpu must be in 0.." + (topology.gpus().size() - 1) + ", was " + index);
    }
    return topology.gpus().get(index);
  }
}
