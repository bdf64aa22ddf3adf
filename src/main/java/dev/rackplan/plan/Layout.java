package dev.rackplan.plan;

/**
 * The degrees of one deployment.
 *
 * @param replicas copies of the whole instance
 * @param pipelineStages stages P of one instance
 * @param expertParallel GPUs of one stage over which routed experts are spread; 1 for dense models
 * @param attentionTensorParallel GPUs t that share one attention rank; divides {@code
 *     expertParallel} for MoE models
 * @param microBatches micro-batches M in flight
 * @param sequencesPerMicroBatch sequences of one micro-batch over all attention ranks of a stage
 * @param redundantExperts slots beyond the number of experts: the most that a MoE layer holds; a
 *     plan may give a layer fewer where memory is short
 */
public record Layout(
    int replicas,
    int pipelineStages,
    int expertParallel,
    int attentionTensorParallel,
    int microBatches,
    int sequencesPerMicroBatch,
    int redundantExperts) {
  public Layout {
    if (replicas < 1
        || pipelineStages < 1
        || expertParallel < 1
        || attentionTensorParallel < 1
        || microBatches < 1
        || sequencesPerMicroBatch < 1) {
      throw new IllegalArgumentException("every degree must be >= 1");
    }
    if (redundantExperts < 0) {
      throw new IllegalArgumentException("redundantExperts must be >= 0, was " + redundantExperts);
    }
    if (expertParallel > 1 && expertParallel % attentionTensorParallel != 0) {
      throw new IllegalArgumentException(
          "attentionTensorParallel must divide expertParallel, "
              + attentionTensorParallel
              + " does not divide "
              + expertParallel);
    }
  }

  /** The same degrees with other micro-batches. */
  public Layout withSequencesPerMicroBatch(int value) {
    return new Layout(
        replicas,
        pipelineStages,
        expertParallel,
        attentionTensorParallel,
        microBatches,
        value,
        redundantExperts);
  }

  /** The same degrees with other micro-batches in flight, each of {@code sequences}. */
  public Layout withMicroBatches(int count, int sequences) {
    return new Layout(
        replicas,
        pipelineStages,
        expertParallel,
        attentionTensorParallel,
        count,
        sequences,
        redundantExperts);
  }

  /** The same degrees with another number of stages. */
  public Layout withPipelineStages(int value) {
    return new Layout(
        replicas,
        value,
        expertParallel,
        attentionTensorParallel,
        microBatches,
        sequencesPerMicroBatch,
        redundantExperts);
  }

  /** GPUs G that host one stage of one instance. */
  public int gpusPerStage() {
    return Math.max(expertParallel, attentionTensorParallel);
  }

  /** GPUs of the whole deployment. */
  public int gpus() {
    return replicas * pipelineStages * gpusPerStage();
  }

  /** Attention (data-parallel) ranks of one stage. */
  public int attentionRanks() {
    return gpusPerStage() / attentionTensorParallel;
  }

  /** Sequences that the whole deployment has in flight. */
  public long concurrentSequences() {
    return (long) replicas * microBatches * sequencesPerMicroBatch;
  }
}
