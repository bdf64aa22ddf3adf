package dev.rackplan.inventory;

import dev.rackplan.json.InputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Everything that the files say, before it is fitted together.
 *
 * @param hosts that a list of nodes names, by name, in its order; empty without a list
 * @param leaves hosts under each leaf switch
 * @param blocks hosts of each of Slurm's blocks
 * @param upperSwitches above leaves
 * @param rails leaf switches that each node hangs at
 * @param seen hosts that were looked at
 */
record ClusterFacts(
    Map<String, HostFacts> hosts,
    List<HostGroup> leaves,
    List<HostGroup> blocks,
    int upperSwitches,
    int rails,
    List<SeenHost> seen) {

  static ClusterFacts of(List<ToolOutput> outputs) {
    Map<String, HostFacts> hosts = new LinkedHashMap<>();
    List<SeenHost> looks = new ArrayList<>();
    List<HostGroup> leaves = new ArrayList<>();
    List<HostGroup> blocks = new ArrayList<>();
    int upper = 0;
    int rails = 1;
    for (ToolOutput output : outputs) {
      switch (output.kind()) {
        case NVIDIA_MATRIX -> looks.add(matrix(output));
        case NVIDIA_QUERY -> looks.add(query(output));
        case ROCM -> looks.add(rocm(output));
        case SLURM_TOPOLOGY, SLURM_YAML -> {
          SlurmTree tree = SlurmTree.read(output);
          if (!leaves.isEmpty() && !tree.leaves().isEmpty()
              || !blocks.isEmpty() && !tree.blocks().isEmpty()) {
            throw new InputException(
                output.shown(), "", "is a second network of Slurm", "Give one.");
          }
          leaves.addAll(tree.leaves());
          blocks.addAll(tree.blocks());
          upper += tree.upper();
          rails = Math.max(rails, tree.rails());
        }
        case SLURM_NODES -> SlurmNodes.read(output).forEach(host -> add(hosts, host, output));
        case KUBERNETES -> KubernetesNodes.read(output).forEach(host -> add(hosts, host, output));
      }
    }
    return new ClusterFacts(hosts, leaves, blocks, upper, rails, together(looks));
  }

  private static SeenHost matrix(ToolOutput output) {
    return new SeenHost(
        output.host(),
        output.shown(),
        Optional.of(NvidiaMatrix.read(output)),
        Optional.empty(),
        Optional.empty());
  }

  private static SeenHost query(ToolOutput output) {
    NvidiaQuery query = NvidiaQuery.read(output);
    return new SeenHost(
        output.host(),
        output.shown(),
        Optional.empty(),
        Optional.of(query),
        Optional.of(query.product()));
  }

  private static SeenHost rocm(ToolOutput output) {
    RocmTopology rocm = RocmTopology.read(output);
    return new SeenHost(
        output.host(), output.shown(), Optional.of(rocm.links()), Optional.empty(), rocm.product());
  }

  // Files of one name are of one host; so are the only matrix and the only query.
  private static List<SeenHost> together(List<SeenHost> looks) {
    long matrices = looks.stream().filter(look -> look.links().isPresent()).count();
    long queries = looks.stream().filter(look -> look.query().isPresent()).count();
    boolean onePair = matrices <= 1 && queries <= 1;
    Map<String, SeenHost> hosts = new LinkedHashMap<>();
    for (SeenHost look : looks) {
      hosts.merge(onePair ? "" : look.name(), look, SeenHost::and);
    }
    for (SeenHost host : hosts.values()) {
      refuseUnlike(host);
    }
    return List.copyOf(hosts.values());
  }

  private static void refuseUnlike(SeenHost host) {
    int links = host.links().map(GpuLinks::gpus).orElse(0);
    int query = host.query().map(NvidiaQuery::gpus).orElse(links);
    if (links > 0 && links != query) {
      throw new InputException(
          host.shown(),
          "",
          "say " + links + " and " + query + " GPUs of one host",
          "Name the files of each host after it: gpu1.topo.txt, gpu1.q.txt, gpu2.topo.txt, …");
    }
  }

  private static void add(Map<String, HostFacts> hosts, HostFacts host, ToolOutput output) {
    HostFacts before = hosts.get(host.name());
    if (before == null) {
      hosts.put(host.name(), host);
      return;
    }
    if (before.place().startsWith(output.shown() + ": ")) {
      throw new InputException(
          output.shown(),
          host.place().substring(output.shown().length() + 2),
          "names " + host.name() + " a second time",
          "Keep one of the two.");
    }
    if (before.gpus().isPresent()
        && host.gpus().isPresent()
        && before.gpus().getAsInt() != host.gpus().getAsInt()) {
      throw new InputException(
          output.shown(),
          host.place().substring(output.shown().length() + 2),
          "says "
              + host.gpus().getAsInt()
              + " GPUs of "
              + host.name()
              + "; "
              + before.place()
              + " says "
              + before.gpus().getAsInt(),
          "Correct the one that is wrong, or leave it out.");
    }
    OptionalInt gpus = before.gpus().isPresent() ? before.gpus() : host.gpus();
    hosts.put(
        host.name(),
        new HostFacts(
            host.name(),
            before.place(),
            gpus,
            before.product().or(host::product),
            before.domain().or(host::domain),
            before.leaf().or(host::leaf),
            before.drained().or(host::drained)));
  }
}
