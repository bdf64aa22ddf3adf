package dev.rackplan.inventory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The cluster as a topology file: the one place that knows the format's keys. */
final class TopologyTree {
  private static final double GIGA = 1e9;
  private static final int LONGEST_NAME = 64;

  private final List<PlacedNode> nodes;
  private final Given given;
  private final HostPort port;
  private final HostNics nics;
  private final int rails;
  private final Map<String, String> hosts = new LinkedHashMap<>();
  private final Map<String, String> cliques = new LinkedHashMap<>();
  private final List<String> drained = new ArrayList<>();

  /**
   * @param nodes all of them
   * @param port how GPUs of a node reach each other
   * @param nics of a node
   * @param rails leaf switches that these are dealt to; 1 without rails
   */
  TopologyTree(List<PlacedNode> nodes, Given given, HostPort port, HostNics nics, int rails) {
    this.nodes = nodes;
    this.given = given;
    this.port = port;
    this.nics = nics;
    this.rails = rails;
  }

  /** Host by full name of its node, of nodes that have one. */
  Map<String, String> hosts() {
    return hosts;
  }

  /** NVLink domain over nodes by full name of a node, of those in one. */
  Map<String, String> cliques() {
    return cliques;
  }

  /**
   * The file.
   *
   * @param description what was read and assumed
   */
  Map<String, Object> tree(String description) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", given.name());
    tree.put("description", description);
    List<String> gpus = nodes.stream().map(node -> node.gpu().name()).distinct().toList();
    if (gpus.size() == 1) {
      tree.put("gpu", gpus.get(0));
    }
    tree.put("racks", racks(gpus.size() == 1));
    putUnlessEmpty(tree, "scaleUp", scaleUp());
    putUnlessEmpty(tree, "scaleOut", scaleOut());
    if (!drained.isEmpty()) {
      tree.put("drained", drained);
    }
    return tree;
  }

  private static void putUnlessEmpty(
      Map<String, Object> tree, String key, Map<String, Object> value) {
    if (!value.isEmpty()) {
      tree.put(key, value);
    }
  }

  private Map<String, Object> scaleUp() {
    Map<String, Object> scaleUp = new LinkedHashMap<>();
    port.bytesPerSecond().ifPresent(rate -> scaleUp.put("bandwidthGBps", rate / GIGA));
    port.islands()
        .ifPresent(
            islands -> {
              Map<String, Object> level = new LinkedHashMap<>();
              level.put("gpus", islands.gpus());
              islands.portBytesPerSecond().ifPresent(r -> level.put("bandwidthGBps", r / GIGA));
              islands.uplinkBytesPerSecond().ifPresent(r -> level.put("uplinkGBps", r / GIGA));
              scaleUp.put("islands", level);
            });
    return scaleUp;
  }

  private Map<String, Object> scaleOut() {
    Map<String, Object> scaleOut = new LinkedHashMap<>();
    nics.bytesPerSecond().ifPresent(rate -> scaleOut.put("nicGBps", rate / GIGA));
    nics.perNode().ifPresent(count -> scaleOut.put("nicsPerNode", count));
    if (rails > 1) {
      scaleOut.put("rails", rails);
    }
    return scaleOut;
  }

  // A rack is what hangs at one leaf switch, or at one of each rail; a domain over several racks
  // joins its part in the first.
  private List<Object> racks(boolean oneGpu) {
    Map<String, List<PlacedNode>> byRack = NodePlaces.by(nodes, node -> node.leaf().orElse(""));
    Map<String, String> fullNames = new LinkedHashMap<>();
    Set<String> taken = new TreeSet<>();
    List<Object> racks = new ArrayList<>();
    byRack.forEach(
        (leaf, members) -> {
          Map<String, Object> rack = new LinkedHashMap<>();
          String name = unique(leaf.isEmpty() ? "rack-" + racks.size() : leaf, taken);
          rack.put("name", name);
          rack.put("domains", domains(name, members, oneGpu, fullNames));
          racks.add(rack);
        });
    return racks;
  }

  private List<Object> domains(
      String rack, List<PlacedNode> members, boolean oneGpu, Map<String, String> fullNames) {
    Map<String, List<PlacedNode>> byDomain = new LinkedHashMap<>();
    for (int n = 0; n < members.size(); n++) {
      String alone = "\u0000" + n;
      byDomain
          .computeIfAbsent(members.get(n).domain().orElse(alone), key -> new ArrayList<>())
          .add(members.get(n));
    }
    Set<String> taken = new TreeSet<>();
    List<Object> domains = new ArrayList<>();
    byDomain.forEach(
        (key, own) -> {
          Map<String, Object> domain = new LinkedHashMap<>();
          boolean shared = own.get(0).domain().isPresent();
          String name = unique(shared ? key : "domain-" + domains.size(), taken);
          domain.put("name", name);
          if (shared && fullNames.containsKey(key)) {
            domain.put("joins", fullNames.get(key));
          } else if (shared) {
            fullNames.put(key, rack + "/" + name);
          }
          domain.put("nodes", nodes(rack + "/" + name, own, oneGpu));
          domains.add(domain);
        });
    return domains;
  }

  private List<Object> nodes(String above, List<PlacedNode> members, boolean oneGpu) {
    Set<String> taken = new TreeSet<>();
    List<Object> list = new ArrayList<>();
    for (PlacedNode member : members) {
      Map<String, Object> node = new LinkedHashMap<>();
      String name = unique(member.host().orElse("node-" + list.size()), taken);
      node.put("name", name);
      node.put("gpus", member.gpus());
      if (!oneGpu) {
        node.put("gpu", member.gpu().name());
      }
      String full = above + "/" + name;
      member.host().ifPresent(host -> hosts.put(full, host));
      member.domain().ifPresent(domain -> cliques.put(full, domain));
      if (member.drained().isPresent()) {
        drained.add(full);
      }
      list.add(node);
    }
    return list;
  }

  // As the format takes names: letters, digits, '.', '_' and '-', each once.
  private static String unique(String given, Set<String> taken) {
    String name = given.replaceAll("[^A-Za-z0-9._-]", "-");
    name = name.substring(Math.max(0, name.length() - LONGEST_NAME));
    String free = name;
    for (int n = 2; !taken.add(free); n++) {
      String tail = "-" + n;
      free = name.substring(0, Math.min(name.length(), LONGEST_NAME - tail.length())) + tail;
    }
    return free;
  }
}
