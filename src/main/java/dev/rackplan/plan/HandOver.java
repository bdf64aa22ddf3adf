package dev.rackplan.plan;

import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Model;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.topology.GpuVendor;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What engines want of the layouts of two pools that hand KV caches over; what they check at their
 * start, or when the first request comes. Launch files and the search of deployments both keep to
 * it.
 *
 * <p>Source: SGLang 0.5.23, {@code disaggregation/common/conn.py}: {@code try_ensure_parallel_info}
 * and {@code _resolve_rank_mapping}; vLLM 0.33, {@code kv_connector/v1/nixl/base_worker.py} and
 * {@code kv_connector/utils.py}.
 *
 * @param engine that runs both pools
 * @param model that they serve
 * @param prefill whose accelerators read; empty where nobody says
 * @param decode whose accelerators decode, likewise
 */
public record HandOver(
    EngineKind engine, Model model, Optional<GpuVendor> prefill, Optional<GpuVendor> decode) {
  private static final Set<GpuVendor> SGLANG_ON =
      EnumSet.of(GpuVendor.NVIDIA, GpuVendor.AMD, GpuVendor.HUAWEI);
  private static final Set<GpuVendor> VLLM_ON = EnumSet.of(GpuVendor.NVIDIA, GpuVendor.AMD);

  /**
   * A rule that two layouts break.
   *
   * @param words whose rule, and what breaks it
   * @param remedy what would help, as a sentence
   */
  public record Fault(String words, String remedy) {}

  /** The first rule that is broken; empty where the caches can be handed over. */
  public Optional<Fault> fault(Layout reads, Layout writes) {
    return switch (engine) {
      case SGLANG ->
          elsewhere("SGLang", SGLANG_ON)
              .or(() -> unevenTensors("SGLang", reads, writes))
              .or(() -> stagesOfSglang(reads, writes))
              .or(() -> contextParallel(writes));
      case VLLM ->
          elsewhere("vLLM", VLLM_ON)
              .or(() -> unevenTensors("vLLM", reads, writes))
              .or(() -> stagesOfVllm(reads, writes));
      case TENSORRT_LLM -> Optional.empty();
      case VLLM_ASCEND ->
          Optional.of(
              new Fault(
                  "the export for vllm-ascend connects no prefill and decode pools: its proxy is an"
                      + " example of its source tree, in no package",
                  "Export for sglang, vllm or trtllm, or solve with phase \"decode\"."));
      case MEGATRON ->
          Optional.of(
              new Fault(
                  "Megatron-LM trains; the plan serves", "Export for sglang, vllm or trtllm."));
    };
  }

  // Mooncake and NIXL are built for some makers' memory; what one lays out another can't read.
  private Optional<Fault> elsewhere(String name, Set<GpuVendor> makers) {
    for (Optional<GpuVendor> maker : List.of(prefill, decode)) {
      if (maker.isPresent() && !makers.contains(maker.get())) {
        return Optional.of(
            new Fault(
                name + " hands over no KV caches on accelerators of " + maker.get().title(),
                "Serve prompts and decode on the same GPUs."));
      }
    }
    return prefill.isPresent() && decode.isPresent() && prefill.get() != decode.get()
        ? Optional.of(
            new Fault(
                name + " hands over no KV caches from one maker's accelerators to another's",
                "Give both pools accelerators of one maker."))
        : Optional.empty();
  }

  // Each shard is read from whole shards of the other pool.
  private static Optional<Fault> unevenTensors(String engine, Layout one, Layout other) {
    int prefill = one.attentionTensorParallel();
    int decode = other.attentionTensorParallel();
    if (prefill % decode == 0 || decode % prefill == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Fault(
            engine
                + " hands over shards of KV caches whole; attention tensor parallelism "
                + prefill
                + " of prefill and "
                + decode
                + " of decode do not divide each other",
            "Solve with an attentionTensorParallel that is a multiple of the other pool's."));
  }

  private static Optional<Fault> stagesOfSglang(Layout one, Layout other) {
    int prefill = one.pipelineStages();
    int decode = other.pipelineStages();
    if (decode == 1 || decode == prefill) {
      return Optional.empty();
    }
    return Optional.of(
        new Fault(
            "SGLang's decode pool has one stage, or as many as prefill; they have "
                + decode
                + " and "
                + prefill,
            "Solve the decode pool with pipelineStages 1 or " + prefill + "."));
  }

  private Optional<Fault> stagesOfVllm(Layout one, Layout other) {
    int prefill = one.pipelineStages();
    int decode = other.pipelineStages();
    if (decode != 1) {
      return Optional.of(
          new Fault(
              "vLLM's decode pool has one stage; the plan has " + decode,
              "Solve the decode pool with pipelineStages 1."));
    }
    return prefill > 1 && isHybrid()
        ? Optional.of(
            new Fault(
                "vLLM's NixlConnector takes layers of unlike attention from one stage; the prefill"
                    + " pool has "
                    + prefill,
                "Solve the prefill pool with pipelineStages 1."))
        : Optional.empty();
  }

  private boolean isHybrid() {
    return model.layers().stream().map(layer -> layer.attention().getClass()).distinct().count()
        > 1;
  }

  private Optional<Fault> contextParallel(Layout other) {
    int decode = other.get(Degree.DECODE_CONTEXT_PARALLEL);
    return decode > 1 && !hasLatent()
        ? Optional.of(
            new Fault(
                "SGLang's decode pools divide contexts of latent attention only;"
                    + " decodeContextParallel is "
                    + decode,
                "Solve the decode pool with decodeContextParallel 1."))
        : Optional.empty();
  }

  private boolean hasLatent() {
    return model.layers().stream()
        .anyMatch(
            layer ->
                layer.attention() instanceof LatentAttention
                    || layer.attention() instanceof CompressedAttention);
  }
}
