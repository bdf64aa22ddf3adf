package dev.rackplan.export;

import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Pool;

/**
 * What engines want of pools that hand KV caches over; what they check at their start, or when the
 * first request comes.
 *
 * <p>Source: SGLang 0.5.23, {@code disaggregation/common/conn.py}: {@code try_ensure_parallel_info}
 * and {@code _resolve_rank_mapping}; vLLM 0.33, {@code kv_connector/v1/nixl/base_worker.py} and
 * {@code kv_connector/utils.py}.
 */
final class HandOverRules {
  private HandOverRules() {}

  /**
   * Refuses what {@code engine} would.
   *
   * @throws ExportRefusal naming the first rule that is broken
   */
  static void check(EngineKind engine, ServedPools pools) {
    for (Deployment prefill : pools.of(Pool.PREFILL)) {
      for (Deployment decode : pools.of(Pool.DECODE)) {
        check(engine, new Pair(prefill, decode));
      }
    }
  }

  private record Pair(Deployment prefill, Deployment decode) {}

  private static void check(EngineKind engine, Pair pair) {
    refuseUnlike(pair);
    switch (engine) {
      case SGLANG -> {
        refuseUnevenTensors("SGLang", pair);
        refuseStages(pair);
        refuseContextParallel(pair);
      }
      case VLLM -> {
        refuseUnevenTensors("vLLM", pair);
        refuseStagesOfDecode(pair);
      }
      case TENSORRT_LLM -> {}
      case VLLM_ASCEND ->
          throw new ExportRefusal(
              "the export for vllm-ascend connects no prefill and decode pools: its proxy is an example of its"
                  + " source tree, in no package",
              "Export for sglang, vllm or trtllm, or solve with phase \"decode\".");
      case MEGATRON ->
          throw new ExportRefusal(
              "Megatron-LM trains; the plan serves", "Export for sglang, vllm or trtllm.");
    }
  }

  private static void refuseUnlike(Pair pair) {
    var prefill = pair.prefill().problem();
    var decode = pair.decode().problem();
    if (!prefill.model().name().equals(decode.model().name())) {
      throw new ExportRefusal(
          "pools that serve together have one model; prefill has "
              + prefill.model().name()
              + ", decode "
              + decode.model().name(),
          "Solve both for one model.");
    }
    if (prefill.precision().kv() != decode.precision().kv()) {
      throw new ExportRefusal(
          "KV caches are handed over as they are; prefill keeps them as "
              + prefill.precision().kv()
              + ", decode as "
              + decode.precision().kv(),
          "Give both one precision.kv.");
    }
    if (!prefill.engine().memory().pageTokens().equals(decode.engine().memory().pageTokens())) {
      throw new ExportRefusal(
          "both pools need pages of as many tokens", "Give both one engine.pageTokens.");
    }
  }

  // Each shard is read from whole shards of the other pool.
  private static void refuseUnevenTensors(String engine, Pair pair) {
    int prefill = pair.prefill().layout().attentionTensorParallel();
    int decode = pair.decode().layout().attentionTensorParallel();
    if (prefill % decode != 0 && decode % prefill != 0) {
      throw new ExportRefusal(
          engine
              + " hands over shards of KV caches whole; attention tensor parallelism "
              + prefill
              + " of prefill and "
              + decode
              + " of decode do not divide each other",
          "Solve with an attentionTensorParallel that is a multiple of the other pool's.");
    }
  }

  private static void refuseStages(Pair pair) {
    int prefill = pair.prefill().layout().pipelineStages();
    int decode = pair.decode().layout().pipelineStages();
    if (decode != 1 && decode != prefill) {
      throw new ExportRefusal(
          "SGLang's decode pool has one stage, or as many as prefill; they have "
              + decode
              + " and "
              + prefill,
          "Solve the decode pool with pipelineStages 1 or " + prefill + ".");
    }
  }

  private static void refuseStagesOfDecode(Pair pair) {
    int decode = pair.decode().layout().pipelineStages();
    if (decode != 1) {
      throw new ExportRefusal(
          "vLLM's decode pool has one stage; the plan has " + decode,
          "Solve the decode pool with pipelineStages 1.");
    }
    var layers = pair.prefill().problem().model().layers();
    boolean hybrid = layers.stream().map(l -> l.attention().getClass()).distinct().count() > 1;
    int prefill = pair.prefill().layout().pipelineStages();
    if (prefill > 1 && hybrid) {
      throw new ExportRefusal(
          "vLLM's NixlConnector takes layers of unlike attention from one stage; the prefill pool has "
              + prefill,
          "Solve the prefill pool with pipelineStages 1.");
    }
  }

  private static void refuseContextParallel(Pair pair) {
    int decode = pair.decode().layout().get(Degree.DECODE_CONTEXT_PARALLEL);
    boolean latent =
        pair.decode().problem().model().layers().stream()
            .anyMatch(
                layer ->
                    layer.attention() instanceof LatentAttention
                        || layer.attention() instanceof CompressedAttention);
    if (decode > 1 && !latent) {
      throw new ExportRefusal(
          "SGLang's decode pools divide contexts of latent attention only; decodeContextParallel is "
              + decode,
          "Solve the decode pool with decodeContextParallel 1.");
    }
  }
}
