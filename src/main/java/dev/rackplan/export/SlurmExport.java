package dev.rackplan.export;

import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Slurm: a host for each rank, in rank order, and a job that starts them so. */
final class SlurmExport {
  private SlurmExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    Map<String, List<Gpu>> worlds = worlds(deployment);
    worlds.forEach(
        (name, ranks) -> {
          files.add(
              new ExportedFile(
                  "hosts" + name + ".txt",
                  hostFile(deployment, ranks),
                  "host of each rank, a line for each, for SLURM_HOSTFILE"));
        });
    files.add(job(deployment, worlds));
    return """
        For Slurm 20.11 and newer: `sbatch job.sbatch COMMAND…` runs COMMAND once on each host of the plan: an engine's `launch.sh`, which
        starts that host's part of every replica. `PER=rank sbatch job.sbatch COMMAND…` runs it once for each rank, on the hosts of the
        plan and in its order (`--distribution=arbitrary`), for programs that Slurm itself starts; `SLURM_PROCID` is then the rank in
        the replica, `RACKPLAN_REPLICA` the replica. The job ends with the first status that is not 0. Ranks run stage by stage; in
        training all data-parallel instances of a stage come first (Megatron's order tp-cp-ep-dp-pp), in serving each replica is a world
        of its own. With Open MPI: `mpirun --hostfile FILE --map-by seq --bind-to none`, as a rankfile's slots are cores. Slurm places
        ranks, not experts: export for the engine too.
        """;
  }

  // Training is one world; each serving replica is one.
  private static Map<String, List<Gpu>> worlds(Deployment deployment) {
    Map<String, List<Gpu>> worlds = new LinkedHashMap<>();
    if (deployment.training()) {
      worlds.put("", deployment.ranksByStage());
    } else {
      for (int replica = 0; replica < deployment.layout().replicas(); replica++) {
        worlds.put("-replica-" + replica, deployment.ranksOfInstance(replica));
      }
    }
    return worlds;
  }

  /** A line for each rank. */
  static String hostFile(Deployment deployment, List<Gpu> ranks) {
    StringBuilder text = new StringBuilder();
    for (Gpu gpu : ranks) {
      text.append(deployment.host(gpu)).append('\n');
    }
    return text.toString();
  }

  private static ExportedFile job(Deployment deployment, Map<String, List<Gpu>> worlds) {
    Map<String, Integer> tasks = new TreeMap<>();
    List<String> starts = new ArrayList<>();
    int ranks = 0;
    for (var world : worlds.entrySet()) {
      for (Gpu gpu : world.getValue()) {
        tasks.merge(deployment.host(gpu), 1, Integer::sum);
      }
      ranks += world.getValue().size();
      starts.add(
          "  start "
              + starts.size()
              + " hosts"
              + world.getKey()
              + ".txt "
              + world.getValue().size()
              + " \"$@\"");
    }
    String text =
        """
        #!/usr/bin/env bash
        #SBATCH --job-name=NAME
        #SBATCH --nodes=NODES
        #SBATCH --ntasks=TASKS
        #SBATCH --gpus-per-node=DEVICES
        #SBATCH --nodelist=LIST
        #SBATCH --exclusive
        # sbatch job.sbatch COMMAND...            from this folder: COMMAND once on each host, such as an engine's launch.sh
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
        if [[ ${PER:-host} == rank ]]; then
        STARTS
        else
          watched "$1" srun --nodes=NODES --ntasks=NODES --ntasks-per-node=1 --cpu-bind=none "$@" &
          pids+=("$!")
        fi
        gather
        """
            .replace("GATHER", LaunchScript.GATHER.replace("SCRIPT", "job.sbatch"))
            .replace("NAME", deployment.name())
            .replace("NODES", String.valueOf(tasks.size()))
            .replace("TASKS", String.valueOf(ranks))
            .replace(
                "DEVICES",
                String.valueOf(tasks.values().stream().max(Integer::compare).orElseThrow()))
            .replace("LIST", String.join(",", tasks.keySet()))
            .replace("STARTS", String.join("\n", starts));
    return new ExportedFile("job.sbatch", text, "batch script");
  }
}
