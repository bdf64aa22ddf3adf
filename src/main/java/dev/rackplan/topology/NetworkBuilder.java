package dev.rackplan.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lays the links of a topology: the one place that says which there are, what they carry, and which
 * of them lie between a GPU and the top of each {@link Tier}.
 *
 * <p>Vertices are numbered: GPUs (their own indices), then switches and routers as they are laid.
 * Drained GPUs keep their links: the cables are still there.
 */
final class NetworkBuilder {
  private static final int[] NO_WAY = {};

  /** One link: both directions alike. */
  record Laid(
      LinkKind kind, int lower, int upper, double capacityBytesPerSecond, double latencySeconds) {}

  /** A NIC that GPUs send through, and the rail it is on. */
  private record Access(LinkSpec nic, double nics, int rail, Optional<Integer> shared) {}

  private final Topology topology;
  private final ScaleOut scaleOut;
  final List<Laid> links = new ArrayList<>();
  final List<String> names = new ArrayList<>();
  final int[][][] ways;
  final int[] rails;
  private final Map<Integer, Integer> leafVertices = new LinkedHashMap<>();
  private final Map<Integer, NicSum> leafSums = new HashMap<>();
  // For each leaf switch the ways that end there, which get its uplink.
  private final Map<Integer, List<Integer>> gpusOfLeaf = new HashMap<>();

  NetworkBuilder(Topology topology) {
    this.topology = topology;
    this.scaleOut = topology.scaleOut();
    int gpus = topology.gpus().size();
    this.ways = new int[Tier.values().length][gpus][];
    for (int[][] ofTier : ways) {
      Arrays.fill(ofTier, NO_WAY);
    }
    this.rails = new int[gpus];
    topology.domains().forEach(this::layScaleUp);
    topology.domains().forEach(this::layScaleOut);
    layLeafUplinks();
  }

  private int vertex(String name) {
    names.add(name);
    return topology.gpus().size() + names.size() - 1;
  }

  private int lay(LinkKind kind, int lower, int upper, double capacity, double latency) {
    links.add(new Laid(kind, lower, upper, capacity, latency));
    return links.size() - 1;
  }

  private void layScaleUp(Domain domain) {
    LinkSpec port = domain.scaleUp();
    int center = vertex(domain.name() + "/switch");
    if (domain.islands().isEmpty()) {
      for (int gpu : domain.gpus()) {
        ways[Tier.SCALE_UP.ordinal()][gpu] = new int[] {port(LinkKind.SCALE_UP, gpu, center, port)};
      }
      return;
    }
    Islands islands = domain.islands().get();
    int number = 0;
    for (List<Integer> island : islands(domain, islands.gpus())) {
      layIsland(domain, islands, island, domain.name() + "/island-" + number++, center);
    }
  }

  /** A domain's GPUs island by island: runs of a node's GPUs. */
  List<List<Integer>> islands(Domain domain, int size) {
    List<List<Integer>> all = new ArrayList<>();
    int before = -1;
    for (int gpu : domain.gpus()) {
      int node = topology.gpus().get(gpu).node();
      if (node != before || all.get(all.size() - 1).size() == size) {
        all.add(new ArrayList<>());
      }
      all.get(all.size() - 1).add(gpu);
      before = node;
    }
    return all;
  }

  private void layIsland(
      Domain domain, Islands islands, List<Integer> island, String name, int center) {
    LinkSpec port = domain.scaleUp();
    int inside = vertex(name);
    int way = 0;
    if (islands.uplinkBytesPerSecond().isPresent()) {
      double uplink = islands.uplinkBytesPerSecond().getAsDouble() * port.efficiency();
      way = lay(LinkKind.ISLAND_UPLINK, inside, center, uplink, 0);
    }
    int bridge = islands.port().isPresent() ? vertex(name + "/bridge") : inside;
    for (int gpu : island) {
      if (islands.uplinkBytesPerSecond().isPresent()) {
        ways[Tier.SCALE_UP.ordinal()][gpu] =
            new int[] {port(LinkKind.SCALE_UP, gpu, inside, port), way};
      } else {
        ways[Tier.SCALE_UP.ordinal()][gpu] = new int[] {port(LinkKind.SCALE_UP, gpu, center, port)};
      }
      if (islands.port().isPresent()) {
        ways[Tier.ISLAND.ordinal()][gpu] =
            new int[] {port(LinkKind.ISLAND_PORT, gpu, bridge, islands.port().get())};
      }
    }
  }

