package dev.rackplan.cost.link;

import dev.rackplan.topology.Domain;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.Network;
import dev.rackplan.topology.Tier;
import dev.rackplan.topology.Topology;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The GPUs of one stage of one instance, renumbered: positions 0..G-1 in rank order, domains and
 * nodes 0.. in order of first appearance; and the network's links above them, as arrays.
 *
 * <p>A domain's GPUs with the same uplinks are a <em>port group</em>: the whole domain, or its GPUs
 * of one rail or one shared NIC. Uplinks are all links above a GPU's own NIC, whatever their kind.
 *
 * <p>Immutable. Everything the cost terms need to know of the topology.
 */
public final class StageShape {
  private final Network network;
  private final LinkShares shares;
  private final List<Gpu> gpus;
  private final int[] domainOfGpu;
  private final int[] nodeOfGpu;
  private final int[] domainSize;
  private final int[] nodeSize;
  private final String[] nameOfDomain;
  private final LinkSpec[] scaleUpOfDomain;
  private final boolean[] reducesInSwitch;
  private final double[] nicOfGpu;
  private final PortGroups groups;
  private final IslandShape islands;

  private StageShape(Topology topology, List<Integer> indices, LinkShares shares) {
    this.network = topology.network();
    this.shares = shares;
    this.gpus = indices.stream().map(topology.gpus()::get).toList();
    int count = gpus.size();
    int[] domains = gpus.stream().mapToInt(Gpu::domain).distinct().toArray();
    int[] nodes = gpus.stream().mapToInt(Gpu::node).distinct().toArray();
    this.domainOfGpu = new int[count];
    this.nodeOfGpu = new int[count];
    this.domainSize = new int[domains.length];
    this.nodeSize = new int[nodes.length];
    this.nameOfDomain = new String[domains.length];
    this.scaleUpOfDomain = new LinkSpec[domains.length];
    this.reducesInSwitch = new boolean[domains.length];
    this.nicOfGpu = new double[count];
    for (int g = 0; g < count; g++) {
      Gpu gpu = gpus.get(g);
      domainOfGpu[g] = indexOf(domains, gpu.domain());
      nodeOfGpu[g] = indexOf(nodes, gpu.node());
      domainSize[domainOfGpu[g]]++;
      nodeSize[nodeOfGpu[g]]++;
      nicOfGpu[g] = shares.nicBytesPerSecond(network, gpu.index());
    }
    for (int d = 0; d < domains.length; d++) {
      Domain domain = topology.domains().get(domains[d]);
      nameOfDomain[d] = domain.name();
      scaleUpOfDomain[d] = domain.scaleUp();
      reducesInSwitch[d] = domain.reducesInSwitch();
    }
    this.groups = PortGroups.of(network, gpus, domainOfGpu, shares);
    this.islands = IslandShape.of(network, gpus, shares);
  }

  /** The shape of the GPUs with these indices, in rank order, with nobody else on the network. */
  public static StageShape of(Topology topology, List<Integer> gpuIndices) {
    return of(topology, gpuIndices, LinkShares.ALONE);
  }

  /** The same where other stages use the network at the same time. */
  public static StageShape of(Topology topology, List<Integer> gpuIndices, LinkShares shares) {
    return new StageShape(topology, gpuIndices, shares);
  }

  /** The same GPUs with nobody else on the network: what no plan's links are faster than. */
  public StageShape alone() {
    return shares == LinkShares.ALONE
        ? this
        : new StageShape(network.topology(), gpuIndices(), LinkShares.ALONE);
  }

  /** The shape of some of these GPUs, by their indices; this one where they are all. */
  public StageShape part(UnaryOperator<List<Integer>> which) {
    List<Integer> some = which.apply(gpuIndices());
    return some.size() == gpuCount() ? this : of(network.topology(), some, shares);
  }

  /** Indices of its GPUs in the topology, in rank order. */
  public List<Integer> gpuIndices() {
    return gpus.stream().map(Gpu::index).toList();
  }

  private static int indexOf(int[] values, int value) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == value) {
        return i;
      }
    }
    return -1;
  }

  /** The links between all GPUs of the topology. */
  public Network network() {
    return network;
  }

  /** G. */
  public int gpuCount() {
    return gpus.size();
  }

  public int domainCount() {
    return domainSize.length;
  }

  public int nodeCount() {
    return nodeSize.length;
  }

  public Gpu gpu(int position) {
    return gpus.get(position);
  }

  public GpuSpec spec(int position) {
    return gpus.get(position).spec();
  }

  public int domainOf(int position) {
    return domainOfGpu[position];
  }

  public int nodeOf(int position) {
    return nodeOfGpu[position];
  }

  /** GPUs of the stage in {@code domain}. */
  public int domainSize(int domain) {
    return domainSize[domain];
  }

  /** GPUs of the stage in {@code node}. */
  public int nodeSize(int node) {
    return nodeSize[node];
  }

  /** Full name of the domain, such as {@code rack-0/domain-1}. */
  String domainName(int domain) {
    return nameOfDomain[domain];
  }

  public LinkSpec scaleUp(int domain) {
    return scaleUpOfDomain[domain];
  }

  /** Whether the domain's switches sum up all-reduces. */
  boolean reducesInSwitch(int domain) {
    return reducesInSwitch[domain];
  }

  /** Sustained bytes/s of a GPU's NIC, one direction. */
  public double nicBytesPerSecond(int position) {
    return nicOfGpu[position];
  }

  /** The rate of the GPU with the fastest NIC in bytes/s. */
  public double mostNicBytesPerSecond() {
    return Arrays.stream(nicOfGpu).max().orElseThrow();
  }

  /** Mean rate of the NICs in bytes/s. */
  public double meanNicBytesPerSecond() {
    double first = nicOfGpu[0];
    return Arrays.stream(nicOfGpu).allMatch(rate -> rate == first)
        ? first
        : Arrays.stream(nicOfGpu).average().orElseThrow();
  }

  /** The slowest end's latency of a transfer between domains, both ends, in s. */
  public double scaleOutLatencySeconds() {
    double longest = 0;
    for (int g = 0; g < gpuCount(); g++) {
      longest = Math.max(longest, scaleOutLatencySeconds(g));
    }
    return longest;
  }

  /** The same of one GPU's transfers to others like it. */
  double scaleOutLatencySeconds(int position) {
    return 2 * network.endLatency(Tier.SCALE_OUT, gpus.get(position).index());
  }

  /** The stage's port groups and the uplinks above them. */
  public PortGroups portGroups() {
    return groups;
  }

  /** The level inside domains. */
  public IslandShape islands() {
    return islands;
  }

  /**
   * Whether GPUs of the same type, links and arrangement make stages of the two shapes cost the
   * same.
   */
  public boolean interchangeableWith(StageShape other) {
    if (gpuCount() != other.gpuCount() || domainCount() != other.domainCount()) {
      return false;
    }
    for (int g = 0; g < gpuCount(); g++) {
      if (!spec(g).equals(other.spec(g))
          || domainOf(g) != other.domainOf(g)
          || nodeOf(g) != other.nodeOf(g)
          || nicOfGpu[g] != other.nicOfGpu[g]) {
        return false;
      }
    }
    for (int d = 0; d < domainCount(); d++) {
      if (!scaleUp(d).equals(other.scaleUp(d)) || reducesInSwitch[d] != other.reducesInSwitch[d]) {
        return false;
      }
    }
    return groups.equals(other.groups)
        && islands.equals(other.islands)
        && scaleOutLatencySeconds() == other.scaleOutLatencySeconds();
  }
}
