package dev.rackplan.export;

import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.FormatOrigin;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The format of the KV cache as engines are told it. Left to themselves they take the model's, or
 * what the checkpoint has scales for; latents with an index they keep in FP8 on some GPUs, whatever
 * the checkpoint says.
 *
 * <p>Source: SGLang 0.5.23, {@code arg_groups/fields/model.py} and {@code
 * _dsa_kv_cache_dtype_default}; vLLM 0.33, {@code config/cache.py}, {@code
 * model_executor/models/config.py} (GLM's) and {@code models/deepseek_v4/attention.py};
 * TensorRT-LLM 1.2, {@code KvCacheConfig.dtype}, which is {@code auto}, {@code fp8} or {@code
 * nvfp4}.
 */
final class CacheFormat {
  private static final Map<Dtype, String> SGLANG =
      Map.of(
          Dtype.BF16,
          "bfloat16",
          Dtype.FP8,
          "fp8_e4m3",
          Dtype.NVFP4,
          "nvfp4",
          Dtype.MXFP4,
          "fp4_mx_block16");
  private static final Map<Dtype, String> VLLM =
      Map.of(
          Dtype.BF16,
          "bfloat16",
          Dtype.FP16,
          "float16",
          Dtype.FP8,
          "fp8",
          Dtype.INT8,
          "int8_per_token_head",
          Dtype.NVFP4,
          "nvfp4");
  private static final Map<Dtype, String> TENSORRT_LLM =
      Map.of(Dtype.FP8, "fp8", Dtype.NVFP4, "nvfp4");

  private CacheFormat() {}

  /** Lines of flags: one, or none where the engine's own choice is the plan's. */
  static List<String> sglang(Deployment deployment) {
    return flags(deployment, EngineKind.SGLANG, SGLANG);
  }

  /**
   * The same.
   *
   * @throws ExportRefusal where the problem wants caches in 16 bits that vLLM keeps in FP8
   */
  static List<String> vllm(Deployment deployment) {
    if (isSaid(deployment)
        && isWide(kv(deployment))
        && has(deployment, own -> own.attention() instanceof CompressedAttention)) {
      throw new ExportRefusal(
          "vLLM keeps caches of compressed attention in FP8; the problem has precision.kv "
              + kv(deployment).key(),
          "Solve with precision.kv fp8.");
    }
    return flags(deployment, EngineKind.VLLM, VLLM);
  }

  /**
   * Nothing: on Ascend checkpoints alone say it.
   *
   * @throws ExportRefusal where the problem says another format than 16 bits
   */
  static void refuseOnAscend(Deployment deployment) {
    boolean asked =
        Accelerators.of(deployment) == Accelerators.HUAWEI
            && deployment.problem().precision().origins().kv() == FormatOrigin.PROBLEM
            && !isWide(kv(deployment));
    if (asked) {
      throw refusal(deployment, EngineKind.VLLM_ASCEND);
    }
  }

  /** {@code kv_cache_config.dtype}; empty where the cache has 16 bits. */
  static Optional<String> tensorRt(Deployment deployment) {
    return isWide(kv(deployment))
        ? Optional.empty()
        : Optional.of(word(deployment, EngineKind.TENSORRT_LLM, TENSORRT_LLM));
  }

  private static List<String> flags(
      Deployment deployment, EngineKind engine, Map<Dtype, String> words) {
    if (!isSaid(deployment) && !isChosenByEngine(deployment)) {
      return List.of();
    }
    // SGLang has no word for FP16: the model's own.
    return kv(deployment) == Dtype.FP16 && !words.containsKey(Dtype.FP16)
        ? List.of()
        : List.of("--kv-cache-dtype " + word(deployment, engine, words));
  }

  private static String word(Deployment deployment, EngineKind engine, Map<Dtype, String> words) {
    String word = words.get(kv(deployment));
    if (word == null) {
      throw refusal(deployment, engine);
    }
    return word;
  }

  private static ExportRefusal refusal(Deployment deployment, EngineKind engine) {
    return new ExportRefusal(
        engine.title() + " has no option for a KV cache in " + kv(deployment).key(),
        "Solve with another precision.kv, such as bf16.");
  }

  private static Dtype kv(Deployment deployment) {
    return deployment.problem().precision().kv();
  }

  private static boolean isWide(Dtype kv) {
    return kv == Dtype.BF16 || kv == Dtype.FP16;
  }

  private static boolean isSaid(Deployment deployment) {
    return deployment.problem().precision().origins().kv() != FormatOrigin.DEFAULT;
  }

  private static boolean isChosenByEngine(Deployment deployment) {
    return has(
        deployment,
        layer -> layer.attention() instanceof LatentAttention own && own.index().isPresent());
  }

  private static boolean has(Deployment deployment, Predicate<Layer> wanted) {
    return deployment.problem().model().layers().stream().anyMatch(wanted);
  }
}
