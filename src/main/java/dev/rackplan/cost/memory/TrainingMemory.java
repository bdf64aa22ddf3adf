package dev.rackplan.cost.memory;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.GatheredWeights;
import dev.rackplan.cost.operation.LayerActivations;
import dev.rackplan.cost.operation.MoeShard;
import dev.rackplan.cost.operation.RepeatedLayers;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.LossKernel;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Training;
import java.util.function.IntUnaryOperator;

/**
 * What training holds on a GPU beside weights: gradients, optimizer state, activations ({@link
 * LayerActivations}), logits and what comes and goes.
 *
 * <p>Where weights are divided (FSDP, ZeRO stage 3) their FP32 copies in the optimizer state are
 * the only ones beside what is gathered ({@link GatheredWeights}). A pipeline keeps what it
 * gathered, and gradients whole, until the step ends, since they are reduced once (torchtitan:
 * {@code reshard_after_forward} off, gradients synchronised with the last micro-batch).
 */
public final class TrainingMemory {
  // Weights in FP32 stay on the GPU where the host keeps Adam's moments: Megatron-Core's
  // HybridDeviceOptimizer copies them to the host, updates the copies and writes them back.
  private static final double MASTER_BYTES = 4;

  private final Problem problem;
  private final Layout layout;
  private final Training training;
  private final Batch batch;
  private final LayerActivations activations;

  public TrainingMemory(Problem problem, Layout layout) {
    this.problem = problem;
    this.layout = layout;
    this.training = layout.training(problem.workload()).orElseThrow();
    this.batch = Batch.of(problem, layout);
    this.activations = new LayerActivations(problem.model().hiddenSize(), layout, training, batch);
  }

  /** Copies of each weight on a GPU: both ends of the pipeline have their own in DualPipe. */
  public double weightCopies() {
    return training.schedule() == PipelineSchedule.DUAL_PIPE ? 2 : 1;
  }

  /**
   * Bytes of gradients.
   *
   * @param shared weights in elements that all data-parallel ranks of the stage hold
   * @param experts weights in elements that only other replicas hold
   */
  double gradientBytes(double shared, double experts) {
    boolean parts = training.sharding().gradients();
    double summed = parts ? shared / shardGroup() + experts / expertGroup() : shared + experts;
    double whole = keepsGathered() ? shared + experts : 0;
    return weightCopies() * training.gradients().bytes() * (summed + whole);
  }

  /**
   * Bytes of optimizer state of a GPU.
   *
   * @param shared weights in elements that all data-parallel ranks of the stage hold
   * @param experts weights in elements that only other replicas hold
   */
  double optimizerBytes(double shared, double experts) {
    double all = training.optimizerBytesPerParameter();
    double offloaded = training.runtime().hostOptimizer() * Math.max(0, all - MASTER_BYTES);
    return (all - offloaded) * ownedParameters(shared, experts);
  }

  /** Weights in elements that this GPU updates. */
  public double ownedParameters(double shared, double experts) {
    if (!training.shardedOptimizer()) {
      return weightCopies() * (shared + experts);
    }
    return shared / shardGroup() + experts / expertGroup();
  }

  /** What of its weights a GPU holds between their uses, beside the optimizer's copies. */
  double weightShare() {
    return training.sharding().weights() && !keepsGathered() ? 0 : 1;
  }

  private boolean keepsGathered() {
    return training.sharding().weights() && layout.pipelineStages() > 1;
  }

  private int shardGroup() {
    return training.sharding().groupOf(sharedRanks());
  }

  // Those of a group that hold the same experts.
  private int expertGroup() {
    return training.sharding().expertGroupOf(sharedRanks(), layout.replicas());
  }

  /** GPUs that hold the same part of attention, dense FFNs, shared experts and embedding. */
  public int sharedRanks() {
    return layout.dataParallelRanks();
  }

  /**
   * Micro-batches whose activations stage {@code stage} holds at most: P - s in 1F1B, P in ZB-H1, P
   * + 1 in DualPipe, and interleaved (2(P-1-s) + (v-1)P + 1)/v.
   */
  public double microBatchesHeld(int stage) {
    int stages = layout.pipelineStages();
    int chunks = training.virtualStages();
    double held =
        switch (training.schedule()) {
          case ONE_FORWARD_ONE_BACKWARD -> stages - stage;
          case INTERLEAVED ->
              chunks == 1
                  ? stages - stage
                  : (2.0 * (stages - 1 - stage) + (chunks - 1.0) * stages + 1) / chunks;
          case ZERO_BUBBLE -> stages;
          case DUAL_PIPE -> stages + 1;
        };
    return Math.min(held, layout.microBatches());
  }

