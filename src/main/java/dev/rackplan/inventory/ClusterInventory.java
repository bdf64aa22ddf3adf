package dev.rackplan.inventory;

import dev.rackplan.inventory.Note.Kind;
import dev.rackplan.json.InputException;
import dev.rackplan.topology.GpuCatalogEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A cluster as its own tools tell it.
 *
 * @param tree the topology file, as plain values
 * @param notes where each fact of it comes from
 * @param hosts host by full name of its node
 * @param cliques NVLink domain over nodes by full name of a node in one
 * @param gpus in all
 */
public record ClusterInventory(
    Map<String, Object> tree,
    List<Note> notes,
    Map<String, String> hosts,
    Map<String, String> cliques,
    int gpus) {

  /**
   * A file to read.
   *
   * @param file where it lies
   * @param shown the path as the user gave it
   */
  public record Source(Path file, String shown) {}

  /**
   * Reads what tools printed, each into a file of its own.
   *
   * @throws InputException where a file is torn, two say different things, or nobody says what is
   *     needed
   */
  public static ClusterInventory read(List<Source> sources, Given given) {
    List<ToolOutput> outputs = new ArrayList<>();
    sources.forEach(source -> outputs.add(ToolOutput.read(source.file(), source.shown())));
    List<Note> notes = new ArrayList<>();
    outputs.forEach(
        output ->
            notes.add(new Note(Kind.READ, output.shown() + ": " + output.kind().command(), "")));
    ClusterFacts facts = ClusterFacts.of(outputs);
    List<PlacedNode> nodes = new NodePlaces(facts, given, notes).nodes();
    noteNetwork(facts, nodes, notes);
    List<GpuCatalogEntry> kinds = nodes.stream().map(PlacedNode::gpu).distinct().toList();
    HostPort port = HostPort.CATALOGUE;
    HostNics nics = HostNics.ofShares(OptionalDouble.empty());
    if (kinds.size() == 1) {
      port = port(facts, kinds.get(0), notes);
      int gpus = nodes.get(0).gpus();
      Optional<GpuLinks> links =
          facts.seen().stream().map(SeenHost::links).flatMap(Optional::stream).findFirst();
      nics =
          HostLinks.nics(links, links.map(GpuLinks::gpus).orElse(gpus), kinds.get(0), given, notes);
    } else {
      notes.add(
          new Note(
              Kind.UNKNOWN,
              "links of a cluster of several kinds of GPUs: "
                  + kinds.stream().map(GpuCatalogEntry::name).collect(Collectors.joining(", ")),
              "Give scaleOut where the catalogue's NICs of these differ, and scaleUp of each rack or domain."));
    }
    noteDrained(nodes, notes);
    int rails = rails(facts, given, nodes, notes);
    TopologyTree tree = new TopologyTree(nodes, given, port, nics, rails);
    Map<String, Object> file = tree.tree(description(notes));
    return new ClusterInventory(
        file,
        List.copyOf(notes),
        new TreeMap<>(tree.hosts()),
        new TreeMap<>(tree.cliques()),
        nodes.stream().mapToInt(PlacedNode::gpus).sum());
  }

  // Hosts that were looked at must agree, as the file has one rate for all.
  private static HostPort port(ClusterFacts facts, GpuCatalogEntry gpu, List<Note> notes) {
    HostPort first = HostPort.CATALOGUE;
    String shown = "";
    for (SeenHost host : facts.seen()) {
      if (host.links().isEmpty()) {
        continue;
      }
      List<Note> own = new ArrayList<>();
      HostPort port = HostLinks.port(host, gpu, own);
      if (shown.isEmpty()) {
        first = port;
        shown = host.shown();
        notes.addAll(own);
      } else if (!port.equals(first)) {
        throw new InputException(
            host.shown(),
            "",
            "has other links between GPUs than " + shown,
            "A link of one may be down: compare them; or make two topologies.");
      }
    }
    return first;
  }

  private static void noteNetwork(ClusterFacts facts, List<PlacedNode> nodes, List<Note> notes) {
    long leaves = nodes.stream().map(PlacedNode::leaf).distinct().count();
    boolean known = nodes.stream().anyMatch(node -> node.leaf().isPresent());
    if (!known && nodes.size() > 1) {
      notes.add(
          new Note(
              Kind.ASSUMED,
              "all nodes hang at one leaf switch",
              "Give Slurm's topology.conf or topology.yaml, or topograph's labels."));
    }
    long loose = nodes.stream().filter(node -> known && node.leaf().isEmpty()).count();
    if (loose > 0) {
      notes.add(
          new Note(
              Kind.ASSUMED,
              loose + " nodes that no leaf switch has are one rack of their own",
              "Put them right in the file."));
    }
    if (known && leaves > 1) {
      notes.add(
          new Note(
              Kind.ASSUMED,
              "leaf switches pass on all that their nodes send (oversubscription 1); no tool says their uplinks"
                  + (facts.upperSwitches() > 0
                      ? ", and of "
                          + facts.upperSwitches()
                          + " switches above them the file has one spine"
                      : ""),
              "Set scaleOut.oversubscription."));
    }
  }

  // Slurm's network says them by nodes under several leaf switches, a NIC at each.
  private static int rails(
      ClusterFacts facts, Given given, List<PlacedNode> nodes, List<Note> notes) {
    if (given.rails().isPresent()) {
      int rails = given.rails().getAsInt();
      if (facts.rails() > 1 && facts.rails() != rails) {
        throw new InputException(
            "topology",
            "",
            "--rails says "
                + rails
                + ", Slurm's network has each node under "
                + facts.rails()
                + " leaf switches",
            "Leave --rails out, or correct Slurm's file.");
      }
      return rails;
    }
    if (facts.rails() > 1) {
      notes.add(
          new Note(
              Kind.READ,
              "each node hangs at "
                  + facts.rails()
                  + " leaf switches: "
                  + facts.rails()
                  + " rails, taken in the order of their lines",
              ""));
      return facts.rails();
    }
    boolean each =
        facts.seen().stream()
            .map(SeenHost::links)
            .flatMap(Optional::stream)
            .anyMatch(links -> links.gpus() > 1 && links.nearNicCount() >= links.gpus());
    if (each && nodes.size() > 1) {
      notes.add(
          new Note(
              Kind.UNKNOWN,
              "whether the NICs of a node, one near each GPU, hang at leaf switches of their own (rails); the file has none",
              "Say --rails N where they do."));
    }
    return 1;
  }

  private static void noteDrained(List<PlacedNode> nodes, List<Note> notes) {
    List<PlacedNode> out = nodes.stream().filter(node -> node.drained().isPresent()).toList();
    if (!out.isEmpty()) {
      notes.add(
          new Note(
              Kind.READ,
              out.size()
                  + " nodes are drained, the first "
                  + out.get(0).host().orElse("")
                  + " ("
                  + out.get(0).drained().get()
                  + ")",
              "Take them out of drained when they are back."));
    }
  }

  private static String description(List<Note> notes) {
    return "Made by rackplan topology. "
        + notes.stream()
            .filter(note -> note.kind() != Kind.READ)
            .map(
                note ->
                    (note.kind() == Kind.ASSUMED ? "Assumed: " : "Not known: ") + note.text() + ".")
            .collect(Collectors.joining(" "));
  }
}