  private int port(LinkKind kind, int gpu, int upper, LinkSpec link) {
    return lay(kind, gpu, upper, link.sustainedBytesPerSecond(), link.latencySeconds() / 2);
  }

  private void layScaleOut(Domain domain) {
    Map<Integer, Access> accesses = accesses(domain);
    if (accesses.isEmpty()) {
      return;
    }
    // By leaf switch: the domain's router to it, its GPUs, its NICs.
    Map<Integer, List<Integer>> gpusTo = new LinkedHashMap<>();
    Map<Integer, NicSum> sums = new HashMap<>();
    for (int gpu : domain.gpus()) {
      int leaf = leaf(gpu, accesses.get(gpu).rail());
      gpusTo.computeIfAbsent(leaf, key -> new ArrayList<>()).add(gpu);
    }
    Map<Integer, Integer> laidNics = new HashMap<>();
    for (Map.Entry<Integer, List<Integer>> entry : gpusTo.entrySet()) {
      int leaf = entry.getKey();
      String suffix = gpusTo.size() == 1 ? "" : "-" + leafName(leaf).replace('/', '-');
      int router = vertex(domain.name() + "/uplink" + suffix);
      NicSum sum = sums.computeIfAbsent(leaf, key -> new NicSum());
      for (int gpu : entry.getValue()) {
        layNic(gpu, accesses.get(gpu), router, laidNics, sum);
      }
      double share = entry.getValue().size() / (double) domain.gpus().size();
      double capacity =
          scaleOut.domainUplinkBytesPerSecond().isPresent()
              ? scaleOut.domainUplinkBytesPerSecond().getAsDouble()
                  * scaleOut.nic().efficiency()
                  * share
              : sum.bytesPerSecond();
      int uplink = lay(LinkKind.DOMAIN_UPLINK, router, leafVertex(leaf), capacity, 0);
      entry.getValue().forEach(gpu -> extend(gpu, uplink));
      leafSums.computeIfAbsent(leaf, key -> new NicSum()).add(sum);
      gpusOfLeaf.computeIfAbsent(leaf, key -> new ArrayList<>()).addAll(entry.getValue());
    }
  }

  private void layNic(
      int gpu, Access access, int router, Map<Integer, Integer> laidNics, NicSum sum) {
    LinkSpec nic = access.nic();
    double rate = access.nics() * nic.sustainedBytesPerSecond();
    double latency = nic.latencySeconds() / 2;
    int[] way;
    if (access.shared().isEmpty()) {
      sum.add(nic, access.nics());
      way = new int[] {lay(LinkKind.NIC, gpu, router, rate, latency)};
    } else {
      int vertex = access.shared().get();
      int shared =
          laidNics.computeIfAbsent(
              vertex,
              key -> {
                sum.add(nic, access.nics());
                return lay(LinkKind.SHARED_NIC, vertex, router, rate, 0);
              });
      way = new int[] {lay(LinkKind.NIC, gpu, vertex, rate, latency), shared};
    }
    ways[Tier.SCALE_OUT.ordinal()][gpu] = way;
    rails[gpu] = access.rail();
  }

  private void extend(int gpu, int link) {
    int[] way = ways[Tier.SCALE_OUT.ordinal()][gpu];
    int[] longer = Arrays.copyOf(way, way.length + 1);
    longer[way.length] = link;
    ways[Tier.SCALE_OUT.ordinal()][gpu] = longer;
  }

