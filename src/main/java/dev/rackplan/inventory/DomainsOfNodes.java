package dev.rackplan.inventory;

import dev.rackplan.inventory.Note.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which nodes share a scale-up domain: as labels, the fabric or Slurm's blocks say, as far as the
 * accelerator's domains reach; where nobody says it and they reach over nodes, as they are usually
 * built.
 */
final class DomainsOfNodes {
  private final ClusterFacts facts;
  private final List<PlacedNode> nodes;
  private final List<Note> notes;

  DomainsOfNodes(ClusterFacts facts, List<PlacedNode> nodes, List<Note> notes) {
    this.facts = facts;
    this.nodes = nodes;
    this.notes = notes;
  }

  /** The nodes, each with its domain, if that reaches over nodes. */
  List<PlacedNode> joined() {
    Map<String, Integer> gpus = new LinkedHashMap<>();
    nodes.forEach(
        node -> node.domain().ifPresent(name -> gpus.merge(name, node.gpus(), Integer::sum)));
    List<PlacedNode> joined = new ArrayList<>();
    List<String> tooLarge = new ArrayList<>();
    for (PlacedNode node : nodes) {
      Optional<String> domain = node.domain();
      int most = node.gpu().scaleUpDomainGpus();
      if (domain.isPresent() && gpus.get(domain.get()) > Math.max(most, node.gpus())) {
        if (!tooLarge.contains(domain.get())) {
          tooLarge.add(domain.get());
        }
        joined.add(leafOfBlock(node));
      } else {
        joined.add(node);
      }
    }
    if (!tooLarge.isEmpty()) {
      notes.add(
          new Note(
              Kind.ASSUMED,
              "groups of more GPUs than a scale-up domain has are no domains ("
                  + tooLarge.get(0)
                  + (tooLarge.size() > 1 ? " and " + (tooLarge.size() - 1) + " more" : "")
                  + ")",
              "Where they are, correct the domains in the file."));
    }
    return usual(joined);
  }

  // A block that is no domain is what hangs at one leaf switch, where nothing else says that.
  private PlacedNode leafOfBlock(PlacedNode node) {
    boolean block = facts.blocks().stream().anyMatch(b -> b.name().equals(node.domain().get()));
    return node.leaf().isEmpty() && block
        ? new PlacedNode(
            node.host(), node.gpus(), node.gpu(), Optional.empty(), node.domain(), node.drained())
        : node.alone();
  }

  // Racks of trays, where no tool says which trays are one rack.
  private List<PlacedNode> usual(List<PlacedNode> joined) {
    List<PlacedNode> all = new ArrayList<>();
    Map<String, Integer> filled = new LinkedHashMap<>();
    boolean guessed = false;
    for (PlacedNode node : joined) {
      int most = node.gpu().scaleUpDomainGpus();
      if (node.domain().isPresent() || most <= node.gpus() || !reachesOverNodes(node)) {
        all.add(node);
        continue;
      }
      guessed = true;
      String leaf = node.leaf().orElse("nvlink");
      int before = filled.merge(leaf, node.gpus(), Integer::sum) - node.gpus();
      all.add(node.withDomain(leaf + "-domain-" + before / most));
    }
    if (guessed) {
      notes.add(
          new Note(
              Kind.ASSUMED,
              "nodes share scale-up domains in their order, as many as fill one",
              "Give labels nvidia.com/gpu.clique (kubectl get nodes -o json), Slurm's blocks, or nvidia-smi -q of each node."));
    }
    return all;
  }

  // Servers of up to eight GPUs are domains of their own; so is a smaller one with fewer.
  private static boolean reachesOverNodes(PlacedNode node) {
    return node.gpu().scaleUpDomainGpus() > 16;
  }
}
