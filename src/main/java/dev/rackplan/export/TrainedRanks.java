package dev.rackplan.export;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.workload.Training;
import java.util.List;

/** What all training frameworks' exports share: what none of them can run, hosts and launch. */
final class TrainedRanks {
  private static final int PORT = 29500;

  private TrainedRanks() {}

  /**
   * How the plan trains.
   *
   * @param title of the framework
   * @throws ExportRefusal where the plan serves, or places experts otherwise than in order
   */
  static Training training(Deployment deployment, String title) {
    if (!deployment.training()) {
      throw new ExportRefusal(
          title + " trains; the plan serves",
          "Export for sglang, vllm, trtllm, slurm, kubernetes, llm-d or dynamo.");
    }
    if (deployment.hasMaps()) {
      refuseOwnPlacement(deployment, title);
    }
    return deployment.layout().training(deployment.problem().workload()).orElseThrow();
  }

  private static void refuseOwnPlacement(Deployment deployment, String title) {
    if (deployment.layout().redundantExperts() > 0) {
      throw new ExportRefusal(
          title
              + " has no redundant experts; the plan has "
              + deployment.layout().redundantExperts(),
          "Solve with redundantExperts 0.");
    }
    for (var entry : deployment.plan().experts().entrySet()) {
      ExpertMap map = entry.getValue();
      for (int slot = 0; slot < map.slots(); slot++) {
        if (map.expert(slot) != slot) {
          throw new ExportRefusal(
              title
                  + " places experts in order; layer "
                  + entry.getKey()
                  + " has expert "
                  + map.expert(slot)
                  + " in slot "
                  + slot,
              "Export with --without-experts: which expert is which is free before training.");
        }
      }
    }
  }

  /** Sequences of a micro-batch on one data-parallel rank. */
  static int microBatch(Deployment deployment) {
    return deployment.layout().sequencesPerMicroBatch() / deployment.layout().attentionRanks();
  }

  /** Tokens of a sequence. */
  static long sequenceTokens(Deployment deployment) {
    return Math.round(deployment.problem().workload().contexts().computedTokens());
  }

  /**
   * Adds the hosts in rank order and the script that starts each one's part by torchrun.
   *
   * @param setup lines that read the framework's arguments
   * @param program and its arguments, after torchrun's own; {@code extra} holds the user's
   */
  static void addLaunch(
      Deployment deployment, List<ExportedFile> files, String setup, String program) {
    var ranks = deployment.ranks().byStage();
    files.add(
        new ExportedFile(
            "hosts.txt",
            SlurmExport.hostFile(deployment, ranks),
            "host of each rank in the framework's order"));
    var hosts = deployment.ranks().byHost(ranks);
    files.add(
        LaunchScript.of(
            List.of(hosts),
            deployment.layout().replicas() * deployment.layout().gpusPerStage(),
            LaunchScript.FIRST_PORT,
            setup + "read -r -a extra <<< \"${EXTRA:-}\"\n",
            Accelerators.of(deployment).variable(),
            new LaunchScript.Start(
                "",
                "",
                """
                torchrun --nnodes %d --node-rank "$node_rank" --nproc-per-node %d \\
                  --master-addr "$head" --master-port %d \\
                  %s
                """
                    .formatted(hosts.size(), hosts.get(0).devices().size(), PORT, program))));
  }
}
