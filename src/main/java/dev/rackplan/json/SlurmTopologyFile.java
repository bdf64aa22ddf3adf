package dev.rackplan.json;

import dev.rackplan.topology.Node;
import dev.rackplan.topology.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Host names from Slurm's {@code topology.conf}: leaf switches ({@code SwitchName=… Nodes=…}) or
 * blocks ({@code BlockName=… Nodes=…}) are the topology's racks or its domains, in their order, as
 * their numbers of nodes fit.
 *
 * <p>Source: Slurm's manual of topology.conf.
 */
final class SlurmTopologyFile {
  private static final int MOST_BYTES = 1 << 24;
  private static final String FORM =
      "Give Slurm's topology.conf with the nodes of each leaf switch or block.";
  private static final Pattern NODES = Pattern.compile("(?i)(?:^|\\s)Nodes=(\\S+)");

  private SlurmTopologyFile() {}

  /** Whether a file of that name is one. */
  static boolean named(String shown) {
    return shown.endsWith(".conf");
  }

  /** Host name by node name. */
  static Map<String, String> hosts(Path file, String shown, Topology topology) {
    List<List<String>> groups = groups(InputDoor.text(file, shown, MOST_BYTES, FORM), shown);
    // A rack's name is the first part of a node's, a domain's the first two.
    for (int parts = 1; parts <= 2; parts++) {
      List<List<String>> nodes = nodes(topology, parts);
      if (sizes(nodes).equals(sizes(groups))) {
        return matched(nodes, groups, shown);
      }
    }
    throw new InputException(
        shown,
        "",
        "has leaf switches or blocks of "
            + sizes(groups)
            + " nodes; the topology's racks have "
            + sizes(nodes(topology, 1))
            + ", its domains "
            + sizes(nodes(topology, 2)),
        "Give a topology that is built so, or hosts as CSV (docs/formats.md#exports).");
  }

  private static Map<String, String> matched(
      List<List<String>> nodes, List<List<String>> groups, String shown) {
    Map<String, String> hosts = new LinkedHashMap<>();
    TreeSet<String> taken = new TreeSet<>();
    for (int group = 0; group < nodes.size(); group++) {
      for (int i = 0; i < nodes.get(group).size(); i++) {
        String host = groups.get(group).get(i);
        if (!taken.add(host)) {
          throw new InputException(shown, "", "names " + host + " twice", FORM);
        }
        hosts.put(nodes.get(group).get(i), host);
      }
    }
    return hosts;
  }

  private static List<Integer> sizes(List<List<String>> groups) {
    return groups.stream().map(List::size).toList();
  }

  private static List<List<String>> nodes(Topology topology, int parts) {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    for (Node node : topology.nodes()) {
      String[] names = node.name().split("/");
      String key = parts == 1 ? names[0] : names[0] + "/" + names[1];
      groups.computeIfAbsent(key, name -> new ArrayList<>()).add(node.name());
    }
    return List.copyOf(groups.values());
  }

  private static List<List<String>> groups(String text, String shown) {
    List<List<String>> groups = new ArrayList<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).replaceFirst("#.*", "");
      Matcher nodes = NODES.matcher(line);
      if (nodes.find()) {
        groups.add(SlurmHostList.expanded(nodes.group(1), shown, "line " + (i + 1)));
      }
    }
    if (groups.isEmpty()) {
      throw new InputException(shown, "", "names no nodes", FORM);
    }
    return groups;
  }
}
