package dev.rackplan.inventory;

import dev.rackplan.inventory.Note.Kind;
import dev.rackplan.json.DeviceNames;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.InputException;
import dev.rackplan.topology.GpuCatalogEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** Which nodes there are, what GPUs they have, and at which leaf switch and in which domain. */
final class NodePlaces {
  private final ClusterFacts facts;
  private final Given given;
  private final List<Note> notes;
  private final GpuCatalog catalog = GpuCatalog.load();
  private final DeviceNames devices = new DeviceNames(catalog);
  private final Map<String, String> leafOf = new TreeMap<>();
  private final Map<String, HostGroup> blockOf = new TreeMap<>();
  private final Set<String> unsaid = new LinkedHashSet<>();

  NodePlaces(ClusterFacts facts, Given given, List<Note> notes) {
    this.facts = facts;
    this.given = given;
    this.notes = notes;
    facts.leaves().forEach(leaf -> leaf.hosts().forEach(host -> leafOf.put(host, leaf.name())));
    facts.blocks().forEach(block -> block.hosts().forEach(host -> blockOf.put(host, block)));
  }

  /** All of them, as they are listed. */
  List<PlacedNode> nodes() {
    List<PlacedNode> nodes = facts.hosts().isEmpty() ? withoutList() : listed();
    if (nodes.isEmpty()) {
      throw new InputException(
          "topology",
          "",
          "no node with GPUs is named",
          "Give nodes' list (scontrol show nodes, kubectl get nodes -o json), or nvidia-smi's output of one.");
    }
    unsaid.forEach(text -> notes.add(new Note(Kind.ASSUMED, text, "")));
    return new DomainsOfNodes(facts, nodes, notes).joined();
  }

  private List<PlacedNode> listed() {
    List<PlacedNode> nodes = new ArrayList<>();
    int without = 0;
    for (HostFacts host : facts.hosts().values()) {
      int gpus = gpus(host.name(), host.gpus());
      if (gpus == 0) {
        without++;
      } else {
        nodes.add(node(host.name(), gpus, Optional.of(host)));
      }
    }
    refuseUnlisted();
    notes.add(
        new Note(
            Kind.READ,
            nodes.size()
                + " nodes with GPUs"
                + (without > 0 ? "; " + without + " without GPUs are left out" : ""),
            ""));
    return nodes;
  }

  // Slurm's network names hosts that the list does not: one of the two is of another day.
  private void refuseUnlisted() {
    List<HostGroup> groups = new ArrayList<>(facts.leaves());
    groups.addAll(facts.blocks());
    for (HostGroup group : groups) {
      for (String host : group.hosts()) {
        if (!facts.hosts().containsKey(host)) {
          throw new InputException(
              "topology",
              group.place(),
              group.name() + " has " + host + ", which the list of nodes does not name",
              "Give both of the same day, and all nodes.");
        }
      }
    }
  }

  private List<PlacedNode> withoutList() {
    List<PlacedNode> nodes = new ArrayList<>();
    List<HostGroup> groups = facts.leaves().isEmpty() ? facts.blocks() : facts.leaves();
    for (HostGroup group : groups) {
      for (String host : group.hosts()) {
        nodes.add(node(host, gpus(host, OptionalInt.empty()), Optional.empty()));
      }
    }
    if (!nodes.isEmpty()) {
      notes.add(
          new Note(
              Kind.ASSUMED,
              "all " + nodes.size() + " nodes of Slurm's network have GPUs",
              "Give scontrol show nodes, too."));
      return nodes;
    }
    if (facts.seen().size() == 1 || given.nodes().isPresent()) {
      int count = given.nodes().orElse(1);
      if (given.nodes().isEmpty()) {
        notes.add(
            new Note(
                Kind.ASSUMED, "there is one node", "Say how many with --nodes, or list them."));
      }
      for (int n = 0; n < count && !facts.seen().isEmpty(); n++) {
        SeenHost host = facts.seen().get(Math.min(n, facts.seen().size() - 1));
        nodes.add(
            new PlacedNode(
                Optional.empty(),
                gpus(host.name(), OptionalInt.empty()),
                gpu(host.name(), Optional.empty()),
                host.query().flatMap(NvidiaQuery::fabric),
                Optional.empty(),
                Optional.empty()));
      }
      return nodes;
    }
    for (SeenHost host : facts.seen()) {
      nodes.add(node(host.name(), gpus(host.name(), OptionalInt.empty()), Optional.empty()));
    }
    return nodes;
  }

