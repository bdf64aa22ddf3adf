package dev.rackplan.generated;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.topology.GpuGeneration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws topologies: equal racks and lists, one kind of GPU and several, drained parts. */
final class TopologyParts {
  /** At most so many GPUs, so that a search takes a moment. */
  private static final int MOST_GPUS = 24;

  private static final String[] GPUS = GpuCatalog.load().names().toArray(String[]::new);

  private static final String[] GENERATIONS = GpuGeneration.keys().toArray(String[]::new);

  private final Draw draw;
  // Whether links must be given, since the catalogue knows none that all share.
  private boolean links;

  TopologyParts(Draw draw) {
    this.draw = draw;
  }

  Map<String, Object> topology() {
    while (true) {
      Map<String, Object> topology = drawn();
      int gpus = Cluster.of(topology).gpus();
      if (gpus <= MOST_GPUS && (gpus > 1 || draw.chance(20))) {
        drain(topology);
        return topology;
      }
    }
  }

  private Map<String, Object> drawn() {
    links = false;
    Map<String, Object> topology = new LinkedHashMap<>();
    draw.maybe(10, topology, "$schema", () -> "../docs/schema/topology.schema.json");
    topology.put("name", "t");
    draw.maybe(10, topology, "description", () -> "generated");
    Object gpu = gpu();
    boolean mixed = draw.chance(18);
    if (draw.chance(50) && !mixed) {
      topology.put("gpu", gpu);
      topology.put("racks", equalRacks());
    } else {
      boolean top = draw.coin();
      if (top) {
        topology.put("gpu", gpu);
      }
      links |= mixed;
      topology.put("racks", racks(top, gpu, mixed));
    }
    if (links || draw.chance(40)) {
      topology.put("scaleUp", scaleUp());
    }
    if (links || draw.chance(50)) {
      topology.put("scaleOut", scaleOut());
    }
    return topology;
  }

  private Object equalRacks() {
    Map<String, Object> racks = new LinkedHashMap<>();
    racks.put("count", draw.in(1, 3));
    racks.put("domainsPerRack", draw.in(1, 3));
    racks.put("nodesPerDomain", draw.in(1, 3));
    racks.put("gpusPerNode", draw.of(1, 2, 3, 4, 8));
    if (draw.chance(20)) {
      int span = draw.in(1, 2);
      racks.put("racksPerDomain", span);
      racks.put("count", span * draw.in(1, 2));
      racks.put("nodesPerDomain", span * draw.in(1, 2));
    }
    return racks;
  }

  private List<Object> racks(boolean gpuAbove, Object gpu, boolean mixed) {
    List<Object> racks = new ArrayList<>();
    for (int r = draw.in(1, 3); r > 0; r--) {
      Map<String, Object> rack = new LinkedHashMap<>();
      int number = racks.size();
      draw.maybe(60, rack, "name", () -> "r" + number + draw.of("", "_a", ".b", "-c"));
      draw.maybe(25, rack, "count", () -> draw.in(1, 2));
      if (!gpuAbove || mixed && draw.coin()) {
        rack.put("gpu", mixed ? gpu() : gpu);
      }
      draw.maybe(10, rack, "scaleUp", this::scaleUp);
      draw.maybe(10, rack, "scaleOut", this::nics);
      boolean perNode = draw.coin();
      if (perNode) {
        rack.put("gpusPerNode", draw.in(1, 4));
      }
      if (draw.coin()) {
        rack.put("domains", draw.in(1, 3));
        rack.put("nodesPerDomain", draw.in(1, 2));
        rack.putIfAbsent("gpusPerNode", draw.in(1, 4));
      } else {
        rack.put("domains", domains(perNode, mixed));
      }
      racks.add(rack);
    }
    join(racks);
    return racks;
  }

