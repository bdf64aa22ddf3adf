package dev.rackplan.cost.link;

import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.LinkKind;
import dev.rackplan.topology.Network;
import dev.rackplan.topology.Tier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The level inside a stage's domains: islands numbered in order of first appearance, with the ports
 * inside them and what leads out. Where a domain has none its GPUs are islands of their own, and
 * nothing but ports binds. Immutable.
 */
public final class IslandShape {
  private final int[] islandOfGpu;
  private final int[] size;
  // Bytes/s of ports to others of the island.
  private final double[] inside;
  // Seconds of a transfer there.
  private final double[] latency;
  // Bytes/s out of each island; infinite where only ports bind.
  private final double[] uplink;
  private final boolean[] ports;
  private final boolean any;

  private IslandShape(
      int[] islandOfGpu,
      int[] size,
      double[] inside,
      double[] latency,
      boolean[] ports,
      double[] uplink) {
    this.islandOfGpu = islandOfGpu;
    this.size = size;
    this.inside = inside;
    this.latency = latency;
    this.ports = ports;
    this.uplink = uplink;
    this.any = Arrays.stream(size).anyMatch(count -> count > 1) || isFinite(uplink);
  }

  private static boolean isFinite(double[] rates) {
    return Arrays.stream(rates).anyMatch(rate -> rate < Double.POSITIVE_INFINITY);
  }

  static IslandShape of(Network network, List<Gpu> gpus, LinkShares shares) {
    int[] island = new int[gpus.size()];
    Map<Integer, Integer> numbers = new LinkedHashMap<>();
    for (int g = 0; g < island.length; g++) {
      int key = network.island(gpus.get(g).index());
      numbers.putIfAbsent(key, numbers.size());
      island[g] = numbers.get(key);
    }
    int[] size = new int[numbers.size()];
    double[] inside = new double[numbers.size()];
    double[] latency = new double[numbers.size()];
    double[] uplink = new double[numbers.size()];
    boolean[] ports = new boolean[numbers.size()];
    Arrays.fill(uplink, Double.POSITIVE_INFINITY);
    for (int g = 0; g < island.length; g++) {
      int gpu = gpus.get(g).index();
      size[island[g]]++;
      int[] way = network.way(Tier.SCALE_UP, gpu);
      int[] own = network.way(Tier.ISLAND, gpu);
      ports[island[g]] = own.length > 0;
      inside[island[g]] = network.capacityBytesPerSecond(own.length > 0 ? own[0] : way[0]);
      latency[island[g]] = 2 * network.endLatency(Tier.ISLAND, gpu);
      for (int link : way) {
        if (network.kind(link) == LinkKind.ISLAND_UPLINK) {
          uplink[island[g]] = shares.bytesPerSecond(network, link, gpus.get(0).index());
        }
      }
    }
    return new IslandShape(island, size, inside, latency, ports, uplink);
  }

  /** Whether any GPUs are nearer to one another than to the rest of their domain. */
  public boolean any() {
    return any;
  }

  public int count() {
    return size.length;
  }

  /** Island of the GPU at a position. */
  public int of(int position) {
    return islandOfGpu[position];
  }

  /** GPUs of the stage in an island. */
  public int size(int island) {
    return size[island];
  }

  /** Whether GPUs of an island reach one another over ports of their own. */
  public boolean hasPorts(int island) {
    return ports[island];
  }

  /** What leaves each island where {@code into} comes evenly from the GPUs of the others. */
  public double[] outOf(double[] into, StageShape shape) {
    double[] out = new double[into.length];
    int[] domain = new int[into.length];
    for (int g = 0; g < islandOfGpu.length; g++) {
      domain[islandOfGpu[g]] = shape.domainOf(g);
    }
    for (int from = 0; from < into.length; from++) {
      for (int to = 0; to < into.length; to++) {
        if (from != to && domain[from] == domain[to]) {
          out[from] += into[to] * size[from] / (shape.domainSize(domain[to]) - size[to]);
        }
      }
    }
    return out;
  }

  /** Sustained bytes/s of a GPU's port to others of its island. */
  public double insideBytesPerSecond(int island) {
    return inside[island];
  }

  /** Latency in s of a transfer to others of an island. */
  double latencySeconds(int island) {
    return latency[island];
  }

  /** Sustained bytes/s that lead out of an island; infinite where only ports bind. */
  public double uplinkBytesPerSecond(int island) {
    return uplink[island];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IslandShape same
        && Arrays.equals(islandOfGpu, same.islandOfGpu)
        && Arrays.equals(inside, same.inside)
        && Arrays.equals(latency, same.latency)
        && Arrays.equals(ports, same.ports)
        && Arrays.equals(uplink, same.uplink);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(islandOfGpu);
  }
}
