package dev.rackplan.export;

import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Slurm: a host for each rank, in rank order, and a job that starts them so.
 *
 * <p>Hosts of which the plan has unlike numbers of GPUs are components of a heterogeneous job, so
 * that no more GPUs are asked for than the plan has.
 */
final class SlurmExport {
  private SlurmExport() {}

  /**
   * Ranks that are one program.
   *
   * @param suffix of its host file
   * @param hosts of each rank
   */
  private record World(String suffix, List<String> hosts) {}

  static String write(String name, List<Deployment> pools, List<ExportedFile> files) {
    List<World> worlds = new ArrayList<>();
    pools.forEach(pool -> worlds.addAll(worlds(pool)));
    for (World world : worlds) {
      files.add(
          new ExportedFile(
              "hosts" + world.suffix() + ".txt",
              lines(world.hosts()),
              "host of each rank, a line for each, for SLURM_HOSTFILE"));
    }
    files.add(job(name, worlds));
    return """
        For Slurm 20.11 and newer: `sbatch job.sbatch COMMAND…` runs COMMAND once on each host of the plan: an engine's `launch.sh`, which
        starts that host's part of every replica. `ROUTER=COMMAND sbatch job.sbatch …` also runs the engine's `router.sh`, once, on the
        job's first host, until all others have ended. `PER=rank sbatch job.sbatch COMMAND…` runs it once for each rank, on the hosts of the
        plan and in its order (`--distribution=arbitrary`), for programs that Slurm itself starts; `SLURM_PROCID` is then the rank in
        the replica, `RACKPLAN_REPLICA` the replica. The job ends with the first status that is not 0. Ranks run stage by stage; in
        training all data-parallel instances of a stage come first (Megatron's order tp-cp-ep-dp-pp), in serving each replica is a world
        of its own. With Open MPI: `mpirun --hostfile FILE --map-by seq --bind-to none`, as a rankfile's slots are cores. Slurm places
        ranks, not experts: export for the engine too.
        """;
  }

  // Training is one world; each serving replica is one.
  private static List<World> worlds(Deployment deployment) {
    if (deployment.training()) {
      return List.of(new World("", hosts(deployment, deployment.ranks().byStage())));
    }
    String pool = deployment.place().isOneOfSeveral() ? "-" + deployment.place().word() : "";
    List<World> worlds = new ArrayList<>();
    for (int replica = 0; replica < deployment.layout().replicas(); replica++) {
      worlds.add(
          new World(
              pool + "-replica-" + replica,
              hosts(deployment, deployment.ranks().ofInstance(replica))));
    }
    return worlds;
  }

  private static List<String> hosts(Deployment deployment, List<Gpu> ranks) {
    return ranks.stream().map(deployment.ranks()::host).toList();
  }

  /** A line for each rank. */
  static String hostFile(Deployment deployment, List<Gpu> ranks) {
    return lines(hosts(deployment, ranks));
  }

  private static String lines(List<String> hosts) {
    return String.join("\n", hosts) + "\n";
  }

  // Hosts by their GPUs in the plan, those with the most first.
  private static List<List<String>> components(Map<String, Integer> gpusOfHosts) {
    TreeMap<Integer, List<String>> components = new TreeMap<>(Collections.reverseOrder());
    gpusOfHosts.forEach(
        (host, gpus) -> components.computeIfAbsent(gpus, none -> new ArrayList<>()).add(host));
    return List.copyOf(components.values());
  }

