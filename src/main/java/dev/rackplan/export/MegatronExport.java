package dev.rackplan.export;

import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Megatron-LM: degrees, {@code --pipeline-model-parallel-layout}, and the hosts in its rank order
 * tp-cp-ep-dp-pp.
 */
final class MegatronExport {
  // Those whose compute capability, as PyTorch tells it, is 10 or more: CDNA 3 and 4 are 9.
  private static final Set<GpuGeneration> MANY_CONNECTIONS =
      Set.of(GpuGeneration.BLACKWELL, GpuGeneration.BLACKWELL_WORKSTATION, GpuGeneration.RUBIN);

  /** File of its arguments. */
  static final String ARGUMENTS = "arguments.txt";

  private static final String TITLE = "Megatron-LM";

  private MegatronExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    Training training = TrainedRanks.training(deployment, TITLE);
    files.add(
        new ExportedFile(
            ARGUMENTS,
            String.join("\n", arguments(deployment, training)) + "\n",
            "what the plan decides, for Megatron's command line"));
    TrainedRanks.addLaunch(
        deployment,
        files,
        connections(deployment, training)
            + "mapfile -t arguments < <(xargs -n 1 < arguments.txt)\n",
        "\"${TRAIN:?set TRAIN to the training script}\" --load \"$MODEL\" \"${arguments[@]}\" \"${extra[@]}\"");
    return """
    `--pipeline-model-parallel-layout` came with core 0.13. `launch.sh` starts `$TRAIN` (a script such as
    pretrain_gpt.py) on every host by torchrun, in rank order: the plan's instances are the data-parallel ranks. Model, data and
    optimizer arguments are yours to add: `EXTRA="--num-layers … --hidden-size …"`. Megatron numbers experts in order over the
    ranks and has no redundant ones. Nothing here needs an unreleased change.
    """
        + (training.recompute() == Recompute.POINTWISE && deployment.plan().experts().isEmpty()
            ? "\n"
                + "Megatron recomputes a dense FFN's activation function with the whole FFN"
                + " (`mlp`): it takes longer than the plan says.\n"
            : "")
        + PipelineParts.dealt(training, "Megatron");
  }

  // Before Blackwell kernels start in the order of their launch only over one connection, which
  // Megatron-LM insists on; with FSDP it refuses it, with overlapped experts it advises against it.
  private static String connections(Deployment deployment, Training training) {
    boolean divides =
        deployment.layout().attentionTensorParallel() > 1
            || deployment.layout().prefillContextParallel() > 1;
    boolean many =
        training.sharding().gradients()
            || training.runtime().overlapsExperts()
            || deployment.problem().topology().usableGpus().stream()
                .flatMap(gpu -> gpu.spec().generation().stream())
                .anyMatch(MANY_CONNECTIONS::contains);
    return divides && !many ? "export CUDA_DEVICE_MAX_CONNECTIONS=1\n" : "";
  }

  private static List<String> arguments(Deployment deployment, Training training) {
    var layout = deployment.layout();
    List<String> words = new ArrayList<>(DegreeFlags.MEGATRON.words(deployment));
    words.add(
        "--pipeline-model-parallel-layout '"
            + PipelineParts.of(deployment, training, TITLE).megatron()
            + "'");
    if (training.sequenceParallel() && layout.attentionTensorParallel() > 1) {
      words.add("--sequence-parallel");
    }
    words.addAll(MegatronTraining.words(deployment, training));
    words.add("--micro-batch-size " + TrainedRanks.microBatch(deployment));
    words.add("--global-batch-size " + layout.concurrentSequences());
    words.add("--seq-length " + TrainedRanks.sequenceTokens(deployment));
    return words;
  }
}
