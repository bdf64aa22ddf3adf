package dev.rackplan.export;

import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Layout;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.LossKernel;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;

/**
 * torchtitan: degrees, the modules of each part of the pipeline, and the hosts in its rank order
 * (tensor ranks next to each other, then context, data, stages).
 *
 * <p>Source: its {@code config/configs.py}, {@code distributed/parallel_dims.py}, {@code
 * distributed/pipeline_parallel.py} and {@code distributed/activation_checkpoint.py}.
 */
final class TorchtitanExport {
  /** Release of the package whose parser knows every flag here. */
  static final String RELEASE = "0.3.0";

  private static final String TITLE = "torchtitan";

  private TorchtitanExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    Training training = TrainedRanks.training(deployment, TITLE);
    refuse(deployment, training);
    files.add(
        new ExportedFile(
            MegatronExport.ARGUMENTS,
            String.join("\n", arguments(deployment, training)) + "\n",
            "what the plan decides, for torchtitan's command line"));
    TrainedRanks.addLaunch(
        deployment,
        files,
        "mapfile -t arguments < <(xargs -n 1 < arguments.txt)\n",
        "-m torchtitan.train --module \"${MODULE:?set MODULE to the model's module, such as llama3}\""
            + " --config \"${CONFIG:?set CONFIG to one of its configurations}\""
            + " --hf_assets_path \"$MODEL\" \"${extra[@]}\" \"${arguments[@]}\"");
    boolean own = deployment.problem().precision().weights() != Dtype.BF16;
    return """
    For **torchtitan %s**, whose own parser knows every flag here. `launch.sh` starts `torchtitan.train` on every host by
    torchrun, in rank order, with the configuration `$CONFIG` of the module `$MODULE`; `EXTRA` is flags of yours. The recomputation
    stands last: torchtitan reads it as a choice of its own.
    """
            .formatted(RELEASE)
        + (own
            ? "\nNumber formats are part of a configuration there: take one whose converters make "
                + deployment.problem().precision().weights().key()
                + " products"
                + wideEnds(deployment)
                + ".\n"
            : "")
        + PipelineParts.dealt(training, TITLE);
  }

  private static String wideEnds(Deployment deployment) {
    WideEnds ends = WideEnds.of(deployment);
    return ends.any()
        ? ", except in the first " + ends.first() + " and the last " + ends.last() + " layers"
        : "";
  }

  private static void refuse(Deployment deployment, Training training) {
    if (deployment.layout().expertTensorParallel() > 1) {
      throw new ExportRefusal(
          "torchtitan slices no experts; the plan has expertTensorParallel "
              + deployment.layout().expertTensorParallel(),
          "Solve with expertTensorParallel 1.");
    }
    if (training.sharding().stage() == 1 && dataRanks(deployment) > 1) {
      throw new ExportRefusal(
          "torchtitan spreads optimizer states only together with gradients; the plan has"
              + " zeroStage 1",
          "Solve with zeroStage 2 or 3.");
    }
    if (training.gradients() != Dtype.FP32) {
      throw new ExportRefusal(
          "torchtitan reduces gradients in FP32; the plan in " + training.gradients().key(),
          "Solve with gradients fp32.");
    }
    if (training.runtime().hostOptimizer() > 0) {
      throw new ExportRefusal(
          "torchtitan moves weights, gradients and optimizer states to the host or none of them;"
              + " the plan has hostOptimizer "
              + training.runtime().hostOptimizer(),
          "Solve without hostOptimizer.");
    }
    if (training.runtime().hostActivations() > 0) {
      throw new ExportRefusal(
          "torchtitan keeps activations on the GPU; the plan has hostActivations "
              + training.runtime().hostActivations(),
          "Solve without hostActivations.");
    }
    if (training.runtime().overlapsExperts() && deployment.sends()) {
      throw new ExportRefusal(
          "torchtitan sends tokens to experts between a layer's products; the plan's time has"
              + " overlapExperts true",
          "Solve with overlapExperts false.");
    }
    if (training.runtime().graphs()
        && (deployment.layout().pipelineStages() > 1 || !deployment.plan().experts().isEmpty())) {
      throw new ExportRefusal(
          "torchtitan replays CUDA graphs neither in a pipeline nor with experts",
          "Solve without cudaGraphs.");
    }
    if (training.recomputedLayers() > 0) {
      throw new ExportRefusal(
          "torchtitan computes all layers again or none of them as a whole; the plan has"
              + " recomputedLayers "
              + training.recomputedLayers(),
          "Solve with recomputedLayers 0.");
    }
    boolean selects =
        training.recompute() == Recompute.POINTWISE
            || training.recompute() == Recompute.SELECTIVE && !training.repeatsOperations();
    if (selects) {
      throw new ExportRefusal(
          "torchtitan chooses operations, not modules, to compute again",
          "Solve with recompute none or full, or with recomputeModules operations.");
    }
  }

  private static int dataRanks(Deployment deployment) {
    return deployment.layout().replicas() * deployment.layout().attentionRanks();
  }

  private static List<String> arguments(Deployment deployment, Training training) {
    Layout layout = deployment.layout();
    List<String> words = new ArrayList<>();
    sharding(deployment, training, words);
    words.add("--parallelism.tensor_parallel_degree " + layout.attentionTensorParallel());
    words.add("--parallelism.context_parallel_degree " + layout.prefillContextParallel());
    if (!deployment.plan().experts().isEmpty()) {
      words.add("--parallelism.expert_parallel_degree " + layout.expertParallel());
    }
    words.add(
        training.sequenceParallel()
            ? "--parallelism.enable_sequence_parallel"
            : "--parallelism.no-enable_sequence_parallel");
    pipeline(deployment, training, words);
    int micro = TrainedRanks.microBatch(deployment);
    boolean piped = layout.pipelineStages() > 1;
    words.add("--training.local_batch_size " + (piped ? micro * layout.microBatches() : micro));
    words.add("--training.global_batch_size " + layout.concurrentSequences());
    words.add("--training.seq_len " + TrainedRanks.sequenceTokens(deployment));
    if (!training.runtime().graphs()) {
      words.add("--training.disable_cuda_graphs");
    }
    compilation(training, words);
    words.add(
        switch (training.recompute()) {
          case NONE -> "activation_checkpoint:none";
          case FULL -> "activation_checkpoint:full";
          case SELECTIVE, POINTWISE -> "activation_checkpoint:selective";
        });
    return words;
  }

  // ZeRO 3 gathers weights again for the backward pass, where no pipeline keeps them; ZeRO 2 not.
  private static void sharding(Deployment deployment, Training training, List<String> words) {
    int ranks = dataRanks(deployment);
    int group = training.sharding().stage() == 0 ? 1 : training.sharding().groupOf(ranks);
    words.add("--parallelism.data_parallel_replicate_degree " + ranks / group);
    words.add("--parallelism.data_parallel_shard_degree " + group);
    words.add(
        "--parallelism.fsdp_reshard_after_forward "
            + (training.sharding().weights() ? "default" : "never"));
  }

  private static void pipeline(Deployment deployment, Training training, List<String> words) {
    int stages = deployment.layout().pipelineStages();
    words.add("--parallelism.pipeline_parallel_degree " + stages);
    PipelineParts parts = PipelineParts.of(deployment, training, TITLE);
    if (stages == 1) {
      return;
    }
    if (parts.layers().contains(0)) {
      throw new ExportRefusal(
          "torchtitan's parts of a pipeline have a layer each; the plan has virtual stages without",
          "Solve with fewer virtualStages.");
    }
    words.add(
        "--parallelism.pipeline_parallel_schedule "
            + (training.virtualStages() > 1 ? "Interleaved1F1B" : "1F1B"));
    words.add(
        "--parallelism.pipeline_parallel_microbatch_size " + TrainedRanks.microBatch(deployment));
    words.add("--parallelism.module_fqns_per_model_part " + String.join(" ", parts.modules()));
  }

  // Norms, positions and activation functions are one kernel each where blocks are compiled.
  private static void compilation(Training training, List<String> words) {
    boolean blocks = training.runtime().elementwise() == ElementwiseKernels.FUSED;
    boolean loss = training.runtime().loss() == LossKernel.COMPILED;
    if (!blocks && !loss) {
      return;
    }
    words.add("--compile.enable");
    words.add(
        "--compile.components " + (blocks && loss ? "model,loss" : blocks ? "model" : "loss"));
    if (blocks && training.runtime().tensorOverlap() == TensorOverlap.ALL) {
      words.add("--compile.enable_async_tensor_parallel");
    }
  }
}
