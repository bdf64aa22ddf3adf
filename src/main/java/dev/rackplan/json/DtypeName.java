package dev.rackplan.json;

import dev.rackplan.model.Dtype;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a number format is called: {@link Dtype#key()}, and the names that vendors, engines and
 * checkpoints have for it.
 *
 * <p>Source: PyTorch's dtypes; vLLM's {@code --kv-cache-dtype} and {@code --quantization};
 * ModelOpt's {@code quant_algo}; compressed-tensors' preset schemes; AIConfigurator's modes.
 */
public final class DtypeName {
  private static final Map<String, Dtype> KNOWN = known();

  private DtypeName() {}

  private static Map<String, Dtype> known() {
    Map<String, Dtype> known = new LinkedHashMap<>();
    for (Dtype dtype : Dtype.values()) {
      known.put(dtype.key(), dtype);
    }
    also(known, Dtype.FP32, "float32", "float");
    also(known, Dtype.BF16, "bfloat16");
    also(known, Dtype.FP16, "float16", "half");
    also(known, Dtype.FP8, "fp8_e4m3", "fp8_e5m2", "e4m3", "e5m2", "float8", "float8_e4m3");
    also(known, Dtype.FP8, "fp8_e4m3fn", "fp8_e4m3fnuz", "float8_e4m3fn", "float8_e4m3fnuz");
    also(known, Dtype.FP8, "float8_e5m2", "w8a8_fp8");
    also(known, Dtype.FP8_BLOCK, "fp8_blockwise", "fp8_block_128", "fp8_pb_wo");
    also(known, Dtype.FP8_TENSOR, "fp8_per_tensor", "fp8_per_channel", "fp8_static", "fp8_dynamic");
    also(known, Dtype.FP8_TENSOR, "fbgemm_fp8", "ptpc_fp8", "fp8_per_channel_per_token");
    also(known, Dtype.FP8_TENSOR, "fp8_ootb");
    also(known, Dtype.FP8_WEIGHT_ONLY, "fp8_w8a16");
    also(
        known,
        Dtype.INT8,
        "w8a8",
        "w8a8_int8",
        "w8a8_dynamic",
        "smoothquant",
        "sq",
        "w8a8_sq_per_channel");
    also(
        known,
        Dtype.INT8_WEIGHT_ONLY,
        "int8_wo",
        "w8a16_int8",
        "int8_gptq",
        "gptq_int8",
        "experts_int8");
    also(
        known,
        Dtype.INT4,
        "w4a16",
        "int4_wo",
        "int4_gptq",
        "gptq_int4",
        "gptq",
        "gptq_marlin",
        "marlin");
    also(known, Dtype.INT4_AWQ, "awq", "awq_int4", "awq_marlin", "w4a16_awq", "int4_asym");
    also(known, Dtype.W4A8, "w4a8_awq", "w4afp8", "w4a8_fp8", "w4a8_int8", "w4a8_dynamic");
    also(known, Dtype.NVFP4, "w4a4_nvfp4", "modelopt_fp4", "nvfp4_awq");
    also(known, Dtype.NVFP4_WEIGHT_ONLY, "nvfp4a16", "nvfp4_w4a16");
    also(known, Dtype.MXFP4, "w4a8_mxfp4_mxfp8", "w4a8_mxfp4_fp8");
    also(known, Dtype.MXFP4_BOTH, "mxfp4_w4a4");
    also(known, Dtype.MXFP4_WEIGHT_ONLY, "mxfp4a16", "mxfp4_w4a16");
    return Collections.unmodifiableMap(known);
  }

  private static void also(Map<String, Dtype> known, Dtype dtype, String... names) {
    for (String name : names) {
      known.put(name, dtype);
    }
  }

  /** All names, each format's own first; case, dashes and {@code torch.} do not count. */
  public static List<String> all() {
    return List.copyOf(KNOWN.keySet());
  }

  /** The format called {@code name}; empty where none is. */
  public static Optional<Dtype> find(String name) {
    String plain = name.trim().toLowerCase(Locale.ROOT).replace('-', '_');
    return Optional.ofNullable(KNOWN.get(plain.replaceFirst("^torch\\.", "")));
  }

  /** The format called {@code name}; an error with the nearest name at {@code cursor} otherwise. */
  static Dtype of(JsonCursor cursor) {
    String name = cursor.text();
    return find(name)
        .orElseThrow(() -> cursor.error("is no number format, was \"" + name + "\"", remedy(name)));
  }

  /** The nearest name to {@code name}, then each format's own. */
  public static String remedy(String name) {
    List<String> own = new ArrayList<>();
    for (Dtype dtype : Dtype.values()) {
      own.add(dtype.key());
    }
    return Spelling.nearest(name.replace('-', '_'), all())
            .map(near -> "Did you mean \"" + near + "\"? ")
            .orElse("")
        + "Known: "
        + String.join(", ", own)
        + ", and vendors' names for them (docs/formats.md#precision).";
  }
}
