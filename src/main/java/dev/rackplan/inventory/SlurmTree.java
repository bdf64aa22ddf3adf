package dev.rackplan.inventory;

import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.SlurmHostList;
import dev.rackplan.json.YamlFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Slurm's own description of its network: {@code topology.conf} of the plugins tree and block, or
 * {@code topology.yaml}, which can hold several of them.
 *
 * <p>Source: Slurm's manuals topology.conf(5) and topology.yaml(5), release 25.05.
 *
 * @param leaves switches that nodes hang at; with rails the first of each group
 * @param blocks of the block plugin
 * @param upper switches above leaves
 * @param rails leaf switches that each node hangs at: 1 without rails
 */
record SlurmTree(List<HostGroup> leaves, List<HostGroup> blocks, int upper, int rails) {
  private static final Pattern SETTING = Pattern.compile("([A-Za-z]+)\\s*=\\s*(\\S+)");
  private static final String FORM =
      "Give lines as SwitchName=leaf1 Nodes=gpu[1-4], SwitchName=spine Switches=leaf[1-2] or"
          + " BlockName=b1 Nodes=gpu[1-18].";

  static SlurmTree read(ToolOutput output) {
    SlurmTree tree = output.kind() == ToolOutput.Kind.SLURM_YAML ? yaml(output) : lines(output);
    refuseTwice(output, tree.blocks());
    // Nodes with a NIC at each rail's switch hang at several, all nodes of a group at the same.
    Map<Set<String>, List<HostGroup>> alike = new LinkedHashMap<>();
    tree.leaves()
        .forEach(
            leaf ->
                alike
                    .computeIfAbsent(new TreeSet<>(leaf.hosts()), key -> new ArrayList<>())
                    .add(leaf));
    List<HostGroup> first = alike.values().stream().map(group -> group.get(0)).toList();
    List<Integer> rails = alike.values().stream().map(List::size).distinct().toList();
    if (rails.size() > 1) {
      refuseTwice(output, tree.leaves());
    }
    refuseTwice(output, first);
    return new SlurmTree(first, tree.blocks(), tree.upper(), rails.isEmpty() ? 1 : rails.get(0));
  }

  private static SlurmTree lines(ToolOutput output) {
    List<HostGroup> leaves = new ArrayList<>();
    List<HostGroup> blocks = new ArrayList<>();
    Map<String, String> children = new LinkedHashMap<>();
    Map<String, Integer> places = new TreeMap<>();
    for (int line = 0; line < output.lines().size(); line++) {
      int first = line;
      StringBuilder whole = new StringBuilder(output.lines().get(line).replaceFirst("#.*", ""));
      while (whole.toString().stripTrailing().endsWith("\\") && line + 1 < output.lines().size()) {
        String before = whole.toString().stripTrailing();
        line++;
        whole = new StringBuilder(before.substring(0, before.length() - 1));
        whole.append(output.lines().get(line).replaceFirst("#.*", ""));
      }
      Map<String, String> settings = settings(whole.toString());
      String place = "line " + (first + 1);
      String name = settings.getOrDefault("switchname", settings.get("blockname"));
      if (name == null) {
        continue;
      }
      if (places.put(name, first) != null) {
        throw output.error(first, "gives " + name + " a second time", "Keep one of the two.");
      }
      String nodes = settings.get("nodes");
      if (nodes != null) {
        HostGroup group =
            new HostGroup(name, SlurmHostList.expanded(nodes, output.shown(), place), place);
        (settings.containsKey("blockname") ? blocks : leaves).add(group);
      } else if (settings.containsKey("switches")) {
        children.put(name, settings.get("switches"));
      } else {
        throw output.error(first, name + " has neither Nodes nor Switches", FORM);
      }
    }
    children.forEach(
        (name, list) -> {
          String place = "line " + (places.get(name) + 1);
          for (String child : SlurmHostList.expanded(list, output.shown(), place)) {
            if (!places.containsKey(child)) {
              throw output.error(
                  places.get(name), "names the switch " + child + ", which has no line", FORM);
            }
          }
        });
    return new SlurmTree(leaves, blocks, children.size(), 1);
  }

  private static Map<String, String> settings(String line) {
    Map<String, String> settings = new LinkedHashMap<>();
    Matcher found = SETTING.matcher(line);
    while (found.find()) {
      settings.put(found.group(1).toLowerCase(Locale.ROOT), found.group(2));
    }
    return settings;
  }

  // Of each kind the default topology's, or the first.
  private static SlurmTree yaml(ToolOutput output) {
    JsonCursor root = YamlFile.read(output.file(), output.shown());
    Optional<JsonCursor> tree = Optional.empty();
    Optional<JsonCursor> block = Optional.empty();
    for (JsonCursor topology : root.list()) {
      boolean usual = topology.find("cluster_default").map(JsonCursor::bool).orElse(false);
      Optional<JsonCursor> ownTree = topology.find("tree");
      Optional<JsonCursor> ownBlock = topology.find("block");
      tree = ownTree.isPresent() && (usual || tree.isEmpty()) ? ownTree : tree;
      block = ownBlock.isPresent() && (usual || block.isEmpty()) ? ownBlock : block;
    }
    if (tree.isEmpty() && block.isEmpty()) {
      throw root.error(
          "has neither a tree nor a block topology", "Give one with switches or blocks.");
    }
    List<HostGroup> leaves = new ArrayList<>();
    int upper = 0;
    if (tree.isPresent()) {
      List<JsonCursor> switches = tree.get().get("switches").list();
      groups(switches, "switch", leaves, output);
      upper = switches.size() - leaves.size();
    }
    List<HostGroup> blocks = new ArrayList<>();
    if (block.isPresent()) {
      groups(block.get().get("blocks").list(), "block", blocks, output);
    }
    return new SlurmTree(leaves, blocks, upper, 1);
  }

  private static void groups(
      List<JsonCursor> entries, String key, List<HostGroup> groups, ToolOutput output) {
    for (JsonCursor entry : entries) {
      Optional<JsonCursor> nodes = entry.find("nodes");
      if (nodes.isPresent()) {
        String place = nodes.get().path();
        groups.add(
            new HostGroup(
                entry.text(key),
                SlurmHostList.expanded(nodes.get().text(), output.shown(), place),
                place));
      } else if (entry.find("children").isEmpty()) {
        throw entry.error("has neither nodes nor children", "Give one of the two.");
      }
    }
  }

  private static void refuseTwice(ToolOutput output, List<HostGroup> groups) {
    Map<String, HostGroup> taken = new TreeMap<>();
    for (HostGroup group : groups) {
      for (String host : group.hosts()) {
        HostGroup before = taken.put(host, group);
        if (before != null) {
          throw new InputException(
              output.shown(),
              group.place(),
              "puts "
                  + host
                  + " under "
                  + group.name()
                  + "; "
                  + before.place()
                  + " has it under "
                  + before.name(),
              "Name each node under one; with NICs at several leaf switches (rails) all nodes of one"
                  + " switch are under the same others.");
        }
      }
    }
  }
}