  /** Bytes of layers {@code first..last} that wait for the backward pass on stage {@code stage}. */
  public double activationBytes(int stage, int first, int last) {
    if (training.reversible()) {
      return 0;
    }
    double bytes = 0;
    double most = 0;
    int whole = 0;
    RepeatedLayers repeated = RepeatedLayers.of(training);
    for (int l = first; l <= last; l++) {
      boolean again = repeated.has(l - first, last - first + 1);
      double kept = activations.keptBytes(problem.model().layers().get(l), again);
      bytes += kept;
      most = Math.max(most, kept);
      whole += again ? 0 : 1;
    }
    double streams = activations.keptStreamBytes(problem.model().layers().get(last), whole);
    // Another micro-batch's forward pass through one layer takes what the backward pass through
    // another is about to leave.
    double beside = training.runtime().overlapsExperts() && !training.overlapsPasses() ? most : 0;
    double stays = 1 - training.runtime().hostActivations();
    return (stays * bytes + streams) * microBatchesHeld(stage) + beside;
  }

  /**
   * Bytes of what comes and goes: the largest layer that is computed again or the last stage's
   * logits, and layers whose weights are gathered; or what the optimizer holds beyond the
   * activations that are gone by then.
   *
   * @param routed weights in elements of the stage's experts on a GPU
   */
  double workingBytes(int stage, int first, int last, double routed) {
    double most = 0;
    for (int l = first; l <= last; l++) {
      most = Math.max(most, activations.againBytes(problem.model().layers().get(l)));
    }
    most += activations.streamBytesAgain(problem.model().layers().get(last), last - first + 1);
    double update =
        training.runtime().updateBytes() * ownedParameters(sharedParameters(first, last), routed);
    GatheredWeights gathered = gathered(first, last, routed);
    double loss = stage == layout.pipelineStages() - 1 ? logitBytes() + headInputBytes() : 0;
    return Math.max(
        Math.max(most + gathered.besideBackward(), loss + gathered.besideLoss()),
        update - activationBytes(stage, first, last));
  }

  private GatheredWeights gathered(int first, int last, double routed) {
    if (!training.sharding().weights()) {
      return GatheredWeights.NONE;
    }
    double tables = tableParameters(first, last);
    double layer = (sharedParameters(first, last) + routed - tables) / (last - first + 1);
    return keepsGathered()
        ? GatheredWeights.ofPipeline(tables, layer)
        : GatheredWeights.of(tables, layer, training.gradients());
  }

  // Sequence parallelism divides the final norm's output; the head's product reads it whole.
  private double headInputBytes() {
    return training.sequenceParallel() && layout.attentionTensorParallel() > 1
        ? Dtype.BF16.bytes() * batch.tokensPerRank() * problem.model().hiddenSize()
        : 0;
  }

  private double logitBytes() {
    LossKernel loss = training.runtime().loss();
    return problem.model().predictions()
        * loss.heldBytes(layout.attentionTensorParallel())
        * batch.tokensPerRank()
        * problem.model().embeddingParameters()
        / problem.model().hiddenSize()
        / (loss.divided() ? layout.attentionTensorParallel() : 1);
  }

  /** Weights in elements on the fullest GPU that every data-parallel rank holds. */
  public double sharedParameters(int first, int last) {
    int degree = layout.attentionTensorParallel();
    double parameters = 0;
    for (int l = first; l <= last; l++) {
      Layer layer = problem.model().layers().get(l);
      parameters += layer.attention().parameters() / (double) degree + layer.otherParameters();
      if (layer.ffn() instanceof DenseFfn dense) {
        parameters += dense.parameters() / (double) degree;
      }
      if (layer.ffn() instanceof MoeFfn moe) {
        parameters += MoeShard.of(moe, layout, problem).alwaysParameters();
      }
    }
    return parameters + tableParameters(first, last);
  }

  /** Those of embedding and head among them. */
  private double tableParameters(int first, int last) {
    int layers = problem.model().layers().size();
    boolean one = problem.model().tiedEmbeddings() && first == 0 && last == layers - 1;
    int tables = (first == 0 ? 1 : 0) + (last == layers - 1 && !one ? 1 : 0);
    double input = first == 0 ? problem.model().input().parameters() : 0;
    return (tables * (double) problem.model().embeddingParameters() + input)
        / layout.attentionTensorParallel();
  }

  /** Weights in elements of routed experts on the fullest GPU. */
  public double expertParameters(int first, int last, IntUnaryOperator slotsOfLayer) {
    double parameters = 0;
    for (int l = first; l <= last; l++) {
      if (problem.model().layers().get(l).ffn() instanceof MoeFfn moe) {
        int slots = layout.dealt(slotsOfLayer.applyAsInt(l)).mostSlotsPerGpu();
        parameters += slots * MoeShard.of(moe, layout, problem).expertParameters();
      }
    }
    return parameters;
  }
}