  private PlacedNode node(String host, int gpus, Optional<HostFacts> listed) {
    Optional<String> leaf =
        Optional.ofNullable(leafOf.get(host)).or(() -> listed.flatMap(HostFacts::leaf));
    Optional<String> domain =
        listed
            .flatMap(HostFacts::domain)
            .or(() -> seen(host).flatMap(SeenHost::query).flatMap(NvidiaQuery::fabric));
    return new PlacedNode(
        Optional.of(host),
        gpus,
        gpu(host, listed.flatMap(HostFacts::product)),
        domain.or(() -> Optional.ofNullable(blockOf.get(host)).map(HostGroup::name)),
        leaf,
        listed.flatMap(HostFacts::drained));
  }

  // By its file's name; where one host alone was looked at, it stands for all.
  private Optional<SeenHost> seen(String host) {
    return facts.seen().stream().filter(one -> one.name().equals(host.split("\\.")[0])).findFirst();
  }

  private Optional<SeenHost> like(String host) {
    return seen(host)
        .or(() -> facts.seen().size() == 1 ? Optional.of(facts.seen().get(0)) : Optional.empty());
  }

  private int gpus(String host, OptionalInt listed) {
    if (listed.isPresent()) {
      return listed.getAsInt();
    }
    Optional<SeenHost> like = like(host);
    if (like.isPresent() && like.get().gpus().isPresent()) {
      if (seen(host).isEmpty() && !facts.leaves().isEmpty() | !facts.blocks().isEmpty()) {
        unsaid.add("every node has as many GPUs as the one in " + like.get().shown());
      }
      return like.get().gpus().getAsInt();
    }
    return given
        .gpusPerNode()
        .orElseThrow(
            () ->
                new InputException(
                    "topology",
                    "",
                    "no file says how many GPUs " + host + " has",
                    "Give scontrol show nodes or nvidia-smi's output, or --gpus-per-node N."));
  }

  private GpuCatalogEntry gpu(String host, Optional<String> listed) {
    Optional<String> named = given.gpu().or(() -> listed);
    Optional<SeenHost> like = like(host);
    if (named.isEmpty() && like.flatMap(SeenHost::product).isPresent()) {
      named = like.flatMap(SeenHost::product);
      if (seen(host).isEmpty() && !facts.hosts().isEmpty()) {
        unsaid.add("GPUs of nodes that don't say are those in " + like.get().shown());
      }
    }
    if (named.isEmpty()) {
      throw new InputException(
          "topology",
          "",
          "no file says what GPUs " + host + " has",
          "Give nvidia-smi -q (or rocm-smi with --showproductname) of a node, or --gpu NAME.");
    }
    String name = named.get();
    return devices
        .entry(name)
        .orElseThrow(
            () ->
                new InputException(
                    "topology",
                    "",
                    "the GPUs of "
                        + host
                        + " are called \""
                        + name
                        + "\", which no accelerator of the catalogue is",
                    "Give --gpu NAME. Known: " + String.join(", ", catalog.names()) + "."));
  }

  /** Nodes by what {@code key} says of them, in order. */
  static <K> Map<K, List<PlacedNode>> by(List<PlacedNode> nodes, Function<PlacedNode, K> key) {
    Map<K, List<PlacedNode>> groups = new LinkedHashMap<>();
    nodes.forEach(
        node -> groups.computeIfAbsent(key.apply(node), k -> new ArrayList<>()).add(node));
    return groups;
  }
}
