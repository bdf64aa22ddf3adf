package dev.rackplan.topology;

import java.util.List;
import java.util.Objects;

/**
 * A GPU cluster: flat lists that refer to each other by index, in the order of the file, and the
 * {@link Network} that they make. Immutable.
 */
public final class Topology {
  private final String name;
  private final List<Rack> racks;
  private final List<Domain> domains;
  private final List<Node> nodes;
  private final List<Gpu> gpus;
  private final List<Gpu> usableGpus;
  private final ScaleOut scaleOut;
  private final OtherTraffic others;
  // Laid when first asked for: who only reads or checks a file needs none.
  private volatile Network network;
  private volatile List<GpuSpec> kinds;

  /**
   * Joins the lists.
   *
   * @param name the topology's name
   * @param racks all racks
   * @param domains all scale-up domains
   * @param nodes all hosts
   * @param gpus all GPUs, node by node; drained ones included
   * @param scaleOut the network between domains
   */
  public Topology(
      String name,
      List<Rack> racks,
      List<Domain> domains,
      List<Node> nodes,
      List<Gpu> gpus,
      ScaleOut scaleOut) {
    this(name, racks, domains, nodes, gpus, scaleOut, OtherTraffic.NONE);
  }

  private Topology(
      String name,
      List<Rack> racks,
      List<Domain> domains,
      List<Node> nodes,
      List<Gpu> gpus,
      ScaleOut scaleOut,
      OtherTraffic others) {
    this.name = name;
    this.racks = List.copyOf(racks);
    this.domains = List.copyOf(domains);
    this.nodes = List.copyOf(nodes);
    this.gpus = List.copyOf(gpus);
    this.usableGpus = this.gpus.stream().filter(gpu -> !gpu.drained()).toList();
    this.scaleOut = scaleOut;
    this.others = others;
    if (gpus.isEmpty()) {
      throw new IllegalArgumentException("a topology needs at least one GPU");
    }
    for (int g = 0; g < gpus.size(); g++) {
      if (gpus.get(g).index() != g) {
        throw new IllegalArgumentException(
            "gpu "
                + gpus.get(g).name()
                + " has index "
                + gpus.get(g).index()
                + ", its place is "
                + g);
      }
    }
    for (Domain domain : this.domains) {
      if (domains.size() > 1 && !hasNic(domain)) {
        throw new IllegalArgumentException(
            "domain " + domain.name() + " has no NIC: nothing reaches it from another");
      }
    }
  }

  private boolean hasNic(Domain domain) {
    return domain.gpus().stream()
        .map(gpu -> nodes.get(gpus.get(gpu).node()))
        .anyMatch(node -> scaleOut.nics(node).of(node.gpus().size()) > 0);
  }

  public String name() {
    return name;
  }

  public List<Rack> racks() {
    return racks;
  }

  public List<Domain> domains() {
    return domains;
  }

  public List<Node> nodes() {
    return nodes;
  }

  public List<Gpu> gpus() {
    return gpus;
  }

  public ScaleOut scaleOut() {
    return scaleOut;
  }

  /** The links between its GPUs. */
  public Network network() {
    Network laid = network;
    if (laid == null) {
      synchronized (this) {
        laid = network;
        if (laid == null) {
          laid = new Network(this);
          network = laid;
        }
      }
    }
    return laid;
  }

  /** The same racks with another network between domains; the racks' leaves stay. */
  public Topology withScaleOut(ScaleOut other) {
    return new Topology(name, racks, domains, nodes, gpus, other, others);
  }

  /** What others put on its links. */
  public OtherTraffic others() {
    return others;
  }

  /** The same topology with this traffic of others on its links. */
  public Topology withOthers(OtherTraffic traffic) {
    return traffic.equals(others)
        ? this
        : new Topology(name, racks, domains, nodes, gpus, scaleOut, traffic);
  }

  /** GPUs that are not drained, in order. */
  public List<Gpu> usableGpus() {
    return usableGpus;
  }

  /** What these are, each kind once, in their order. */
  public List<GpuSpec> kinds() {
    List<GpuSpec> known = kinds;
    if (known == null) {
      known = usableGpus.stream().map(Gpu::spec).distinct().toList();
      kinds = known;
    }
    return known;
  }

  /**
   * What the first of the usable GPUs is, which stands for all where only one can be asked: engines
   * are started alike on all. Of the first GPU where all are drained.
   */
  public GpuSpec firstSpec() {
    for (Gpu gpu : gpus) {
      if (!gpu.drained()) {
        return gpu.spec();
      }
    }
    return gpus.get(0).spec();
  }

  /** Whether both are one cluster, whatever runs on it and is drained. */
  public boolean isSameCluster(Topology other) {
    return plain().equals(other.plain());
  }

  private Topology plain() {
    List<Integer> all = gpus.stream().map(Gpu::index).toList();
    return Draining.drain(this, all).withOthers(OtherTraffic.NONE);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Topology same
        && name.equals(same.name)
        && racks.equals(same.racks)
        && domains.equals(same.domains)
        && nodes.equals(same.nodes)
        && gpus.equals(same.gpus)
        && scaleOut.equals(same.scaleOut)
        && others.equals(same.others);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, racks, domains, nodes, gpus, scaleOut, others);
  }

  @Override
  public String toString() {
    return "topology " + name;
  }
}
