package dev.rackplan.cost;

import dev.rackplan.topology.Domain;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The GPUs of one stage of one instance, renumbered: positions 0..G-1 in rank order, domains, nodes
 * and leaves 0.. in order of first appearance.
 *
 * <p>Immutable. Everything the cost terms need to know of the topology.
 */
public final class StageShape {
  private final List<Gpu> gpus;
  private final int[] domainOfGpu;
  private final int[] nodeOfGpu;
  private final int[] domainSize;
  private final int[] nodeSize;
  private final int[] leafOfDomain;
  private final String[] nameOfDomain;
  private final LinkSpec[] scaleUpOfDomain;
  private final double[] uplinkOfDomain;
  private final double[] uplinkOfLeaf;
  private final ScaleOut scaleOut;

  private StageShape(Topology topology, List<Integer> indices) {
    this.gpus = indices.stream().map(topology.gpus()::get).toList();
    int count = gpus.size();
    this.scaleOut = topology.scaleOut();
    int[] domains = gpus.stream().mapToInt(Gpu::domain).distinct().toArray();
    int[] nodes = gpus.stream().mapToInt(Gpu::node).distinct().toArray();
    int[] leaves =
        gpus.stream().mapToInt(gpu -> topology.racks().get(gpu.rack()).leaf()).distinct().toArray();
    this.domainOfGpu = new int[count];
    this.nodeOfGpu = new int[count];
    this.domainSize = new int[domains.length];
    this.nodeSize = new int[nodes.length];
    this.leafOfDomain = new int[domains.length];
    this.nameOfDomain = new String[domains.length];
    this.scaleUpOfDomain = new LinkSpec[domains.length];
    this.uplinkOfDomain = new double[domains.length];
    for (int g = 0; g < count; g++) {
      Gpu gpu = gpus.get(g);
      domainOfGpu[g] = indexOf(domains, gpu.domain());
      nodeOfGpu[g] = indexOf(nodes, gpu.node());
      domainSize[domainOfGpu[g]]++;
      nodeSize[nodeOfGpu[g]]++;
      leafOfDomain[domainOfGpu[g]] = indexOf(leaves, topology.racks().get(gpu.rack()).leaf());
    }
    for (int d = 0; d < domains.length; d++) {
      Domain domain = topology.domains().get(domains[d]);
      nameOfDomain[d] = domain.name();
      scaleUpOfDomain[d] = domain.scaleUp();
      uplinkOfDomain[d] = uplink(domain);
    }
    this.uplinkOfLeaf = new double[leaves.length];
    for (Domain domain : topology.domains()) {
      int leaf = indexOf(leaves, topology.racks().get(domain.rack()).leaf());
      if (leaf >= 0) {
        uplinkOfLeaf[leaf] += uplink(domain) / scaleOut.oversubscription();
      }
    }
  }

  /** The shape of the GPUs with these indices, in rank order. */
  public static StageShape of(Topology topology, List<Integer> gpuIndices) {
    return new StageShape(topology, gpuIndices);
  }

  /** The shape of some of these GPUs, by their indices; this one where they are all. */
  StageShape part(Topology topology, UnaryOperator<List<Integer>> which) {
    List<Integer> some = which.apply(gpuIndices());
    return some.size() == gpuCount() ? this : of(topology, some);
  }

  /** Indices of its GPUs in the topology, in rank order. */
  public List<Integer> gpuIndices() {
    return gpus.stream().map(Gpu::index).toList();
  }

  private double uplink(Domain domain) {
    return scaleOut.uplinkBytesPerSecond(domain.gpus().size());
  }

  private static int indexOf(int[] values, int value) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == value) {
        return i;
      }
    }
    return -1;
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
  public String domainName(int domain) {
    return nameOfDomain[domain];
  }

  /** Full name of the first domain under the leaf. */
  String domainNameUnderLeaf(int leaf) {
    int domain = 0;
    while (leafOfDomain[domain] != leaf) {
      domain++;
    }
    return nameOfDomain[domain];
  }

  public LinkSpec scaleUp(int domain) {
    return scaleUpOfDomain[domain];
  }

  public ScaleOut scaleOut() {
    return scaleOut;
  }

  /** Sustained bytes/s of one direction of the domain's uplinks together. */
  public double domainUplinkBytesPerSecond(int domain) {
    return uplinkOfDomain[domain];
  }

  public int leafCount() {
    return uplinkOfLeaf.length;
  }

  public int leafOf(int domain) {
    return leafOfDomain[domain];
  }

  /** Sustained bytes/s from the leaf to the spine, one direction. */
  public double leafUplinkBytesPerSecond(int leaf) {
    return uplinkOfLeaf[leaf];
  }

  /**
   * Whether GPUs of the same type, links and arrangement make stages of the two shapes cost the
   * same.
   */
  public boolean interchangeableWith(StageShape other) {
    if (gpuCount() != other.gpuCount()
        || leafCount() != other.leafCount()
        || domainCount() != other.domainCount()) {
      return false;
    }
    for (int g = 0; g < gpuCount(); g++) {
      if (!spec(g).equals(other.spec(g))
          || domainOf(g) != other.domainOf(g)
          || nodeOf(g) != other.nodeOf(g)) {
        return false;
      }
    }
    for (int d = 0; d < domainCount(); d++) {
      if (!scaleUp(d).equals(other.scaleUp(d))
          || leafOf(d) != other.leafOf(d)
          || domainUplinkBytesPerSecond(d) != other.domainUplinkBytesPerSecond(d)) {
        return false;
      }
    }
    for (int l = 0; l < leafCount(); l++) {
      if (leafUplinkBytesPerSecond(l) != other.leafUplinkBytesPerSecond(l)) {
        return false;
      }
    }
    return true;
  }
}