  // A domain of the last rack is at times the rest of one of the first.
  private void join(List<Object> racks) {
    Map<String, Object> first = tree(racks.get(0));
    Map<String, Object> last = tree(racks.get(racks.size() - 1));
    if (racks.size() < 2
        || !draw.chance(25)
        || last.containsKey("count")
        || !(first.get("domains") instanceof List<?> these)
        || !(last.get("domains") instanceof List<?> others)) {
      return;
    }
    Map<String, Object> part = tree(others.get(0));
    String rack =
        first.containsKey("name")
            ? first.get("name") + (first.containsKey("count") ? "-0" : "")
            : "rack-0";
    Object domain = tree(these.get(0)).getOrDefault("name", "domain-0");
    part.remove("scaleUp");
    part.put("joins", rack + "/" + domain);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> tree(Object part) {
    return (Map<String, Object>) part;
  }

  private List<Object> domains(boolean perNodeAbove, boolean mixed) {
    List<Object> domains = new ArrayList<>();
    for (int d = draw.in(1, 2); d > 0; d--) {
      Map<String, Object> domain = new LinkedHashMap<>();
      int number = domains.size();
      draw.maybe(30, domain, "name", () -> "d" + number);
      if (mixed) {
        draw.maybe(30, domain, "gpu", this::gpu);
      }
      draw.maybe(10, domain, "scaleUp", this::scaleUp);
      draw.maybe(10, domain, "scaleOut", this::nics);
      boolean perNode = perNodeAbove;
      if (draw.chance(30)) {
        domain.put("gpusPerNode", draw.in(1, 4));
        perNode = true;
      }
      if (draw.coin()) {
        domain.put("nodes", draw.in(1, 2));
        if (!perNode) {
          domain.put("gpusPerNode", draw.in(1, 4));
        }
      } else {
        domain.put("nodes", nodes(perNode, mixed));
      }
      domains.add(domain);
    }
    return domains;
  }

  private List<Object> nodes(boolean perNodeAbove, boolean mixed) {
    List<Object> nodes = new ArrayList<>();
    for (int n = draw.in(1, 3); n > 0; n--) {
      Map<String, Object> node = new LinkedHashMap<>();
      int number = nodes.size();
      draw.maybe(30, node, "name", () -> "n" + number);
      if (mixed) {
        draw.maybe(20, node, "gpu", this::gpu);
      }
      if (!perNodeAbove || draw.chance(40)) {
        node.put("gpus", draw.in(1, 4));
      }
      draw.maybe(10, node, "scaleOut", this::nics);
      if (number > 0 && draw.chance(10)) {
        node.put("scaleOut", new LinkedHashMap<>(Map.of("nicsPerNode", 0)));
      }
      nodes.add(node);
    }
    return nodes;
  }

  private Object gpu() {
    if (draw.chance(70)) {
      return draw.of(GPUS);
    }
    links = true;
    Map<String, Object> gpu = new LinkedHashMap<>();
    gpu.put("name", draw.of("next", "other"));
    // Sometimes so little that memory is what binds.
    double memory = draw.of(80.0, 24.0, 141.0, 96.0, draw.between(0.02, 1));
    gpu.put(draw.chance(70) ? "hbmGB" : "hbmGiB", memory);
    double rate = draw.between(0.1, 20);
    gpu.put("hbmTBps", rate);
    draw.maybe(70, gpu, "fp8Tflops", () -> draw.between(10, 5000));
    draw.maybe(40, gpu, "fp4Tflops", () -> draw.between(10, 10000));
    draw.maybe(20, gpu, "int8Tflops", () -> draw.between(10, 5000));
    if (draw.chance(80) || !gpu.containsKey("fp8Tflops")) {
      gpu.put("bf16Tflops", draw.between(5, 2500));
    }
    draw.maybe(30, gpu, "computeEfficiency", () -> draw.of(0.1, 0.7, 1.0));
    draw.maybe(30, gpu, "memoryEfficiency", () -> draw.of(0.1, 0.8, 1));
    draw.maybe(40, gpu, "kernelMicros", () -> draw.of(0, 5, 191));
    draw.maybe(50, gpu, "usdPerHour", () -> draw.of(0, 2, 2.75));
    double unit = gpu.containsKey("hbmGB") ? 1e9 : 1L << 30;
    draw.maybe(40, gpu, "hbmBytes", () -> Math.rint(memory * unit * draw.between(0.85, 1.15)));
    draw.maybe(30, gpu, "planningTBps", () -> rate * draw.between(0.85, 1.15));
    draw.maybe(70, gpu, "generation", () -> draw.of(GENERATIONS));
    return gpu;
  }

  private Map<String, Object> scaleUp() {
    Map<String, Object> link = new LinkedHashMap<>();
    if (links || draw.coin()) {
      link.put("bandwidthGBps", draw.of(1, 32, 450, 900.5));
    }
    if (links || draw.coin()) {
      link.put("latencyMicros", draw.of(0, 0.1, 3, 20));
    }
    draw.maybe(30, link, "efficiency", () -> draw.of(0.1, 0.8, 1));
    draw.maybe(20, link, "islands", this::islands);
    // By what was drawn already, so that all seeds keep their problems.
    if (Integer.valueOf(1).equals(link.get("efficiency")) && !link.containsKey("islands")) {
      link.put("inSwitchReduction", links);
    }
    return link;
  }

  private Map<String, Object> islands() {
    Map<String, Object> islands = new LinkedHashMap<>();
    islands.put("gpus", draw.in(1, 4));
    boolean ports = draw.coin();
    if (ports) {
      islands.put("bandwidthGBps", draw.of(50, 300, 900));
      draw.maybe(50, islands, "latencyMicros", () -> draw.of(0, 1, 5));
      draw.maybe(30, islands, "efficiency", () -> draw.of(0.1, 0.8, 1));
    }
    if (!ports || draw.coin()) {
      islands.put("uplinkGBps", draw.of(5, 32, 64, 500));
    }
    return islands;
  }

  private Map<String, Object> nics() {
    Map<String, Object> nics = new LinkedHashMap<>();
    draw.maybe(60, nics, "nicGBps", () -> draw.of(5, 25, 100));
    draw.maybe(30, nics, "latencyMicros", () -> draw.of(1, 10, 30));
    draw.maybe(30, nics, "efficiency", () -> draw.of(0.1, 0.8, 1));
    draw.maybe(40, nics, "nicsPerNode", () -> draw.in(1, 8));
    return nics;
  }

  private Map<String, Object> scaleOut() {
    Map<String, Object> network = new LinkedHashMap<>();
    if (links || draw.coin()) {
      network.put("nicGBps", draw.of(1, 12.5, 50, 400));
    }
    if (links || draw.coin()) {
      network.put("latencyMicros", draw.of(0, 1, 10, 50));
    }
    draw.maybe(30, network, "efficiency", () -> draw.of(0.1, 0.8, 1));
    draw.maybe(30, network, "domainUplinkGBps", () -> draw.of(1, 5, 100, 1600));
    draw.maybe(40, network, "leafRacks", () -> draw.in(1, 3));
    draw.maybe(40, network, "oversubscription", () -> draw.of(0.5, 1, 2, 4, 8.0));
    draw.maybe(30, network, "rails", () -> draw.in(1, 8));
    draw.maybe(20, network, "pxn", draw::coin);
    draw.maybe(20, network, "nicsPerNode", () -> draw.in(1, 8));
    return network;
  }

  private void drain(Map<String, Object> topology) {
    if (draw.chance(65)) {
      return;
    }
    List<String> gpus = Cluster.of(topology).gpuNames();
    List<Object> drained = new ArrayList<>();
    for (int n = draw.in(0, 2); n > 0; n--) {
      String name = draw.of(gpus);
      for (int up = draw.in(0, 3); up > 0; up--) {
        name = name.substring(0, name.lastIndexOf('/'));
      }
      drained.add(name);
      if (Cluster.of(topology).usable(drained) == 0) {
        drained.remove(drained.size() - 1);
      }
    }
    topology.put("drained", drained);
  }
}
