package dev.rackplan.workload;

import dev.rackplan.model.Dtype;

/**
 * How a model is trained. The global batch is {@link Workload#concurrentSequences()}, the sequence
 * length {@link Workload#contextTokens()}.
 *
 * @param schedule order of micro-batches
 * @param virtualStages chunks of layers v on each stage; 1 except for {@link
 *     PipelineSchedule#INTERLEAVED}
 * @param recompute what is computed again in the backward pass
 * @param fusedAttention whether one kernel computes attention without writing its scores, and skips
 *     what the causal mask hides
 * @param sequenceParallel whether tensor parallelism also divides norms, residuals and their
 *     activations
 * @param reversible whether layers' inputs are computed back from their outputs, so that none are
 *     kept
 * @param optimizerBytesPerParameter bytes of optimizer state, master weights included: 12 for Adam
 *     in FP32
 * @param sharding what data-parallel ranks hold a part of
 * @param gradients number format in which gradients are summed up and reduced
 * @param activations number format in which the inputs of matrix products are kept
 * @param overlapGradientReduction whether a stage's reduction runs beside its last backward pass
 * @param runtime how the framework runs its operations
 * @param recomputedLayers layers of each chunk that {@link Recompute#FULL} computes again, the
 *     first ones (Megatron's {@code recompute_method} block); 0 = all
 */
