package dev.rackplan.law;

import java.util.Arrays;
import java.util.Optional;

/** Kinds of operations that laws are kept of: what a law prices, and by which form. */
public enum OpKind {
  GEMM("gemm", GemmLaw.FORM),
  DECODE_ATTENTION("decodeAttention", DecodeAttentionLaw.FORM),
  PREFILL_ATTENTION("prefillAttention", PrefillAttentionLaw.FORM),
  LATENT_DECODE("latentDecode", LatentDecodeLaw.FORM),
  LATENT_PREFILL("latentPrefill", LatentPrefillLaw.FORM),
  HEAD_PRODUCT("headProduct", HeadProductLaw.FORM),
  LATENT_DECODE_BLOCK("latentDecodeBlock", LatentDecodeBlockLaw.FORM),
  LATENT_PREFILL_BLOCK("latentPrefillBlock", LatentPrefillBlockLaw.FORM),
  EXPERTS("experts", ExpertsLaw.FORM),
  /** Experts that get their tokens, already quantised, from a dispatch kernel, decode. */
  EXPERTS_AFTER_DISPATCH("expertsAfterDispatch", ExpertsLaw.FORM),
  /** The same in prefill, with scatter and gather. */
  EXPERTS_AFTER_PREFILL_DISPATCH("expertsAfterPrefillDispatch", ExpertsLaw.FORM),
  /** TensorRT-LLM's, which get their tokens over NVLink; with the router. */
  WIDE_EXPERTS("wideExperts", ExpertsLaw.FORM),
  LOW_LATENCY_DISPATCH("lowLatencyDispatch", LowLatencyTransferLaw.FORM),
  LOW_LATENCY_COMBINE("lowLatencyCombine", LowLatencyTransferLaw.FORM),
  THROUGHPUT_DISPATCH("throughputDispatch", ThroughputTransferLaw.FORM),
  THROUGHPUT_COMBINE("throughputCombine", ThroughputTransferLaw.FORM),
  /** Between GPUs joined pair by pair. */
  MESH_DISPATCH("meshDispatch", MeshTransferLaw.FORM),
  MESH_COMBINE("meshCombine", MeshTransferLaw.FORM),
  /** What a two-sided NVLink all-to-all does before it sends. */
  TRANSFER_PREPARE("transferPrepare", ExpertTransferLaw.FORM),
  NVLINK_DISPATCH("nvlinkDispatch", ExpertTransferLaw.FORM),
  NVLINK_COMBINE("nvlinkCombine", ExpertTransferLaw.FORM),
  ALL_REDUCE("allReduce", CollectiveLaw.FORM),
  ALL_GATHER("allGather", CollectiveLaw.FORM),
  REDUCE_SCATTER("reduceScatter", CollectiveLaw.FORM),
  /** Of equal parts, one for each rank. */
  ALL_TO_ALL("allToAll", CollectiveLaw.FORM),
  /** State updates of recurrent layers, one token a sequence. */
  RECURRENT_DECODE("recurrentDecode", StreamingLaw.FORM),
  /** Scans of recurrent layers over prompts. */
  RECURRENT_PREFILL("recurrentPrefill", StreamingLaw.FORM),
  /** Quantising activations with a scale found on the way. */
  QUANTISE("quantise", StreamingLaw.FORM),
  /** Norms, activation functions and the like; no public tables were found. */
  ELEMENTWISE("elementwise", StreamingLaw.FORM),
  /** Hyper-connections' mix before or after a sublayer. */
  HYPER_CONNECTION("hyperConnection", StreamingLaw.FORM);

  private final String key;

  // A record of a list that can't change and of a constructor.
  @SuppressWarnings("ImmutableEnumChecker")
  private final LawForm<?> form;

  OpKind(String key, LawForm<?> form) {
    this.key = key;
    this.form = form;
  }

  /** Its name in laws files. */
  public String key() {
    return key;
  }

  public LawForm<?> form() {
    return form;
  }

  /** Whether times differ much between number formats beyond the bytes that they move. */
  boolean dependsOnFormat() {
    return !form.equals(ExpertTransferLaw.FORM)
        && !form.equals(LowLatencyTransferLaw.FORM)
        && !form.equals(ThroughputTransferLaw.FORM)
        && !form.equals(MeshTransferLaw.FORM)
        && !form.equals(CollectiveLaw.FORM)
        && !form.equals(StreamingLaw.FORM);
  }

  /** The one whose key is {@code key}. */
  public static Optional<OpKind> of(String key) {
    return Arrays.stream(values()).filter(kind -> kind.key.equals(key)).findFirst();
  }
}
