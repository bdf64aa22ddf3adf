package dev.rackplan.export;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.problem.FormatOrigin;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Number formats that a problem sets otherwise than an engine would take them from the checkpoint,
 * as its flags.
 *
 * <p>Source: {@code kv_cache_dtype} and {@code quantization} of SGLang 0.5.23 ({@code
 * arg_groups/fields/model.py}, {@code choices.py}) and vLLM 0.33.0 ({@code config/cache.py}, {@code
 * weight_utils.py}); {@code KvCacheConfig.dtype} of TensorRT-LLM. {@code --quantization fp8} takes
 * a checkpoint in FP8 as it is, and makes one in 16 bits FP8 while it is read.
 */
final class FormatFlags {
  private FormatFlags() {}

  static List<String> sglang(Deployment deployment) {
    return words(
        deployment,
        dtype ->
            switch (dtype) {
              case BF16 -> Optional.of("bf16");
              case FP8 -> Optional.of("fp8_e4m3");
              case MXFP4 -> Optional.of("fp4_mx_block16");
              case NVFP4 -> Optional.of("nvfp4");
              default -> Optional.empty();
            });
  }

  static List<String> vllm(Deployment deployment) {
    return words(
        deployment,
        dtype ->
            switch (dtype) {
              case BF16 -> Optional.of("bfloat16");
              case FP16 -> Optional.of("float16");
              case FP8 -> Optional.of("fp8");
              case INT8 -> Optional.of("int8_per_token_head");
              case NVFP4 -> Optional.of("nvfp4");
              default -> Optional.empty();
            });
  }

  /** {@code kv_cache_config.dtype}; empty where {@code auto} is the plan's. */
  static Optional<String> tensorRtCache(Deployment deployment) {
    return cache(deployment)
        .map(
            dtype ->
                switch (dtype) {
                  case FP8 -> "fp8";
                  case NVFP4 -> "nvfp4";
                  default -> throw refusal(dtype);
                });
  }

  // On Ascend, engines read both from the checkpoint alone.
  private static List<String> words(
      Deployment deployment, Function<Dtype, Optional<String>> cacheNames) {
    boolean flags = Accelerators.of(deployment) != Accelerators.HUAWEI;
    List<String> words = new ArrayList<>();
    if (flags) {
      quantization(deployment.problem()).ifPresent(name -> words.add("--quantization " + name));
    }
    cache(deployment)
        .map(
            dtype ->
                cacheNames.apply(dtype).filter(name -> flags).orElseThrow(() -> refusal(dtype)))
        .ifPresent(name -> words.add("--kv-cache-dtype " + name));
    return words;
  }

  // Both take FP8 whatever its scales are; a checkpoint that has what is planned needs no word.
  private static Optional<String> quantization(Problem problem) {
    Precision precision = problem.precision();
    Dtype own = problem.model().stored().map(StoredFormats::weights).orElse(Dtype.BF16);
    boolean whole =
        problem.model().moeLayers().isEmpty() || precision.experts() == precision.weights();
    if (precision.origins().weights() != FormatOrigin.PROBLEM
        || own.isLike(precision.weights())
        || !whole) {
      return Optional.empty();
    }
    return switch (precision.weights()) {
      case FP8, FP8_TENSOR, FP8_BLOCK -> Optional.of("fp8");
      case MXFP8 -> Optional.of("mxfp8");
      default -> Optional.empty();
    };
  }

  // Empty where it is what the engine takes by itself: the checkpoint's, or 16 bits.
  private static Optional<Dtype> cache(Deployment deployment) {
    Precision precision = deployment.problem().precision();
    Dtype own = deployment.problem().model().stored().flatMap(StoredFormats::kv).orElse(Dtype.BF16);
    return precision.origins().kv() == FormatOrigin.PROBLEM && !own.isLike(precision.kv())
        ? Optional.of(precision.kv())
        : Optional.empty();
  }

  private static ExportRefusal refusal(Dtype cache) {
    return new ExportRefusal(
        "The engine has no option for a KV cache in "
            + cache.key()
            + ", which the plan counts with",
        "Give another precision.kv, such as bf16 or fp8, or a checkpoint that says it.");
  }
}
