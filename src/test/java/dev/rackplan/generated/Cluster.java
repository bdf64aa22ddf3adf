package dev.rackplan.generated;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The parts of a topology by name, read off its tree as docs/formats.md says.
 *
 * @param nodes in the order of the file
 */
record Cluster(List<Node> nodes) {

  /**
   * One host.
   *
   * @param gpu accelerator as the file gives it: a name or an object
   * @param scaleUp link as the file gives it; empty where none around it does
   */
  record Node(
      String rack,
      String domain,
      String node,
      int gpus,
      Object gpu,
      Optional<Map<String, Object>> scaleUp) {
    String fullName() {
      return rack + "/" + domain + "/" + node;
    }
  }

  private record Around(Object gpu, Optional<Map<String, Object>> scaleUp, Object gpusPerNode) {
    @SuppressWarnings("unchecked")
    Around with(Map<?, ?> part) {
      return new Around(
          part.containsKey("gpu") ? part.get("gpu") : gpu,
          part.containsKey("scaleUp")
              ? Optional.of((Map<String, Object>) part.get("scaleUp"))
              : scaleUp,
          part.containsKey("gpusPerNode") ? part.get("gpusPerNode") : gpusPerNode);
    }
  }

  static Cluster of(Map<String, Object> topology) {
    List<Node> nodes = new ArrayList<>();
    Around top = new Around("", Optional.empty(), 0).with(topology);
    if (topology.get("racks") instanceof Map<?, ?> racks) {
      for (int r = 0; r < Shapes.number(racks.get("count")); r++) {
        Around rack = new Around(top.gpu(), top.scaleUp(), racks.get("gpusPerNode"));
        addDomains(
            "rack-" + r, racks.get("domainsPerRack"), racks.get("nodesPerDomain"), rack, nodes);
      }
      return new Cluster(nodes);
    }
    int number = 0;
    for (Object item : (List<?>) topology.get("racks")) {
      Map<?, ?> rack = (Map<?, ?>) item;
      int count = rack.containsKey("count") ? Shapes.number(rack.get("count")) : 1;
      for (int i = 0; i < count; i++) {
        String suffix = rack.containsKey("count") ? "-" + i : "";
        String name = rack.containsKey("name") ? rack.get("name") + suffix : "rack-" + number;
        number++;
        addDomains(name, rack.get("domains"), rack.get("nodesPerDomain"), top.with(rack), nodes);
      }
    }
    return new Cluster(nodes);
  }

  private static void addDomains(
      String rack, Object domains, Object nodesPerDomain, Around around, List<Node> nodes) {
    if (domains instanceof Number) {
      for (int d = 0; d < Shapes.number(domains); d++) {
        addNodes(rack, "domain-" + d, nodesPerDomain, around, nodes);
      }
      return;
    }
    List<?> items = (List<?>) domains;
    for (int d = 0; d < items.size(); d++) {
      Map<?, ?> domain = (Map<?, ?>) items.get(d);
      String name = domain.containsKey("name") ? (String) domain.get("name") : "domain-" + d;
      addNodes(rack, name, domain.get("nodes"), around.with(domain), nodes);
    }
  }

  private static void addNodes(
      String rack, String domain, Object inDomain, Around around, List<Node> nodes) {
    boolean number = inDomain instanceof Number;
    int count = number ? Shapes.number(inDomain) : ((List<?>) inDomain).size();
    for (int n = 0; n < count; n++) {
      Map<?, ?> node = number ? Map.of() : (Map<?, ?>) ((List<?>) inDomain).get(n);
      Object gpus = node.containsKey("gpus") ? node.get("gpus") : around.gpusPerNode();
      nodes.add(
          new Node(
              rack,
              domain,
              node.containsKey("name") ? (String) node.get("name") : "node-" + n,
              Shapes.number(gpus),
              around.with(node).gpu(),
              around.scaleUp()));
    }
  }

  int gpus() {
    return nodes.stream().mapToInt(Node::gpus).sum();
  }

  /** Full names of its GPUs, in order. */
  List<String> gpuNames() {
    List<String> names = new ArrayList<>();
    for (Node node : nodes) {
      for (int g = 0; g < node.gpus(); g++) {
        names.add(node.fullName() + "/gpu-" + g);
      }
    }
    return names;
  }

  /** GPUs that none of {@code drained} stands for. */
  int usable(List<?> drained) {
    return (int)
        gpuNames().stream()
            .filter(gpu -> drained.stream().noneMatch(name -> (gpu + "/").startsWith(name + "/")))
            .count();
  }

  /** The same cluster as a list of racks that names every part, with other names. */
  List<Object> spelledOut(UnaryOperator<String> names) {
    Map<String, Map<String, List<Object>>> racks = new LinkedHashMap<>();
    Map<String, Optional<Map<String, Object>>> links = new LinkedHashMap<>();
    for (Node node : nodes) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("name", names.apply(node.node()));
      tree.put("gpus", node.gpus());
      tree.put("gpu", node.gpu());
      racks
          .computeIfAbsent(node.rack(), name -> new LinkedHashMap<>())
          .computeIfAbsent(node.domain(), name -> new ArrayList<>())
          .add(tree);
      links.put(node.rack() + "/" + node.domain(), node.scaleUp());
    }
    List<Object> list = new ArrayList<>();
    racks.forEach(
        (rack, domains) -> {
          List<Object> domainList = new ArrayList<>();
          domains.forEach(
              (domain, inDomain) -> {
                Map<String, Object> tree = new LinkedHashMap<>();
                tree.put("name", names.apply(domain));
                // An empty link stands for the catalogue's, whatever is around it.
                links
                    .get(rack + "/" + domain)
                    .ifPresent(link -> tree.put("scaleUp", GeneratedProblem.copy(link)));
                tree.put("nodes", inDomain);
                domainList.add(tree);
              });
          Map<String, Object> tree = new LinkedHashMap<>();
          tree.put("name", names.apply(rack));
          tree.put("domains", domainList);
          list.add(tree);
        });
    return list;
  }
}
