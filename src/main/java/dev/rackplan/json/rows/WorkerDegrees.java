package dev.rackplan.json.rows;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The degrees of one worker of a measured row.
 *
 * @param tensor GPUs of an attention rank
 * @param pipeline stages
 * @param data attention ranks; of a dense model, instances side by side
 * @param expertTensor GPUs that slice an expert; 1 for dense models
 * @param expert GPUs over which experts are spread; likewise
 * @param dense whether the model has no experts
 */
record WorkerDegrees(
    int tensor, int pipeline, int data, int expertTensor, int expert, boolean dense) {

  /**
   * As the row says them. Engines slice experts over all GPUs where they are told nothing of them.
   *
   * @throws InexpressibleRow where they are missing, or don't agree
   */
  static WorkerDegrees of(ServingRow.Pool pool, boolean dense) {
    int tensor = said(pool.tensor(), pool.prefix() + "tp_size");
    int pipeline = or(pool.pipeline(), 1);
    int data = or(pool.data(), 1);
    if (dense) {
      return new WorkerDegrees(tensor, pipeline, data, 1, 1, true);
    }
    int stage = Math.multiplyExact(tensor, data);
    int expert = or(pool.expert(), 1);
    int expertTensor = or(pool.expertTensor(), pool.expert().orElse(0) > 0 ? 1 : stage);
    if ((long) expert * expertTensor != stage) {
      throw new InexpressibleRow(
          "attention spans "
              + product("tp_size", tensor, "attention_dp_size", data)
              + " GPUs, experts "
              + product("moe_tp_size", expertTensor, "moe_ep_size", expert));
    }
    return new WorkerDegrees(tensor, pipeline, data, expertTensor, expert, false);
  }

  /** The same, except that each GPU of a stage holds its experts whole. */
  WorkerDegrees withWholeExperts() {
    return dense
        ? this
        : new WorkerDegrees(tensor, pipeline, data, 1, Math.multiplyExact(tensor, data), false);
  }

  private static String product(String first, int one, String second, int other) {
    return first + " " + one + " x " + second + " " + other + " = " + (long) one * other;
  }

  private static int or(OptionalInt degree, int unsaid) {
    return degree.orElse(0) > 0 ? degree.getAsInt() : unsaid;
  }

  static int said(OptionalInt value, String column) {
    if (value.orElse(0) < 1) {
      throw new InexpressibleRow(column + " is not given");
    }
    return value.getAsInt();
  }

  /** GPUs of one instance: ranks of dense models are instances. */
  int gpusPerInstance() {
    return tensor * pipeline * (dense ? 1 : data);
  }

  /** GPUs of a worker. */
  int gpus() {
    return Math.multiplyExact(tensor, Math.multiplyExact(pipeline, data));
  }

  /** Instances of a worker. */
  int instances() {
    return dense ? data : 1;
  }

  /**
   * One instance with so many sequences, in a micro-batch for each stage where there are enough.
   */
  Layout layout(int sequences) {
    int microBatches = Math.min(pipeline, sequences);
    return Layout.of(
        Map.of(
            Degree.PIPELINE_STAGES,
            pipeline,
            Degree.EXPERT_PARALLEL,
            expert,
            Degree.EXPERT_TENSOR_PARALLEL,
            expertTensor,
            Degree.ATTENTION_TENSOR_PARALLEL,
            tensor,
            Degree.MICRO_BATCHES,
            microBatches,
            Degree.SEQUENCES_PER_MICRO_BATCH,
            atLeast(sequences, microBatches)));
  }

  /** {@code all} over {@code parts}, rounded up; both at least 1. */
  static int atLeast(int all, int parts) {
    return (all - 1) / parts + 1;
  }

  /** Such as {@code DP8 EP8}: without degrees of 1. */
  String words() {
    StringBuilder words = new StringBuilder();
    append(words, " DP", data);
    append(words, " TP", tensor);
    append(words, " ETP", expertTensor);
    append(words, " EP", expert);
    append(words, " PP", pipeline);
    return words.isEmpty() ? "1 GPU" : words.substring(1);
  }

  private static void append(StringBuilder words, String mark, int degree) {
    if (degree > 1) {
      words.append(mark).append(degree);
    }
  }
}
