package dev.rackplan.law;

import java.util.List;
import java.util.Optional;

/**
 * What stands in where nothing was measured: the longer of compute and memory at assumed shares of
 * the datasheet rates, and for kernels a start.
 */
public final class FlatFormula {
  private static final double LONGER = Double.POSITIVE_INFINITY;
  // Links have rates of their own, which are not the GPU's.
  private static final double FREE = Double.POSITIVE_INFINITY;
  // Without a walk along the keys it does not matter where that is split.
  private static final double SPLIT_KEYS = 1;

  private FlatFormula() {}

  /**
   * The law of {@code op}'s kind.
   *
   * @param computeShare of the datasheet FLOP/s, in (0, 1]
   * @param memoryShare of the datasheet bandwidth, in (0, 1]
   * @param startSeconds of one kernel
   */
  public static Law<?> law(
      OpKind op, double computeShare, double memoryShare, double startSeconds) {
    return switch (op) {
      case GEMM -> {
        GemmRangeLaw any = new GemmRangeLaw(startSeconds, computeShare, memoryShare, LONGER, 0, 0);
        yield new GemmLaw(any, any);
      }
      case DECODE_ATTENTION ->
          new DecodeAttentionLaw(
              startSeconds, memoryShare, computeShare, LONGER, 0, 0, SPLIT_KEYS, 0, 0);
      case PREFILL_ATTENTION ->
          new PrefillAttentionLaw(startSeconds, computeShare, memoryShare, LONGER, 0, 0, 0, 0);
      case LATENT_DECODE ->
          new LatentDecodeLaw(
              startSeconds, memoryShare, computeShare, LONGER, 0, 0, 0, SPLIT_KEYS, 0);
      case LATENT_PREFILL ->
          new LatentPrefillLaw(startSeconds, computeShare, memoryShare, LONGER, 0, 0, 0);
      case HEAD_PRODUCT -> new HeadProductLaw(startSeconds, computeShare, memoryShare, LONGER, 0);
      case LATENT_DECODE_BLOCK ->
          new LatentDecodeBlockLaw(
              startSeconds, computeShare, memoryShare, LONGER, memoryShare, computeShare, 0, 0);
      case LATENT_PREFILL_BLOCK ->
          new LatentPrefillBlockLaw(
              startSeconds, computeShare, memoryShare, LONGER, computeShare, 0);
      case EXPERTS, EXPERTS_AFTER_DISPATCH, EXPERTS_AFTER_PREFILL_DISPATCH, WIDE_EXPERTS ->
          new ExpertsLaw(startSeconds, computeShare, memoryShare, LONGER, 0, 0, 0, 0, 0);
      case LOW_LATENCY_DISPATCH, LOW_LATENCY_COMBINE ->
          new LowLatencyTransferLaw(startSeconds, 0, 0, FREE, FREE, 0, 0, 0, LONGER);
      case THROUGHPUT_DISPATCH, THROUGHPUT_COMBINE ->
          new ThroughputTransferLaw(startSeconds, 0, FREE, 0, FREE, 0, 0, 0, LONGER);
      case MESH_DISPATCH, MESH_COMBINE -> new MeshTransferLaw(startSeconds, FREE, FREE, LONGER);
      case TRANSFER_PREPARE, NVLINK_DISPATCH, NVLINK_COMBINE ->
          new ExpertTransferLaw(startSeconds, 0, FREE, 1, 0);
      case ALL_REDUCE, ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL ->
          new CollectiveLaw(startSeconds, 0, 0, FREE, 1);
      case RECURRENT_DECODE, RECURRENT_PREFILL, QUANTISE, ELEMENTWISE, HYPER_CONNECTION ->
          new StreamingLaw(startSeconds, memoryShare, LONGER, 0);
    };
  }

  /** The same as an answer to {@code question}. */
  public static Answer answer(
      Question question, double computeShare, double memoryShare, double startSeconds) {
    return new Answer(
        List.of(law(question.op(), computeShare, memoryShare, startSeconds)),
        List.of(Setting.of(question.rates(), question.format(), question.cache())),
        List.of(),
        Optional.empty(),
        Provenance.FLAT);
  }
}
