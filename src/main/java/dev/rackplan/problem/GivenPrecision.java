package dev.rackplan.problem;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.Phase;
import java.util.Optional;

/**
 * What a problem says of number formats. What it leaves out comes from the checkpoint, else it is
 * what engines do.
 *
 * @param weights all weights; routed experts' too where {@code experts} is empty
 * @param experts routed experts' weights
 * @param kv KV cache
 * @param dispatch activations sent to experts
 * @param combine activations sent back
 * @param attention token mixers' weights
 * @param head LM head
 * @param wide layers that training keeps in BF16
 */
public record GivenPrecision(
    Optional<Dtype> weights,
    Optional<Dtype> experts,
    Optional<Dtype> kv,
    Optional<Dtype> dispatch,
    Optional<Dtype> combine,
    Optional<Dtype> attention,
    Optional<Dtype> head,
    WideLayers wide) {
  /** Nothing given. */
  public static final GivenPrecision NOTHING = ofWeights(Optional.empty(), Optional.empty());

  /** All layers alike. */
  public GivenPrecision(
      Optional<Dtype> weights,
      Optional<Dtype> experts,
      Optional<Dtype> kv,
      Optional<Dtype> dispatch,
      Optional<Dtype> combine,
      Optional<Dtype> attention,
      Optional<Dtype> head) {
    this(weights, experts, kv, dispatch, combine, attention, head, WideLayers.NONE);
  }

  /** Formats of weights alone. */
  public static GivenPrecision ofWeights(Optional<Dtype> weights, Optional<Dtype> experts) {
    return new GivenPrecision(
        weights,
        experts,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same with a KV cache in another format. */
  public GivenPrecision withKv(Dtype cache) {
    return new GivenPrecision(
        weights, experts, Optional.of(cache), dispatch, combine, attention, head, wide);
  }

  private record Chosen(Dtype dtype, FormatOrigin origin) {
    static Chosen of(Optional<Dtype> given, Optional<Dtype> stored, Dtype absent) {
      return given
          .map(dtype -> new Chosen(dtype, FormatOrigin.PROBLEM))
          .or(() -> stored.map(dtype -> new Chosen(dtype, FormatOrigin.CHECKPOINT)))
          .orElse(new Chosen(absent, FormatOrigin.DEFAULT));
    }
  }

  /**
   * All formats. In training they are the recipe's: a checkpoint says nothing of it.
   *
   * <p>Source of the defaults: engines keep the KV cache in 16 bits unless the checkpoint has
   * scales for it (vLLM and SGLang, {@code --kv-cache-dtype auto}), send results in BF16, and
   * quantise tokens before they are sent where experts take them in FP8 (SGLang and vLLM with
   * DeepEP) or INT8 (vllm-ascend).
   */
  public Precision complete(Model model, Topology topology, Phase phase) {
    Optional<StoredFormats> stored = phase == Phase.TRAINING ? Optional.empty() : model.stored();
    Chosen ofWeights = Chosen.of(weights, stored.map(StoredFormats::weights), Dtype.BF16);
    Chosen ofExperts =
        Chosen.of(experts.or(() -> weights), stored.map(StoredFormats::experts), ofWeights.dtype());
    Chosen ofKv = Chosen.of(kv, stored.flatMap(StoredFormats::kv), Dtype.BF16);
    Dtype usual = phase == Phase.TRAINING ? Dtype.BF16 : sent(ofExperts.dtype(), topology);
    Chosen ofDispatch = Chosen.of(dispatch, Optional.empty(), usual);
    Chosen ofCombine = Chosen.of(combine, Optional.empty(), Dtype.BF16);
    return new Precision(
        ofWeights.dtype(),
        ofExperts.dtype(),
        ofKv.dtype(),
        ofDispatch.dtype(),
        ofCombine.dtype(),
        attention,
        head,
        new Precision.Origins(
            ofWeights.origin(),
            ofExperts.origin(),
            ofKv.origin(),
            ofDispatch.origin(),
            ofCombine.origin()));
  }

  private static Dtype sent(Dtype experts, Topology topology) {
    return switch (experts) {
      case FP8, FP8_BLOCK, FP8_TENSOR ->
          topology.usableGpus().stream().allMatch(gpu -> gpu.spec().peakFlops().fp8().isPresent())
              ? Dtype.FP8
              : Dtype.BF16;
      case INT8 -> Dtype.INT8;
      case FP32,
          BF16,
          FP16,
          FP8_WEIGHT_ONLY,
          MXFP8,
          INT8_WEIGHT_ONLY,
          INT4,
          INT4_AWQ,
          INT4_GROUP_64,
          INT4_GROUP_32,
          W4A8,
          FP4,
          NVFP4,
          NVFP4_WEIGHT_ONLY,
          MXFP4,
          MXFP4_BOTH,
          MXFP4_WEIGHT_ONLY ->
          Dtype.BF16;
    };
  }
}
