package dev.rackplan.topology;

import java.util.List;
import java.util.stream.IntStream;
import org.jgrapht.Graph;
import org.jgrapht.graph.SimpleDirectedWeightedGraph;

/**
 * The JGraphT graph of a topology: vertices are numbers, edges are {@link FabricLink}s weighted by
 * capacity.
 *
 * <p>Vertices in this order: GPUs (their own indices), domain switches, domain uplink routers, leaf
 * switches, one spine. Drained GPUs keep their links: the cables are still there, and capacities of
 * uplinks do not depend on what is in use.
 *
 * <p>A route's latency is charged half on the sending and half on the receiving GPU port, nothing
 * on the switches.
 */
final class FabricGraph {
  private final Topology topology;
  private final Graph<Integer, FabricLink> graph = new SimpleDirectedWeightedGraph<>(null, null);
  private final int leaves;

  FabricGraph(Topology topology) {
    this.topology = topology;
    this.leaves = 1 + topology.racks().stream().mapToInt(Rack::leaf).max().orElseThrow();
    for (int vertex = 0; vertex <= spine(); vertex++) {
      graph.addVertex(vertex);
    }
    topology.gpus().forEach(this::connectGpu);
    topology.domains().forEach(this::connectDomain);
    connectLeaves();
  }

  Graph<Integer, FabricLink> graph() {
    return graph;
  }

  int gpus() {
    return topology.gpus().size();
  }

  int domainSwitch(int domain) {
    return gpus() + domain;
  }

  int uplink(int domain) {
    return gpus() + topology.domains().size() + domain;
  }

  int leafOf(int domain) {
    return leaf(topology.racks().get(topology.domains().get(domain).rack()).leaf());
  }

  int spine() {
    return leaf(leaves);
  }

  private int leaf(int leaf) {
    return gpus() + 2 * topology.domains().size() + leaf;
  }

  private void connectGpu(Gpu gpu) {
    Domain domain = topology.domains().get(gpu.domain());
    LinkSpec scaleUp = domain.scaleUp();
    LinkSpec nic = topology.scaleOut().nic();
    String switchName = domain.name() + "/switch";
    connect(
        gpu.index(),
        gpu.name(),
        domainSwitch(domain.index()),
        switchName,
        FabricLink.Kind.SCALE_UP,
        scaleUp.sustainedBytesPerSecond(),
        scaleUp.latencySeconds() / 2);
    connect(
        gpu.index(),
        gpu.name(),
        uplink(domain.index()),
        uplinkName(domain),
        FabricLink.Kind.NIC,
        nic.sustainedBytesPerSecond(),
        nic.latencySeconds() / 2);
  }

  private void connectDomain(Domain domain) {
    ScaleOut scaleOut = topology.scaleOut();
    connect(
        uplink(domain.index()),
        uplinkName(domain),
        leafOf(domain.index()),
        leafName(topology.racks().get(domain.rack()).leaf()),
        FabricLink.Kind.DOMAIN_UPLINK,
        scaleOut.uplinkBytesPerSecond(domain.gpus().size()),
        0);
  }

  private void connectLeaves() {
    int[] gpusUnderLeaf = new int[leaves];
    for (Gpu gpu : topology.gpus()) {
      gpusUnderLeaf[topology.racks().get(gpu.rack()).leaf()]++;
    }
    ScaleOut scaleOut = topology.scaleOut();
    for (int leaf = 0; leaf < leaves; leaf++) {
      double capacity =
          gpusUnderLeaf[leaf]
              * scaleOut.nic().sustainedBytesPerSecond()
              / scaleOut.oversubscription();
      connect(
          leaf(leaf), leafName(leaf), spine(), "spine", FabricLink.Kind.LEAF_UPLINK, capacity, 0);
    }
  }

  private void connect(
      int a,
      String nameA,
      int b,
      String nameB,
      FabricLink.Kind kind,
      double capacity,
      double latency) {
    addLink(a, b, new FabricLink(nameA + " -> " + nameB, kind, capacity, latency));
    addLink(b, a, new FabricLink(nameB + " -> " + nameA, kind, capacity, latency));
  }

  private void addLink(int from, int to, FabricLink link) {
    graph.addEdge(from, to, link);
    graph.setEdgeWeight(link, link.capacityBytesPerSecond());
  }

  /** The links along consecutive vertices. */
  List<FabricLink> along(List<Integer> vertices) {
    return IntStream.range(1, vertices.size())
        .mapToObj(i -> graph.getEdge(vertices.get(i - 1), vertices.get(i)))
        .toList();
  }

  private static String uplinkName(Domain domain) {
    return domain.name() + "/uplink";
  }

  private static String leafName(int leaf) {
    return "leaf-" + leaf;
  }
}