  /** How each GPU of a domain gets into the network; empty where the domain has no NIC. */
  private Map<Integer, Access> accesses(Domain domain) {
    Map<Integer, Access> accesses = new LinkedHashMap<>();
    List<Access> nics = new ArrayList<>();
    List<Integer> without = new ArrayList<>();
    List<Node> nodes =
        domain.gpus().stream()
            .map(gpu -> topology.gpus().get(gpu).node())
            .distinct()
            .map(topology.nodes()::get)
            .toList();
    boolean anyWithout =
        nodes.stream().anyMatch(node -> scaleOut.nics(node).of(node.gpus().size()) == 0);
    for (Node node : nodes) {
      NodeNics own = scaleOut.nics(node);
      int gpus = node.gpus().size();
      int count = own.of(gpus);
      if (count == 0) {
        without.addAll(node.gpus());
      } else if (count >= gpus && !anyWithout) {
        for (int i = 0; i < gpus; i++) {
          accesses.put(
              node.gpus().get(i),
              new Access(own.nic(), count / (double) gpus, i % railCount(), Optional.empty()));
        }
      } else {
        dealShared(node, own, Math.min(count, gpus), accesses, nics);
      }
    }
    if (nics.isEmpty() && !without.isEmpty()) {
      return Map.of();
    }
    for (int i = 0; i < without.size(); i++) {
      accesses.put(without.get(i), nics.get(i % nics.size()));
    }
    return accesses;
  }

  // Neighbours share a NIC.
  private void dealShared(
      Node node, NodeNics own, int count, Map<Integer, Access> accesses, List<Access> nics) {
    int gpus = node.gpus().size();
    double each = own.of(gpus) / (double) count;
    List<Access> dealt = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      int vertex = vertex(node.name() + "/nic-" + n);
      dealt.add(new Access(own.nic(), each, n % railCount(), Optional.of(vertex)));
    }
    for (int i = 0; i < gpus; i++) {
      accesses.put(node.gpus().get(i), dealt.get((int) ((long) i * count / gpus)));
    }
    nics.addAll(dealt);
  }

  private int railCount() {
    return scaleOut.rails().count();
  }

  private int leaf(int gpu, int rail) {
    return topology.racks().get(topology.gpus().get(gpu).rack()).leaf() * railCount() + rail;
  }

  private String leafName(int leaf) {
    String group = "leaf-" + leaf / railCount();
    return railCount() == 1 ? group : group + "/rail-" + leaf % railCount();
  }

  private int leafVertex(int leaf) {
    return leafVertices.computeIfAbsent(leaf, key -> vertex(leafName(leaf)));
  }

  private void layLeafUplinks() {
    int spine = vertex("spine");
    for (Map.Entry<Integer, Integer> leaf : leafVertices.entrySet()) {
      double capacity = leafSums.get(leaf.getKey()).bytesPerSecond() / scaleOut.oversubscription();
      int uplink = lay(LinkKind.LEAF_UPLINK, leaf.getValue(), spine, capacity, 0);
      gpusOfLeaf.get(leaf.getKey()).forEach(gpu -> extend(gpu, uplink));
    }
  }

  /** NICs added up: by their number where they are alike. */
  private static final class NicSum {
    private Optional<LinkSpec> first = Optional.empty();
    private boolean alike = true;
    private double count;
    private double sustained;

    void add(LinkSpec nic, double nics) {
      alike &= first.isEmpty() || first.get().equals(nic);
      first = first.or(() -> Optional.of(nic));
      count += nics;
      sustained += nics * nic.sustainedBytesPerSecond();
    }

    void add(NicSum other) {
      alike &= other.alike && (first.isEmpty() || first.equals(other.first));
      first = first.or(() -> other.first);
      count += other.count;
      sustained += other.sustained;
    }

    double bytesPerSecond() {
      return alike
          ? count * first.orElseThrow().bandwidthBytesPerSecond() * first.get().efficiency()
          : sustained;
    }
  }
}
