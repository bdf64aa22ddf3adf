package dev.rackplan.export;

import dev.rackplan.plan.Layout;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;

/**
 * Megatron Bridge, NeMo's training library: the plan as overrides of a recipe's configuration, and
 * the hosts in Megatron's rank order.
 *
 * <p>Source: Megatron Bridge's {@code training/config.py}, {@code gpt_provider.py}, {@code
 * omegaconf_utils.py} and {@code scripts/training/run_recipe.py}.
 */
final class BridgeExport {
  /** Release of the package whose configuration knows every key here. */
  static final String RELEASE = "0.3.1";

  private static final String TITLE = "Megatron Bridge";

  private BridgeExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    Training training = TrainedRanks.training(deployment, TITLE);
    files.add(
        new ExportedFile(
            "overrides.txt",
            String.join("\n", overrides(deployment, training)) + "\n",
            "what the plan decides, a key of the configuration a line"));
    TrainedRanks.addLaunch(
        deployment,
        files,
        "mapfile -t overrides < overrides.txt\n",
        "\"${TRAIN:?set TRAIN to run_recipe.py}\" --recipe"
            + " \"${RECIPE:?set RECIPE to a recipe of the model}\" \"${overrides[@]}\" \"${extra[@]}\"");
    return """
    For **Megatron Bridge %s**, whose configuration knows every key here. `launch.sh` starts `$TRAIN` (Bridge's
    `scripts/training/run_recipe.py`) on every host by torchrun, in rank order, with the recipe `$RECIPE` of the model and these
    overrides of it. What no key names stays as the recipe has it; `EXTRA` adds overrides of yours. Sequence lengths are called
    differently in releases: both names are given, one is ignored with a warning.
    """
            .formatted(RELEASE)
        + BridgePrecision.about(deployment, training)
        + PipelineParts.dealt(training, "Megatron");
  }

  private static List<String> overrides(Deployment deployment, Training training) {
    List<String> words = new ArrayList<>();
    degrees(deployment, training, words);
    batches(deployment, words);
    words.addAll(BridgeTraining.words(deployment, training));
    words.addAll(BridgePrecision.words(deployment, training));
    return words;
  }

  private static void degrees(Deployment deployment, Training training, List<String> words) {
    Layout layout = deployment.layout();
    int tensor = layout.attentionTensorParallel();
    words.add("model.tensor_model_parallel_size=" + tensor);
    words.add("model.pipeline_model_parallel_size=" + layout.pipelineStages());
    words.add(
        "model.virtual_pipeline_model_parallel_size="
            + (training.virtualStages() > 1 ? training.virtualStages() : "null"));
    words.add(
        "model.pipeline_model_parallel_layout='"
            + PipelineParts.of(deployment, training, TITLE).megatron()
            + "'");
    // What a recipe may cut its pipeline by instead.
    words.add("model.account_for_embedding_in_pipeline_split=false");
    words.add("model.account_for_loss_in_pipeline_split=false");
    words.add("model.num_layers_in_first_pipeline_stage=null");
    words.add("model.num_layers_in_last_pipeline_stage=null");
    words.add("model.context_parallel_size=" + layout.prefillContextParallel());
    if (!deployment.plan().experts().isEmpty()) {
      words.add("model.expert_model_parallel_size=" + layout.expertParallel());
      words.add("model.expert_tensor_parallel_size=" + layout.expertTensorParallel());
      words.add(dispatcher(deployment));
    }
    words.add("model.sequence_parallel=" + (training.sequenceParallel() && tensor > 1));
  }

  private static String dispatcher(Deployment deployment) {
    return MegatronTraining.dispatcher(deployment)
        .map(
            backend ->
                "model.moe_token_dispatcher_type=flex\nmodel.moe_flex_dispatcher_backend="
                    + backend)
        .orElse("model.moe_token_dispatcher_type=alltoall");
  }

  private static void batches(Deployment deployment, List<String> words) {
    words.add("train.micro_batch_size=" + TrainedRanks.microBatch(deployment));
    words.add("train.global_batch_size=" + deployment.layout().concurrentSequences());
    long tokens = TrainedRanks.sequenceTokens(deployment);
    words.add("model.seq_length=" + tokens);
    words.add("++dataset.seq_length=" + tokens);
    words.add("++dataset.sequence_length=" + tokens);
  }
}
