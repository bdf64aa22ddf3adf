package dev.rackplan.topology;

import java.util.List;

/**
 * Bytes/s that the first domains of a topology can send to the others, without a graph: {@link
 * Fabric#cutCapacityBytesPerSecond} gives the same for any two sets, but a maximum flow takes
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
    int leaves = 1 + topology.racks().stream().mapToInt(Rack::leaf).max().orElseThrow();
    double[] sent = new double[leaves];
    double[] received = new double[leaves];
    int[] gpus = new int[leaves];
    for (Domain domain : domains) {
      int leaf = topology.racks().get(domain.rack()).leaf();
      gpus[leaf] += domain.gpus().size();
      (domain.index() < count ? sent : received)[leaf] += uplink(topology.scaleOut(), domain);
    }
    double inLeaves = 0;
    double up = 0;
    double down = 0;
    for (int leaf = 0; leaf < leaves; leaf++) {
      double here = Math.min(sent[leaf], received[leaf]);
      double spine =
          gpus[leaf]
              * topology.scaleOut().nic().sustainedBytesPerSecond()
              / topology.scaleOut().oversubscription();
      inLeaves += here;
      up += Math.min(sent[leaf] - here, spine);
      down += Math.min(received[leaf] - here, spine);
    }
    return inLeaves + Math.min(up, down);
  }

  /** What the NICs of a domain's GPUs carry together, and its uplink. */
  private static double uplink(ScaleOut scaleOut, Domain domain) {
    int gpus = domain.gpus().size();
    return Math.min(
        gpus * scaleOut.nic().sustainedBytesPerSecond(), scaleOut.uplinkBytesPerSecond(gpus));
  }
}
