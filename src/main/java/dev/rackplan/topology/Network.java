package dev.rackplan.topology;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The links of a topology, what they carry, and which of them bytes take: what costs, bounds,
 * validation and pictures ask.
 *
 * <p>Three networks, one a {@link Tier}. In each a GPU has a <em>way</em> up: the links between it
 * and the top, GPU's own first. What one GPU sends to another goes up its way and down the other's,
 * except the links that lie above both: so a link is crossed exactly where one of the two lies
 * below it. Each direction of a link has its own capacity. GPUs are named by their index in {@link
 * Topology#gpus()}, links by a number.
 *
 * <pre>{@code
 * ISLAND     GPU - bridge
 * SCALE_UP   GPU - [island] - domain switch
 * SCALE_OUT  GPU - [shared NIC] - domain uplink - leaf or rail switch - spine
 * }</pre>
 *
 * <p>A route's latency is charged half on the sending and half on the receiving GPU port, nothing
 * on switches. Left out: torus and full-mesh domains (each counts as one switch), several spines,
 * uneven hashing of flows, congestion. Immutable.
 */
public final class Network {
  // By how much sums of rates may stray.
  private static final double ROUNDING = 1e-9;

  private final Topology topology;
  private final LinkKind[] kinds;
  private final int[] lower;
  private final int[] upper;
  private final double[] capacity;
  private final double[] latency;
  private final List<String> names;
  private final int[][][] ways;
  private final int[] rails;
  private final int[] gpusBelow;
  private final double[] ratesBelow;
  private final boolean narrow;
  // Made when first asked for.
  private NetworkGraph graph;

  Network(Topology topology) {
    NetworkBuilder built = new NetworkBuilder(topology);
    int count = built.links.size();
    this.topology = topology;
    this.kinds = new LinkKind[count];
    this.lower = new int[count];
    this.upper = new int[count];
    this.capacity = new double[count];
    this.latency = new double[count];
    for (int l = 0; l < count; l++) {
      NetworkBuilder.Laid link = built.links.get(l);
      kinds[l] = link.kind();
      lower[l] = link.lower();
      upper[l] = link.upper();
      capacity[l] = link.capacityBytesPerSecond();
      latency[l] = link.latencySeconds();
    }
    this.names = List.copyOf(built.names);
    this.ways = built.ways;
    this.rails = built.rails;
    this.gpusBelow = new int[count];
    this.ratesBelow = new double[count];
    for (int[][] ofTier : ways) {
      for (int[] way : ofTier) {
        for (int link : way) {
          gpusBelow[link]++;
          ratesBelow[link] += capacity[way[0]];
        }
      }
    }
    boolean any = false;
    for (int l = 0; l < count; l++) {
      any |= isNarrow(l);
    }
    this.narrow = any;
  }

  /** The topology whose links these are. */
  public Topology topology() {
    return topology;
  }

  /** How near two GPUs are. */
  public Tier tier(int gpuFrom, int gpuTo) {
    if (gpu(gpuFrom).domain() != gpu(gpuTo).domain()) {
      return Tier.SCALE_OUT;
    }
    int[] island = way(Tier.ISLAND, gpuFrom);
    return island.length > 0
            && way(Tier.ISLAND, gpuTo).length > 0
            && upper[island[0]] == upper[way(Tier.ISLAND, gpuTo)[0]]
        ? Tier.ISLAND
        : Tier.SCALE_UP;
  }

  /**
   * The switch that a GPU shares with the nearest others: of its island, where its domain has some,
   * else the GPU itself. Numbers that differ from one to the next, no more.
   */
  public int island(int gpu) {
    int[] inside = way(Tier.ISLAND, gpu);
    int[] domain = way(Tier.SCALE_UP, gpu);
    return inside.length > 0
        ? upper[inside[0]]
        : domain.length > 1 ? lower[domain[domain.length - 1]] : gpu;
  }

  /** Numbers of the links from a GPU up to the top of a tier; empty where it has none. */
  public int[] way(Tier tier, int gpu) {
    return ways[tier.ordinal()][gpu];
  }

  public LinkKind kind(int link) {
    return kinds[link];
  }

  /** Sustained bytes/s, each direction. */
  public double capacityBytesPerSecond(int link) {
    return capacity[link];
  }

  /** GPUs below a link, drained ones counted. */
  public int gpusBelow(int link) {
    return gpusBelow[link];
  }

  /** Whether a link carries less than all the ports below it send: only then it may bind. */
  public boolean isNarrow(int link) {
    return capacity[link] < ratesBelow[link] * (1 - ROUNDING);
  }

  /** Whether any link is narrow. */
  public boolean hasNarrowLinks() {
    return narrow;
  }

  /** The link in words, such as {@code the uplinks of leaf-0}. */
  public String describe(int link) {
    return kinds[link].describe(name(lower[link]));
  }

  /** Sustained bytes/s of a GPU's own NIC, or of the NIC that it shares. */
  public double nicBytesPerSecond(int gpu) {
    int[] way = way(Tier.SCALE_OUT, gpu);
    return way.length == 0 ? ownPort(gpu) : capacity[way[0]];
  }

  // Where a domain has no NIC nothing leaves it: a topology has several only with NICs.
  private double ownPort(int gpu) {
    return capacity[way(Tier.SCALE_UP, gpu)[0]];
  }

  /** Sustained bytes/s of a GPU's port into its domain. */
  public double portBytesPerSecond(int gpu) {
    return ownPort(gpu);
  }

  /** Sustained bytes/s that a GPU has of a tier when all GPUs of the topology send at once. */
  public double fairBytesPerSecond(Tier tier, int gpu) {
    double least = Double.POSITIVE_INFINITY;
    int[] way = way(tier, gpu);
    for (int l = 0; l < way.length; l++) {
      // What all GPUs lie below nothing crosses.
      if (gpusBelow[way[l]] < topology.gpus().size() || l == 0) {
        least = Math.min(least, capacity[way[l]] / gpusBelow[way[l]]);
      }
    }
    return least == Double.POSITIVE_INFINITY ? ownPort(gpu) : least;
  }

  /** Sustained bytes/s that a GPU has on its way out of its domain when all of it sends at once. */
  public double domainShareBytesPerSecond(int gpu) {
    double least = nicBytesPerSecond(gpu);
    for (int link : way(Tier.SCALE_OUT, gpu)) {
      if (kinds[link] != LinkKind.LEAF_UPLINK) {
        least = Math.min(least, capacity[link] / gpusBelow[link]);
      }
    }
    return least;
  }

  /** Rail of a GPU's NIC; 0 without rails. */
  public int rail(int gpu) {
    return rails[gpu];
  }

  /**
   * The GPU whose NIC NCCL takes for what {@code gpuFrom} sends to {@code gpuTo}: a neighbour in
   * its node on the receiver's rail where such forwarding is on, else itself.
   */
  public int sender(int gpuFrom, int gpuTo) {
    if (!topology.scaleOut().rails().forwarding()
        || tier(gpuFrom, gpuTo) != Tier.SCALE_OUT
        || rails[gpuFrom] == rails[gpuTo]) {
      return gpuFrom;
    }
    for (int neighbour : topology.nodes().get(gpu(gpuFrom).node()).gpus()) {
      if (rails[neighbour] == rails[gpuTo]) {
        return neighbour;
      }
    }
    return gpuFrom;
  }

  /** The latency of one transfer in s. */
  public double latencySeconds(int gpuFrom, int gpuTo) {
    if (gpuFrom == gpuTo) {
      return 0;
    }
    Tier tier = tier(gpuFrom, gpuTo);
    return endLatency(tier, gpuFrom) + endLatency(tier, gpuTo);
  }

  /** Half a transfer's latency in s: what the port at one end adds. */
  public double endLatency(Tier tier, int gpu) {
    int[] way = way(tier, gpu);
    return latency[way.length == 0 ? way(Tier.SCALE_UP, gpu)[0] : way[0]];
  }

  /** No bytes on any link yet. */
  public LinkLoads loads() {
    return new LinkLoads(this);
  }

  /** The links that bytes from one GPU to another take as NCCL sends them, in order. */
  public List<Link> route(int gpuFrom, int gpuTo) {
    List<Link> route = new ArrayList<>();
    walk(gpuFrom, gpuTo, true, (link, up) -> route.add(link(link, up)));
    return List.copyOf(route);
  }

  /** Takes the links of a route, in order. */
  @FunctionalInterface
  interface Step {
    void take(int link, boolean up);
  }

  /**
   * Walks the route from one GPU to another; nothing where both are the same.
   *
   * @param forwarding whether a neighbour's NIC on the receiver's rail may be taken
   */
  void walk(int gpuFrom, int gpuTo, boolean forwarding, Step step) {
    gpu(gpuFrom);
    gpu(gpuTo);
    if (gpuFrom == gpuTo) {
      return;
    }
    int sender = forwarding ? sender(gpuFrom, gpuTo) : gpuFrom;
    if (sender != gpuFrom) {
      climb(tier(gpuFrom, sender), gpuFrom, sender, step);
    }
    climb(tier(sender, gpuTo), sender, gpuTo, step);
  }

  private void climb(Tier tier, int gpuFrom, int gpuTo, Step step) {
    int[] up = way(tier, gpuFrom);
    int[] down = way(tier, gpuTo);
    for (int link : up) {
      if (!contains(down, link)) {
        step.take(link, true);
      }
    }
    for (int l = down.length - 1; l >= 0; l--) {
      if (!contains(up, down[l])) {
        step.take(down[l], false);
      }
    }
  }

  private static boolean contains(int[] links, int wanted) {
    for (int link : links) {
      if (link == wanted) {
        return true;
      }
    }
    return false;
  }

  /** All links, both directions. */
  public List<Link> links() {
    List<Link> all = new ArrayList<>();
    for (int l = 0; l < kinds.length; l++) {
      all.add(link(l, true));
      all.add(link(l, false));
    }
    return all;
  }

  /** One direction of a link: up, away from GPUs, or down. */
  Link link(int link, boolean up) {
    String from = name(up ? lower[link] : upper[link]);
    String to = name(up ? upper[link] : lower[link]);
    return new Link(from + " -> " + to, kinds[link], capacity[link], latency[link]);
  }

  private String name(int vertex) {
    int gpus = topology.gpus().size();
    return vertex < gpus ? topology.gpus().get(vertex).name() : names.get(vertex - gpus);
  }

  /** The link of least capacity on the route; the first of equals. */
  public Link bottleneck(int gpuFrom, int gpuTo) {
    Optional<Link> least = Optional.empty();
    for (Link link : route(gpuFrom, gpuTo)) {
      if (least.isEmpty() || link.capacityBytesPerSecond() < least.get().capacityBytesPerSecond()) {
        least = Optional.of(link);
      }
    }
    return least.orElseThrow(
        () -> new IllegalArgumentException("no link between gpu " + gpuFrom + " and itself"));
  }

  /**
   * Bytes/s that one set of GPUs can send to another, disjoint set through all links at once (max
   * flow = min cut). All tiers count, switches forward, GPUs of neither set relay nothing. Drained
   * GPUs have links too.
   */
  public double cutCapacityBytesPerSecond(Collection<Integer> from, Collection<Integer> to) {
    return CutCapacity.between(graph(), from, to);
  }

  private synchronized NetworkGraph graph() {
    if (graph == null) {
      graph = new NetworkGraph(this);
    }
    return graph;
  }

  int vertices() {
    return topology.gpus().size() + names.size();
  }

  int linkCount() {
    return kinds.length;
  }

  int lowerVertex(int link) {
    return lower[link];
  }

  int upperVertex(int link) {
    return upper[link];
  }

  private Gpu gpu(int index) {
    if (index < 0 || index >= topology.gpus().size()) {
      throw new IllegalArgumentException(
          "gpu must be in 0.." + (topology.gpus().size() - 1) + ", was " + index);
    }
    return topology.gpus().get(index);
  }
}
