package dev.rackplan.export;

import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The GPUs and hosts that a deployment's ranks run on, in the order in which engines count them.
 *
 * @param topology of the plan's GPUs
 * @param plan whose stages name them
 * @param hosts what nodes are called
 */
record DeploymentRanks(Topology topology, Plan plan, HostNames hosts) {
  /** GPUs of one instance in rank order: stage by stage. */
  List<Gpu> ofInstance(int instance) {
    List<Gpu> ranks = new ArrayList<>();
    for (Stage stage : plan.stages()) {
      ranks.addAll(ofStage(stage, instance));
    }
    return ranks;
  }

  /** GPUs of one instance's copy of a stage in rank order. */
  List<Gpu> ofStage(Stage stage, int instance) {
    return stage.gpusOfInstance(instance, plan.layout().gpusPerStage()).stream()
        .map(topology.gpus()::get)
        .toList();
  }

  /** All GPUs of the deployment in Megatron's order: stage by stage, in each all instances. */
  List<Gpu> byStage() {
    List<Gpu> ranks = new ArrayList<>();
    for (Stage stage : plan.stages()) {
      stage.gpus().forEach(gpu -> ranks.add(topology.gpus().get(gpu)));
    }
    return ranks;
  }

  /**
   * The same GPUs by host.
   *
   * @throws ExportRefusal where a host's ranks are not in a row, or hosts have unequally many
   */
  List<HostRanks> byHost(List<Gpu> ranks) {
    List<HostRanks> rows = rows(ranks);
    refuseApart(rows);
    refuseUneven(rows);
    return rows;
  }

  private List<HostRanks> rows(List<Gpu> ranks) {
    List<HostRanks> rows = new ArrayList<>();
    int first = 0;
    while (first < ranks.size()) {
      int end = first;
      List<Integer> devices = new ArrayList<>();
      var node = topology.nodes().get(ranks.get(first).node());
      while (end < ranks.size() && ranks.get(end).node() == node.index()) {
        devices.add(node.gpus().indexOf(ranks.get(end).index()));
        end++;
      }
      rows.add(new HostRanks(node.name(), host(ranks.get(first)), first, devices));
      first = end;
    }
    return rows;
  }

  /** GPUs of all instances. */
  int gpus() {
    return plan.stages().stream().mapToInt(stage -> stage.gpus().size()).sum();
  }

  /**
   * The same for launchers of which a host may run several: equally many ranks in each, as many as
   * divide what each host has. Engines count launchers, not hosts.
   *
   * @throws ExportRefusal where a host's ranks are not in a row
   */
  List<HostRanks> byLauncher(List<Gpu> ranks) {
    List<HostRanks> rows = rows(ranks);
    refuseApart(rows);
    int each = rows.stream().mapToInt(row -> row.devices().size()).reduce(0, DeploymentRanks::gcd);
    return rows.stream().flatMap(row -> row.inParts(each).stream()).toList();
  }

  private static int gcd(int one, int other) {
    return other == 0 ? one : gcd(other, one % other);
  }

  /** First host of an instance, which answers for it. */
  String headOfInstance(int instance) {
    return rows(ofInstance(instance)).get(0).host();
  }

  /** Launchers of the first instance. */
  List<HostRanks> launchersOfInstance() {
    return byLauncher(ofInstance(0));
  }

  /** Whether a host runs several launchers of the first instance. */
  boolean sharesHosts() {
    List<HostRanks> launchers = launchersOfInstance();
    return launchers.stream().map(HostRanks::node).distinct().count() < launchers.size();
  }

  /**
   * Stages whose pods are scheduled together: each by itself, or all where one host has ranks of
   * several. GPUs of two pods reach each other over the network only.
   */
  List<List<Stage>> podSets() {
    int apart = plan.stages().stream().mapToInt(stage -> hostsOf(List.of(stage)).size()).sum();
    return launchersOfInstance().size() < apart
        ? List.of(plan.stages())
        : plan.stages().stream().map(List::of).toList();
  }

  /**
   * Pods of the first instance's part of these stages.
   *
   * @throws ExportRefusal where GPUs of a stage would be in two pods of a host
   */
  List<HostRanks> hostsOf(List<Stage> stages) {
    for (Stage stage : stages) {
      List<HostRanks> pods = byLauncher(ofStage(stage, 0));
      if (pods.stream().map(HostRanks::node).distinct().count() < pods.size()) {
        throw new ExportRefusal(
            "GPUs of a stage would be in several pods of "
                + pods.get(0).node()
                + ", as its hosts have unequally many of them; pods reach each other over the"
                + " network only",
            "Export for slurm, or run launch.sh of the engine's export.");
      }
    }
    return byLauncher(stages.stream().flatMap(stage -> ofStage(stage, 0).stream()).toList());
  }

  /** Hosts of the first instance, one pod each. */
  List<HostRanks> podsOfInstance() {
    return podSets().stream().flatMap(stages -> hostsOf(stages).stream()).toList();
  }

  /** Whether an instance has GPUs on several nodes of one NVLink domain. */
  boolean spansNodesOfDomain() {
    List<Gpu> gpus = ofInstance(0);
    return gpus.stream().map(Gpu::node).distinct().count()
        > gpus.stream().map(Gpu::domain).distinct().count();
  }

  /** Whether an instance has GPUs in several NVLink domains. */
  boolean spansDomains() {
    return ofInstance(0).stream().map(Gpu::domain).distinct().count() > 1;
  }

  private static void refuseApart(List<HostRanks> rows) {
    TreeSet<String> seen = new TreeSet<>();
    for (HostRanks row : rows) {
      if (!seen.add(row.node())) {
        throw new ExportRefusal(
            "ranks of " + row.node() + " are not in a row, as launchers start them",
            "Export for slurm, whose host file names every rank's host.");
      }
    }
  }

  private static void refuseUneven(List<HostRanks> rows) {
    for (HostRanks row : rows) {
      if (row.devices().size() != rows.get(0).devices().size()) {
        throw new ExportRefusal(
            row.node()
                + " has "
                + row.devices().size()
                + " ranks and "
                + rows.get(0).node()
                + " has "
                + rows.get(0).devices().size()
                + "; launchers start equally many on each",
            "Export for slurm, whose host file names every rank's host.");
      }
    }
  }

  /** What the host of a GPU is called. */
  String host(Gpu gpu) {
    return hosts.host(topology.nodes().get(gpu.node()).name());
  }
}
