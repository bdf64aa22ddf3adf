package dev.rackplan.cost.link;

import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Network;
import dev.rackplan.topology.Tier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A stage's GPUs by domain and uplinks. Numbered in order of first appearance, so without rails and
 * shared NICs a group is a domain and has its number. Immutable.
 */
public final class PortGroups {
  private final int[] groupOfGpu;
  private final int[] domain;
  private final int[] size;
  private final int[] rail;
  // Bytes/s of one GPU's NIC, the slowest of the group.
  private final double[] nic;
  private final int[][] uplinksOf;
  private final int[][] groupsOfDomain;
  private final List<Uplink> uplinks;
  // Bytes/s of each, read in the search's innermost loop.
  private final double[] uplinkRates;
  // Uplinks that lead from one group to another, made for all pairs when first asked for.
  private volatile int[][] crossed = new int[0][];
  private final boolean forwarding;

  private PortGroups(
      Network network, List<Gpu> gpus, int[] domainOfGpu, LinkShares shares, List<int[]> ways) {
    this.groupOfGpu = new int[gpus.size()];
    this.forwarding = network.topology().scaleOut().rails().forwarding();
    Map<Integer, Integer> local = new LinkedHashMap<>();
    Map<List<Integer>, Integer> groups = new LinkedHashMap<>();
    for (int g = 0; g < gpus.size(); g++) {
      List<Integer> key = new ArrayList<>(List.of(domainOfGpu[g]));
      for (int l = 1; l < ways.get(g).length; l++) {
        local.putIfAbsent(ways.get(g)[l], local.size());
        key.add(local.get(ways.get(g)[l]));
      }
      groups.putIfAbsent(key, groups.size());
      groupOfGpu[g] = groups.get(key);
    }
    int count = groups.size();
    this.domain = new int[count];
    this.size = new int[count];
    this.rail = new int[count];
    this.nic = new double[count];
    this.uplinksOf = new int[count][];
    Arrays.fill(nic, Double.POSITIVE_INFINITY);
    for (int g = 0; g < gpus.size(); g++) {
      int group = groupOfGpu[g];
      domain[group] = domainOfGpu[g];
      size[group]++;
      rail[group] = network.rail(gpus.get(g).index());
      nic[group] = Math.min(nic[group], shares.nicBytesPerSecond(network, gpus.get(g).index()));
    }
    groups.forEach(
        (key, group) ->
            uplinksOf[group] =
                key.subList(1, key.size()).stream().mapToInt(Integer::intValue).toArray());
    this.groupsOfDomain = new int[Arrays.stream(domainOfGpu).max().orElseThrow() + 1][];
    for (int d = 0; d < groupsOfDomain.length; d++) {
      int wanted = d;
      groupsOfDomain[d] = IntStream.range(0, count).filter(q -> domain[q] == wanted).toArray();
    }
    List<Uplink> all = new ArrayList<>();
    local.forEach(
        (link, index) ->
            all.add(
                new Uplink(
                    link,
                    network.kind(link),
                    shares.bytesPerSecond(network, link, gpus.get(0).index()),
                    wholeDomains(index))));
    this.uplinks = List.copyOf(all);
    this.uplinkRates = all.stream().mapToDouble(Uplink::bytesPerSecond).toArray();
  }

  static PortGroups of(Network network, List<Gpu> gpus, int[] domainOfGpu, LinkShares shares) {
    return new PortGroups(
        network,
        gpus,
        domainOfGpu,
        shares,
        gpus.stream().map(gpu -> network.way(Tier.SCALE_OUT, gpu.index())).toList());
  }

  private boolean wholeDomains(int uplink) {
    for (int[] ofDomain : groupsOfDomain) {
      long below = Arrays.stream(ofDomain).filter(group -> isBelow(group, uplink)).count();
      if (below > 0 && below < ofDomain.length) {
        return false;
      }
    }
    return true;
  }

  public int count() {
    return size.length;
  }

  /** Group of the GPU at a position. */
  public int of(int position) {
    return groupOfGpu[position];
  }

  public int domain(int group) {
    return domain[group];
  }

  /** GPUs of a group. */
  public int size(int group) {
    return size[group];
  }

  /** Sustained bytes/s of one GPU's NIC, the slowest of the group. */
  public double nicBytesPerSecond(int group) {
    return nic[group];
  }

  /** All uplinks of the stage's GPUs. */
  public List<Uplink> uplinks() {
    return uplinks;
  }

  /** Bytes/s of an uplink, each direction. */
  public double uplinkBytesPerSecond(int uplink) {
    return uplinkRates[uplink];
  }

  /** Positions in {@link #uplinks} of those above a group, from its GPUs outwards. */
  int[] uplinksOf(int group) {
    return uplinksOf[group];
  }

  /** Uplinks above group {@code from} that lie not above {@code to}: those that it sends up. */
  public int[] crossed(int from, int to) {
    int[][] pairs = crossed;
    if (pairs.length == 0) {
      pairs = new int[count() * count()][];
      for (int a = 0; a < count(); a++) {
        for (int b = 0; b < count(); b++) {
          int other = b;
          pairs[a * count() + b] =
              Arrays.stream(uplinksOf[a]).filter(uplink -> !isBelow(other, uplink)).toArray();
        }
      }
      crossed = pairs;
    }
    return pairs[from * count() + to];
  }

  /** Whether the group's GPUs lie below an uplink. */
  public boolean isBelow(int group, int uplink) {
    for (int own : uplinksOf[group]) {
      if (own == uplink) {
        return true;
      }
    }
    return false;
  }

  public int[] groupsOfDomain(int ofDomain) {
    return groupsOfDomain[ofDomain];
  }

  /** Whether NCCL sends from a neighbour's NIC on the receiver's rail. */
  public boolean forwarding() {
    return forwarding;
  }

  public int rail(int group) {
    return rail[group];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PortGroups same
        && Arrays.equals(groupOfGpu, same.groupOfGpu)
        && Arrays.equals(domain, same.domain)
        && Arrays.equals(rail, same.rail)
        && Arrays.equals(nic, same.nic)
        && Arrays.deepEquals(uplinksOf, same.uplinksOf)
        && forwarding == same.forwarding
        && cost(uplinks, same.uplinks);
  }

  private static boolean cost(List<Uplink> some, List<Uplink> others) {
    for (int u = 0; u < some.size(); u++) {
      if (!some.get(u).costsAs(others.get(u))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(groupOfGpu);
  }
}
