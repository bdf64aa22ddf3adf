package dev.rackplan.topology;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Assembles a {@link Topology} from racks, domains and nodes in order, so that names and indices
 * agree.
 *
 * <p>{@code rack}, {@code domain} and {@code node} each open a part inside the last one of the
 * level above. Names are single path components; full names and {@code gpu-N} are made here. Wrong
 * use throws {@link IllegalArgumentException}.
 */
public final class TopologyBuilder {
  /** Most GPUs of one topology. */
  public static final int MAX_GPUS = 100_000;

  private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,63}");

  private final String name;
  private final List<OpenRack> racks = new ArrayList<>();
  private final List<OpenDomain> domains = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<Gpu> gpus = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  private record OpenRack(String name, List<Integer> domains) {}

  private record OpenDomain(
      String name,
      int rack,
      LinkSpec scaleUp,
      Optional<Islands> islands,
      boolean reducesInSwitch,
      List<Integer> gpus) {}

  // Where nodes are added: a domain, in a rack, under a name.
  private record Place(int rack, int domain, String name) {}

  private Optional<Place> place = Optional.empty();

  public TopologyBuilder(String name) {
    this.name = name;
  }

  /** Opens a rack. */
  public TopologyBuilder rack(String component) {
    refuseEmpty();
    racks.add(new OpenRack(claim("", component), new ArrayList<>()));
    place = Optional.empty();
    return this;
  }

  /** Opens a scale-up domain in the last rack. */
  public TopologyBuilder domain(String component, LinkSpec scaleUp) {
    return domain(component, scaleUp, Optional.empty(), false);
  }

  /** The same with a level inside it, or with switches that sum up all-reduces. */
  public TopologyBuilder domain(
      String component, LinkSpec scaleUp, Optional<Islands> islands, boolean reducesInSwitch) {
    String full = claimDomain(component);
    openPlace(domains.size(), full);
    domains.add(
        new OpenDomain(
            full, racks.size() - 1, scaleUp, islands, reducesInSwitch, new ArrayList<>()));
    return this;
  }

  /**
   * Opens the part of an earlier rack's domain that stands in the last rack.
   *
   * @param joined full name of the domain
   */
  public TopologyBuilder joinedDomain(String component, String joined) {
    String full = claimDomain(component);
    for (int d = 0; d < domains.size(); d++) {
      if (domains.get(d).name().equals(joined)) {
        openPlace(d, full);
        return this;
      }
    }
    throw new IllegalArgumentException("no domain before it is named \"" + joined + "\"");
  }

  private String claimDomain(String component) {
    if (racks.isEmpty()) {
      throw new IllegalArgumentException("domain " + component + " has no rack");
    }
    refuseEmptyDomain();
    return claim(last(racks).name() + "/", component);
  }

  private void openPlace(int domain, String full) {
    if (last(racks).domains().contains(domain)) {
      throw new IllegalArgumentException("domain " + full + " joins one of its own rack");
    }
    last(racks).domains().add(domain);
    place = Optional.of(new Place(racks.size() - 1, domain, full));
  }

  /** Adds a node of {@code count} equal GPUs to the last domain. */
  public TopologyBuilder node(String component, GpuSpec spec, int count) {
    Place here =
        place.orElseThrow(
            () -> new IllegalArgumentException("node " + component + " has no domain"));
    OpenDomain domain = domains.get(here.domain());
    String full = claim(here.name() + "/", component);
    if (count < 1) {
      throw new IllegalArgumentException("node " + full + " has no GPU");
    }
    requireRoom(gpus.size() + (double) count);
    List<Integer> members = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int index = gpus.size();
      gpus.add(
          new Gpu(
              index,
              full + "/gpu-" + i,
              here.rack(),
              here.domain(),
              nodes.size(),
              domain.gpus().size(),
              spec,
              false));
      domain.gpus().add(index);
      members.add(index);
    }
    nodes.add(new Node(nodes.size(), full, members));
    return this;
  }

  /**
   * Adds equal racks named {@code rack-N}, with domains {@code domain-N} and nodes {@code node-N},
   * counted from 0.
   */
  public TopologyBuilder equalRacks(
      int count,
      int domainsPerRack,
      int nodesPerDomain,
      int gpusPerNode,
      GpuSpec spec,
      LinkSpec scaleUp) {
    return equalRacks(
        count,
        1,
        domainsPerRack,
        nodesPerDomain,
        gpusPerNode,
        spec,
        scaleUp,
        Optional.empty(),
        false);
  }

  /**
   * The same where each domain lies over {@code racksPerDomain} racks, which divide both racks and
   * nodes, and has a level inside, or switches that sum up all-reduces.
   */
  public TopologyBuilder equalRacks(
      int count,
      int racksPerDomain,
      int domainsPerRack,
      int nodesPerDomain,
      int gpusPerNode,
      GpuSpec spec,
      LinkSpec scaleUp,
      Optional<Islands> islands,
      boolean reducesInSwitch) {
    requireRoom((double) count / racksPerDomain * domainsPerRack * nodesPerDomain * gpusPerNode);
    String first = "";
    for (int r = 0; r < count; r++) {
      String name = "rack-" + racks.size();
      rack(name);
      first = r % racksPerDomain == 0 ? name : first;
      for (int d = 0; d < domainsPerRack; d++) {
        if (r % racksPerDomain == 0) {
          domain("domain-" + d, scaleUp, islands, reducesInSwitch);
        } else {
          joinedDomain("domain-" + d, first + "/domain-" + d);
        }
        for (int n = 0; n < nodesPerDomain / racksPerDomain; n++) {
          node("node-" + n, spec, gpusPerNode);
        }
      }
    }
    return this;
  }

  /** Nodes added so far. */
  public int nodeCount() {
    return nodes.size();
  }

  /** Racks added so far. */
  public int rackCount() {
    return racks.size();
  }

  /** GPUs added so far. */
  public int gpuCount() {
    return gpus.size();
  }

  /**
   * Joins the parts with the network between domains; {@link ScaleOut#racksPerLeaf()} racks share a
   * leaf, in order.
   */
  public Topology build(ScaleOut scaleOut) {
    refuseEmpty();
    List<Rack> builtRacks = new ArrayList<>();
    for (OpenRack rack : racks) {
      int index = builtRacks.size();
      builtRacks.add(new Rack(index, rack.name(), index / scaleOut.racksPerLeaf(), rack.domains()));
    }
    List<Domain> builtDomains = new ArrayList<>();
    for (OpenDomain domain : domains) {
      builtDomains.add(
          new Domain(
              builtDomains.size(),
              domain.name(),
              domain.rack(),
              domain.scaleUp(),
              domain.gpus(),
              domain.islands(),
              domain.reducesInSwitch()));
    }
    return new Topology(name, builtRacks, builtDomains, nodes, gpus, scaleOut);
  }

  /**
   * Returns the count, throws where a topology of that many GPUs is too large; a double, so that a
   * product can't overflow.
   */
  public static double requireRoom(double gpuCount) {
    if (gpuCount > MAX_GPUS) {
      throw new IllegalArgumentException(
          "more than "
              + MAX_GPUS
              + " GPUs"
              + (gpuCount < 1e15 ? " (" + (long) gpuCount + ")" : ""));
    }
    return gpuCount;
  }

  private String claim(String parent, String component) {
    if (!COMPONENT.matcher(component).matches()) {
      throw new IllegalArgumentException(
          "name \""
              + component
              + "\" must be 1 to 64 letters, digits, '.', '_' or '-', and begin with none of '.' and '-'");
    }
    if (!names.add(parent + component)) {
      throw new IllegalArgumentException("name \"" + parent + component + "\" is given twice");
    }
    return parent + component;
  }

  private void refuseEmpty() {
    if (!racks.isEmpty() && last(racks).domains().isEmpty()) {
      throw new IllegalArgumentException("rack " + last(racks).name() + " has no domain");
    }
    refuseEmptyDomain();
  }

  private void refuseEmptyDomain() {
    if (!domains.isEmpty() && last(domains).gpus().isEmpty()) {
      throw new IllegalArgumentException("domain " + last(domains).name() + " has no node");
    }
  }

  private static <T> T last(List<T> list) {
    return list.get(list.size() - 1);
  }

  /** {@code domains} racks of one domain, each of {@code perDomain} GPUs with its usual links. */
  public static Topology equalDomains(
      String name, GpuCatalogEntry gpu, int domains, int perDomain) {
    return equalDomains(name, gpu, gpu.nic(), domains, perDomain);
  }

  /** The same where each GPU has another NIC than its kind usually has. */
  public static Topology equalDomains(
      String name, GpuCatalogEntry gpu, LinkSpec nic, int domains, int perDomain) {
    return new TopologyBuilder(name)
        .racksOfOneDomain(domains, perDomain, gpu)
        .build(new ScaleOut(nic, OptionalDouble.empty(), domains, 1));
  }

  /** Racks of one domain each, of so many GPUs with its usual links. */
  public static Topology domains(String name, GpuCatalogEntry gpu, List<Integer> perDomain) {
    TopologyBuilder builder = new TopologyBuilder(name);
    for (int gpus : perDomain) {
      builder.racksOfOneDomain(1, gpus, gpu);
    }
    return builder.build(new ScaleOut(gpu.nic(), OptionalDouble.empty(), perDomain.size(), 1));
  }

  private TopologyBuilder racksOfOneDomain(int count, int perDomain, GpuCatalogEntry gpu) {
    return equalRacks(
        count,
        1,
        1,
        1,
        perDomain,
        gpu.spec(),
        gpu.scaleUp(),
        Optional.empty(),
        gpu.reducesInSwitch());
  }
}
