package dev.rackplan.export;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Stage;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;

/**
 * Megatron-LM: degrees, {@code --pipeline-model-parallel-layout}, and the hosts in its rank order
 * tp-cp-ep-dp-pp.
 */
final class MegatronExport {
  /** File of its arguments. */
  static final String ARGUMENTS = "arguments.txt";

  private static final int PORT = 29500;

  private MegatronExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    if (!deployment.training()) {
      throw new ExportRefusal(
          "Megatron-LM trains; the plan serves", "Export for sglang, vllm, trtllm or kubernetes.");
    }
    if (deployment.hasMaps()) {
      refuseOwnPlacement(deployment);
    }
    Training training = deployment.layout().training(deployment.problem().workload()).orElseThrow();
    files.add(
        new ExportedFile(
            ARGUMENTS,
            String.join("\n", arguments(deployment, training)) + "\n",
            "what the plan decides, for Megatron's command line"));
    files.add(
        new ExportedFile(
            "hosts.txt",
            SlurmExport.hostFile(deployment, deployment.ranksByStage()),
            "host of each rank in Megatron's order"));
    files.add(
        LaunchScript.of(
            List.of(deployment.hostRanks(deployment.ranksByStage())),
            deployment.layout().replicas() * deployment.layout().gpusPerStage(),
            LaunchScript.FIRST_PORT,
            "mapfile -t arguments < <(xargs -n 1 < arguments.txt)\n"
                + "read -r -a extra <<< \"${EXTRA:-}\"\n",
            "CUDA_VISIBLE_DEVICES",
            new LaunchScript.Start("", "", launch(deployment))));
    return """
    `--pipeline-model-parallel-layout` came with core 0.13. `launch.sh` starts `$TRAIN` (a script such as
    pretrain_gpt.py) on every host by torchrun, in rank order: the plan's instances are the data-parallel ranks. Model, data and
    optimizer arguments are yours to add: `EXTRA="--num-layers … --hidden-size …"`. Megatron numbers experts in order over the
    ranks and has no redundant ones. Nothing here waits for a merge.
    """
        + (training.recompute() == Recompute.POINTWISE && deployment.plan().experts().isEmpty()
            ? "\n"
                + "Megatron recomputes a dense FFN's activation function with the whole FFN"
                + " (`mlp`): it takes longer than the plan says.\n"
            : "")
        + (training.schedule() == PipelineSchedule.INTERLEAVED
            ? "\nEach stage's layers are dealt to "
                + training.virtualStages()
                + " chunks; chunk a of rank b is Megatron's virtual stage a·stages + b, so that"
                + " layers of a stage are not in a row. All layers of this model cost the same, so"
                + " the plan's times hold.\n"
            : "");
  }

  private static void refuseOwnPlacement(Deployment deployment) {
    if (deployment.layout().redundantExperts() > 0) {
      throw new ExportRefusal(
          "Megatron-LM has no redundant experts; the plan has "
              + deployment.layout().redundantExperts(),
          "Solve with redundantExperts 0.");
    }
    for (var entry : deployment.plan().experts().entrySet()) {
      ExpertMap map = entry.getValue();
      for (int slot = 0; slot < map.slots(); slot++) {
        if (map.expert(slot) != slot) {
          throw new ExportRefusal(
              "Megatron-LM places experts in order; layer "
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

  private static List<String> arguments(Deployment deployment, Training training) {
    var layout = deployment.layout();
    List<String> words = new ArrayList<>(DegreeFlags.MEGATRON.words(deployment));
    words.add("--pipeline-model-parallel-layout " + pipeline(deployment, training));
    if (training.sequenceParallel() && layout.attentionTensorParallel() > 1) {
      words.add("--sequence-parallel");
    }
    words.addAll(MegatronTraining.words(deployment, training));
    int perRank = layout.sequencesPerMicroBatch() / layout.attentionRanks();
    words.add("--micro-batch-size " + perRank);
    words.add("--global-batch-size " + layout.concurrentSequences());
    words.add(
        "--seq-length " + Math.round(deployment.problem().workload().contexts().computedTokens()));
    return words;
  }

  /**
   * E embedding, t layer, L loss, {@code |} between stages: rank by rank, with chunks all ranks'
   * first chunks first.
   */
  private static String pipeline(Deployment deployment, Training training) {
    switch (training.schedule()) {
      case ONE_FORWARD_ONE_BACKWARD, INTERLEAVED -> {}
      case ZERO_BUBBLE, DUAL_PIPE ->
          throw new ExportRefusal(
              "Megatron-LM has no schedule " + training.schedule().word(),
              "Solve with schedule 1f1b or interleaved.");
    }
    int chunks = training.virtualStages();
    if (chunks > 1) {
      refuseUnlikeLayers(deployment);
    }
    List<Integer> stages = new ArrayList<>();
    for (int chunk = 0; chunk < chunks; chunk++) {
      for (Stage stage : deployment.plan().stages()) {
        int layers = stage.lastLayer() - stage.firstLayer() + 1;
        int own = layers / chunks + (chunk < layers % chunks ? 1 : 0);
        stages.add(own);
      }
    }
    return "'" + layers(stages) + "'";
  }

  // Alike stages in a row once, with how many they are; the loss stands in the last.
  private static String layers(List<Integer> stages) {
    StringBuilder text = new StringBuilder("E");
    int last = stages.size() - 1;
    for (int s = 0; s < last; ) {
      int same = 1;
      while (s + same < last && stages.get(s + same).equals(stages.get(s))) {
        same++;
      }
      // The first one has the embedding before its layers.
      boolean folds = s > 0 && same > 2 && stages.get(s) > 0;
      if (folds) {
        text.append('(').append("t".repeat(stages.get(s))).append("|)*").append(same);
        s += same;
      } else {
        text.append(layers(stages.get(s))).append('|');
        s++;
      }
    }
    return text.append(layers(stages.get(last))).append('L').toString();
  }

  private static String layers(int count) {
    return count == 0 ? "" : count == 1 ? "t" : "t*" + count;
  }

  private static void refuseUnlikeLayers(Deployment deployment) {
    var layers = deployment.problem().model().layers();
    for (int layer = 1; layer < layers.size(); layer++) {
      // The last one also holds the final norm.
      if (!layers.get(layer).attention().equals(layers.get(0).attention())
          || !layers.get(layer).ffn().equals(layers.get(0).ffn())) {
        throw new ExportRefusal(
            "with virtual stages Megatron-LM deals a stage's layers to chunks that are not in a"
                + " row, and layer "
                + layer
                + " is not like layer 0",
            "Solve with virtualStages 1.");
      }
    }
  }

  private static String launch(Deployment deployment) {
    var hosts = deployment.hostRanks(deployment.ranksByStage());
    return """
    torchrun --nnodes %d --node-rank "$node_rank" --nproc-per-node %d \\
      --master-addr "$head" --master-port %d \\
      "${TRAIN:?set TRAIN to the training script}" --load "$MODEL" "${arguments[@]}" "${extra[@]}"
    """
        .formatted(hosts.size(), hosts.get(0).devices().size(), PORT);
  }
}
