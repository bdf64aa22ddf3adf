package dev.rackplan.problem;

import java.util.List;

/**
 * The layouts to try: every combination of the listed values; an empty list leaves the choice to
 * rackplan.
 *
 * @param replicas copies of the whole instance
 * @param pipelineStages stages P
 * @param expertParallel GPUs of one stage over which routed experts are spread (MoE); 1 for dense
 *     models
 * @param attentionTensorParallel GPUs that share one attention rank t
 * @param microBatches micro-batches in flight M
 * @param sequencesPerMicroBatch sequences of one micro-batch over the stage's attention ranks
 * @param redundantExperts slots beyond the number of experts, per MoE layer
 */
public record LayoutSpace(
    List<Integer> replicas,
    List<Integer> pipelineStages,
    List<Integer> expertParallel,
    List<Integer> attentionTensorParallel,
    List<Integer> microBatches,
    List<Integer> sequencesPerMicroBatch,
    List<Integer> redundantExperts) {
  public LayoutSpace {
    replicas = check("replicas", replicas, 1);
    pipelineStages = check("pipelineStages", pipelineStages, 1);
    expertParallel = check("expertParallel", expertParallel, 1);
    attentionTensorParallel = check("attentionTensorParallel", attentionTensorParallel, 1);
    microBatches = check("microBatches", microBatches, 1);
    sequencesPerMicroBatch = check("sequencesPerMicroBatch", sequencesPerMicroBatch, 1);
    redundantExperts = check("redundantExperts", redundantExperts, 0);
  }

  /** Nothing prescribed. */
  public static LayoutSpace open() {
    return new LayoutSpace(
        List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
  }

  /** The same with any number of replicas, GPUs an instance, and redundant experts. */
  public LayoutSpace withOpenSizes() {
    return new LayoutSpace(
        List.of(),
        pipelineStages,
        List.of(),
        attentionTensorParallel,
        microBatches,
        sequencesPerMicroBatch,
        List.of());
  }

  private static List<Integer> check(String name, List<Integer> values, int least) {
    for (int value : values) {
      if (value < least) {
        throw new IllegalArgumentException(name + " must be >= " + least + ", was " + value);
      }
    }
    return List.copyOf(values);
  }
}