  private static ExportedFile job(String name, List<World> worlds) {
    Map<String, Integer> gpusOfHosts = new TreeMap<>();
    worlds.forEach(
        world -> world.hosts().forEach(host -> gpusOfHosts.merge(host, 1, Integer::sum)));
    List<List<String>> components = components(gpusOfHosts);
    String template =
        """
        #!/usr/bin/env bash
        #SBATCH --job-name=NAME
        RESOURCES# sbatch job.sbatch COMMAND...            from this folder: COMMAND once on each host, such as an engine's launch.sh
        # ROUTER=COMMAND sbatch job.sbatch ...    the same, and the engine's router.sh once
        # PER=rank sbatch job.sbatch COMMAND...   COMMAND once for each rank
        # Ends with the first status that is not 0.
        set -euo pipefail
        if (($# == 0)); then
          echo 'job.sbatch: give the command that each host runs, such as an engine'\\''s launch.sh' >&2
          exit 2
        fi
        cd "$SLURM_SUBMIT_DIR"
        GATHERstart() {
          local replica=$1 hosts=$2 ranks=$3
          shift 3
          RACKPLAN_REPLICA=$replica SLURM_HOSTFILE=$hosts watched "replica $replica" \\
            srun --overlap --distribution=arbitrary --ntasks="$ranks" "$@" &
          pids+=("$!")
        }
        if [[ -n ${ROUTER:-} ]]; then
          watched router "$ROUTER" &
          trap 'kill -TERM '"$!"' 2>/dev/null || true' EXIT
        fi
        if [[ ${PER:-host} == rank ]]; then
        STARTS
        else
        HOSTSTARTSfi
        gather
        """;
    String text =
        ScriptText.filled(
            template,
            Map.of(
                "GATHER",
                LaunchScript.gather("job.sbatch"),
                "NAME",
                ScriptText.word(name),
                "RESOURCES",
                resources(components, gpusOfHosts),
                "HOSTSTARTS",
                onHosts(components),
                "STARTS",
                onRanks(worlds, components)));
    return new ExportedFile("job.sbatch", text, "batch script");
  }

  private static String resources(List<List<String>> components, Map<String, Integer> gpusOfHosts) {
    List<String> texts = new ArrayList<>();
    for (List<String> hosts : components) {
      int gpus = gpusOfHosts.get(hosts.get(0));
      texts.add(
          """
          #SBATCH --nodes=%d
          #SBATCH --ntasks=%d
          #SBATCH --gpus-per-node=%d
          #SBATCH --nodelist=%s
          #SBATCH --exclusive
          """
              .formatted(hosts.size(), hosts.size() * gpus, gpus, String.join(",", hosts)));
    }
    return String.join("#SBATCH hetjob\n", texts);
  }

  private static String onHosts(List<List<String>> components) {
    StringBuilder text = new StringBuilder();
    for (int component = 0; component < components.size(); component++) {
      int nodes = components.get(component).size();
      text.append("  watched \"$1\" srun ")
          .append(components.size() == 1 ? "" : "--het-group=" + component + " ")
          .append("--nodes=")
          .append(nodes)
          .append(" --ntasks=")
          .append(nodes)
          .append(" --ntasks-per-node=1 --cpu-bind=none \"$@\" &\n  pids+=(\"$!\")\n");
    }
    return text.toString();
  }

  private static String onRanks(List<World> worlds, List<List<String>> components) {
    List<String> starts = new ArrayList<>();
    for (World world : worlds) {
      OptionalInt component = component(world, components);
      if (component.isEmpty()) {
        return """
              echo 'job.sbatch: a replica has hosts of which the plan has unlike numbers of GPUs; leave PER out' >&2
              exit 2"""
            .stripTrailing();
      }
      String group = components.size() == 1 ? "" : "--het-group=" + component.getAsInt() + " ";
      starts.add(
          "  start "
              + starts.size()
              + " hosts"
              + world.suffix()
              + ".txt "
              + world.hosts().size()
              + " "
              + group
              + "\"$@\"");
    }
    return String.join("\n", starts);
  }

  // The one that holds all hosts of a world.
  private static OptionalInt component(World world, List<List<String>> components) {
    for (int component = 0; component < components.size(); component++) {
      if (components.get(component).containsAll(world.hosts())) {
        return OptionalInt.of(component);
      }
    }
    return OptionalInt.empty();
  }
}
