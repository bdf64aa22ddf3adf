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
   * @param scaleOut NICs as the part around it gives them; empty where only the file does
   * @param joins full name of the domain that its own is a part of
   */
  record Node(
      String rack,
      String domain,
      String node,
      int gpus,
      Object gpu,
      Optional<Map<String, Object>> scaleUp,
      Optional<Map<String, Object>> scaleOut,
      Optional<String> joins) {
    String fullName() {
      return rack + "/" + domain + "/" + node;
    }
  }

  private record Around(
      Object gpu,
      Optional<Map<String, Object>> scaleUp,
      Optional<Map<String, Object>> scaleOut,
      Object gpusPerNode,
      Optional<String> joins) {
    Around with(Map<?, ?> part) {
      return new Around(
          part.containsKey("gpu") ? part.get("gpu") : gpu,
          link(part, "scaleUp").or(() -> scaleUp),
          link(part, "scaleOut").or(() -> scaleOut),
          part.containsKey("gpusPerNode") ? part.get("gpusPerNode") : gpusPerNode,
          Optional.ofNullable((String) part.get("joins")));
    }

    @SuppressWarnings("unchecked")
    private static Optional<Map<String, Object>> link(Map<?, ?> part, String key) {
      return Optional.ofNullable((Map<String, Object>) part.get(key));
    }
  }

  static Cluster of(Map<String, Object> topology) {
    List<Node> nodes = new ArrayList<>();
    Map<String, Object> links = new LinkedHashMap<>(topology);
    links.remove("scaleOut");
    Around top =
        new Around("", Optional.empty(), Optional.empty(), 0, Optional.empty()).with(links);
    if (topology.get("racks") instanceof Map<?, ?> racks) {
      addEqual(racks, top, nodes);
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

  private static void addEqual(Map<?, ?> racks, Around top, List<Node> nodes) {
    int span = racks.containsKey("racksPerDomain") ? Shapes.number(racks.get("racksPerDomain")) : 1;
    int inRack = Shapes.number(racks.get("nodesPerDomain")) / span;
    for (int r = 0; r < Shapes.number(racks.get("count")); r++) {
      for (int d = 0; d < Shapes.number(racks.get("domainsPerRack")); d++) {
        Optional<String> joins =
            r % span == 0
                ? Optional.empty()
                : Optional.of("rack-" + (r - r % span) + "/domain-" + d);
        Around rack =
            new Around(top.gpu(), top.scaleUp(), top.scaleOut(), racks.get("gpusPerNode"), joins);
        addNodes("rack-" + r, "domain-" + d, inRack, rack, nodes);
      }
    }
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
      Around own = around.with(node);
      nodes.add(
          new Node(
              rack,
              domain,
              node.containsKey("name") ? (String) node.get("name") : "node-" + n,
              Shapes.number(gpus),
              own.gpu(),
              around.scaleUp(),
              own.scaleOut(),
              around.joins()));
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
    Map<String, String> joined = new LinkedHashMap<>();
    for (Node node : nodes) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("name", names.apply(node.node()));
      tree.put("gpus", node.gpus());
      tree.put("gpu", node.gpu());
      node.scaleOut().ifPresent(nics -> tree.put("scaleOut", GeneratedProblem.copy(nics)));
      node.joins().ifPresent(name -> joined.put(node.rack() + "/" + node.domain(), name));
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
                String joins = joined.get(rack + "/" + domain);
                if (joins != null) {
                  int slash = joins.indexOf('/');
                  tree.put(
                      "joins",
                      names.apply(joins.substring(0, slash))
                          + "/"
                          + names.apply(joins.substring(slash + 1)));
                }
                // An empty link stands for the catalogue's, whatever is around it.
                links
                    .get(rack + "/" + domain)
                    .filter(link -> joins == null)
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