public record Training(
    PipelineSchedule schedule,
    int virtualStages,
    Recompute recompute,
    boolean fusedAttention,
    boolean sequenceParallel,
    boolean reversible,
    double optimizerBytesPerParameter,
    Sharding sharding,
    Dtype gradients,
    Dtype activations,
    boolean overlapGradientReduction,
    TrainingRuntime runtime,
    int recomputedLayers) {
  public Training {
    if (virtualStages < 1) {
      throw new IllegalArgumentException("virtualStages must be >= 1, was " + virtualStages);
    }
    if (virtualStages > 1 && schedule != PipelineSchedule.INTERLEAVED) {
      throw new IllegalArgumentException(
          "virtualStages must be 1 for " + schedule.word() + ", was " + virtualStages);
    }
    if (!(optimizerBytesPerParameter >= 0) || Double.isInfinite(optimizerBytesPerParameter)) {
      throw new IllegalArgumentException(
          "optimizerBytesPerParameter must be >= 0, was " + optimizerBytesPerParameter);
    }
    if (recomputedLayers < 0 || recomputedLayers > 0 && recompute != Recompute.FULL) {
      throw new IllegalArgumentException(
          "recomputedLayers must be 0 without recompute full, was " + recomputedLayers);
    }
  }

  /** The same whose {@link Recompute#FULL} computes every layer again. */
  public Training(
      PipelineSchedule schedule,
      int virtualStages,
      Recompute recompute,
      boolean fusedAttention,
      boolean sequenceParallel,
      boolean reversible,
      double optimizerBytesPerParameter,
      Sharding sharding,
      Dtype gradients,
      Dtype activations,
      boolean overlapGradientReduction,
      TrainingRuntime runtime) {
    this(
        schedule,
        virtualStages,
        recompute,
        fusedAttention,
        sequenceParallel,
        reversible,
        optimizerBytesPerParameter,
        sharding,
        gradients,
        activations,
        overlapGradientReduction,
        runtime,
        0);
  }

  /**
   * The same on another schedule, in so many chunks a stage.
   *
   * @param chunks 1 except for {@link PipelineSchedule#INTERLEAVED}
   */
  public Training with(PipelineSchedule other, int chunks) {
    return with(other, chunks, recompute, recomputedLayers, sharding, runtime);
  }

  /** The same that computes other things again. */
  public Training with(Recompute other) {
    return with(schedule, virtualStages, other, 0, sharding, runtime);
  }

  /** The same that computes the first {@code layers} of each chunk again; 0 = all. */
  public Training withRecomputed(int layers) {
    return with(schedule, virtualStages, recompute, layers, sharding, runtime);
  }

  /** The same whose ranks hold parts of other things. */
  public Training with(Sharding other) {
    return with(schedule, virtualStages, recompute, recomputedLayers, other, runtime);
  }

  /** The same that runs otherwise. */
  public Training with(TrainingRuntime other) {
    return with(schedule, virtualStages, recompute, recomputedLayers, sharding, other);
  }

  private Training with(
      PipelineSchedule order,
      int chunks,
      Recompute again,
      int layers,
      Sharding parts,
      TrainingRuntime run) {
    return new Training(
        order,
        chunks,
        again,
        fusedAttention,
        sequenceParallel,
        reversible,
        optimizerBytesPerParameter,
        parts,
        gradients,
        activations,
        overlapGradientReduction,
        run,
        layers);
  }

  /** Whether data-parallel ranks each hold a part of the optimizer states. */
  public boolean shardedOptimizer() {
    return sharding.optimizer();
  }

  /** Whether the backward pass does whole forward passes of layers again. */
  public boolean repeatsLayers() {
    return reversible || recompute == Recompute.FULL;
  }

  /** Whether the backward pass computes the attention core again, but not the whole layer. */
  public boolean repeatsCore() {
    return !repeatsLayers() && (pointwise() || selected(RecomputedModule.CORE_ATTN));
  }

  /** Whether it computes expanded queries, keys and values of latent attention again. */
  public boolean repeatsLatents() {
    return repeatsLayers() || pointwise() || selected(RecomputedModule.MLA_UP_PROJ);
  }

  /** Whether the output of norms is not kept. */
  public boolean repeatsNorms() {
    return pointwise() || selected(RecomputedModule.LAYERNORM);
  }

  /**
   * Whether the output of activation functions is not kept.
   *
   * @param experts of experts; else of dense FFNs
   */
  public boolean repeatsActivations(boolean experts) {
    return pointwise() || experts && selected(RecomputedModule.MOE_ACT);
  }

  /** Whether it computes whole dense FFNs again, or whole layers. */
  public boolean repeatsFfns() {
    return repeatsLayers() || selected(RecomputedModule.MLP);
  }

  /** Whether it sends tokens to experts again and computes them again, or whole layers. */
  public boolean repeatsExperts() {
    return repeatsLayers() || selected(RecomputedModule.MOE);
  }

  /** The same of shared experts. */
  public boolean repeatsSharedExperts() {
    return repeatsExperts() || selected(RecomputedModule.SHARED_EXPERTS);
  }

  /** Whether it computes all but every second product again, operation by operation. */
  public boolean repeatsOperations() {
    return selected(RecomputedModule.OPERATIONS);
  }

  /**
   * Whether it does the work between products again.
   *
   * @param experts in a layer with experts
   */
  public boolean repeatsElementwise(boolean experts) {
    return repeatsLayers() || repeatsNorms() || repeatsActivations(experts) || repeatsOperations();
  }

  /** Whether it computes more at a time than element-wise work and attention cores. */
  public boolean repeatsProducts() {
    return repeatsFfns() || repeatsExperts() || repeatsSharedExperts() || repeatsOperations();
  }

  /** Whether modules are named. */
  public boolean namesModules() {
    return recompute == Recompute.SELECTIVE && !runtime.modules().isEmpty();
  }

  private boolean pointwise() {
    return recompute == Recompute.POINTWISE;
  }

  private boolean selected(RecomputedModule module) {
    if (recompute != Recompute.SELECTIVE) {
      return false;
    }
    return namesModules()
        ? runtime.modules().contains(module)
        : module == RecomputedModule.CORE_ATTN || module == RecomputedModule.MLA_UP_PROJ;
  }

  /** Whether forward and backward passes of two micro-batches run side by side. */
  public boolean overlapsPasses() {
    return schedule == PipelineSchedule.DUAL_PIPE;
  }
}
