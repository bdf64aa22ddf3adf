package dev.rackplan.topology;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Bytes/s that the first domains of a topology can send to the others, without a graph: {@link
 * Network#cutCapacityBytesPerSecond} gives the same for any two sets, but a maximum flow takes
 * seconds on 100,000 GPUs.
 *
 * <p>The network between domains is a tree, so what a leaf does not carry between its own domains
 * goes up to the spine as far as its uplink allows, and down again likewise.
 */
public final class DomainCut {
  private DomainCut() {}

  /**
   * Capacity of the smallest cut between the first {@code count} domains and the rest, one
   * direction. Drained GPUs have links too.
   *
   * @param count at least 1, less than all
   */
  public static double capacityBytesPerSecond(Topology topology, int count) {
    List<Domain> domains = topology.domains();
    if (count < 1 || count >= domains.size()) {
      throw new IllegalArgumentException(
          "count must be in 1.." + (domains.size() - 1) + ", was " + count);
    }
    Network network = topology.network();
    Map<Integer, double[]> routers = new TreeMap<>();
    Set<Integer> nics = new HashSet<>();
    Map<Integer, Leaf> leaves = new TreeMap<>();
    for (Gpu gpu : topology.gpus()) {
      int[] way = network.way(Tier.SCALE_OUT, gpu.index());
      int router = way[way.length - 2];
      int nic = way[way.length == 3 ? 0 : 1];
      if (nics.add(nic)) {
        routers.computeIfAbsent(router, key -> new double[1])[0] +=
            network.capacityBytesPerSecond(nic);
      }
      leaves
          .computeIfAbsent(way[way.length - 1], key -> new Leaf())
          .routers
          .put(router, gpu.domain() < count);
    }
    double inLeaves = 0;
    double up = 0;
    double down = 0;
    for (Map.Entry<Integer, Leaf> entry : leaves.entrySet()) {
      double sent = 0;
      double received = 0;
      for (Map.Entry<Integer, Boolean> router : entry.getValue().routers.entrySet()) {
        double rate =
            Math.min(
                routers.get(router.getKey())[0], network.capacityBytesPerSecond(router.getKey()));
        sent += router.getValue() ? rate : 0;
        received += router.getValue() ? 0 : rate;
      }
      double here = Math.min(sent, received);
      double spine = network.capacityBytesPerSecond(entry.getKey());
      inLeaves += here;
      up += Math.min(sent - here, spine);
      down += Math.min(received - here, spine);
    }
    return inLeaves + Math.min(up, down);
  }

  /** A leaf switch: its domains' routers, and whether each is among the senders. */
  private static final class Leaf {
    private final Map<Integer, Boolean> routers = new TreeMap<>();
  }
}
