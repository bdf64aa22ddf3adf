package dev.rackplan.json.huggingface;

import dev.rackplan.json.DtypeName;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.huggingface.QuantizationScheme.Rule;
import dev.rackplan.model.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads a {@code quantization_config} by its {@code quant_method}. One that it does not know is no
 * error: it is remarked on.
 *
 * <p>Source: the quantisation configs of vLLM ({@code layers/quantization}), SGLang and
 * transformers ({@code utils/quantization_config.py}).
 */
final class SchemeReader {
  private static final List<String> EXCLUSIONS =
      List.of(
          "ignore",
          "ignored_layers",
          "modules_to_not_convert",
          "exclude_modules",
          "exclude",
          "exclude_layers",
          "llm_int8_skip_modules");
  private static final List<String> ROUTED = List.of("experts");

  private SchemeReader() {}

  /**
   * @param expertDtype of the config's {@code expert_dtype}
   */
  static QuantizationScheme read(JsonCursor config, Optional<Dtype> expertDtype) {
    String method =
        config
            .findNullable("quant_method")
            .filter(JsonCursor::isText)
            .map(JsonCursor::text)
            .orElse("")
            .toLowerCase(Locale.ROOT)
            .replace('-', '_');
    return ofMethod(config, method, expertDtype).withKv(KvScheme.read(config));
  }

  private static QuantizationScheme ofMethod(
      JsonCursor config, String method, Optional<Dtype> expertDtype) {
    if (method.startsWith("modelopt")
        || method.equals("petit_nvfp4")
        || (config.has("quant_algo") && !method.equals("fp8"))) {
      return ModelOptScheme.read(config);
    }
    return switch (method) {
      case "fp8" -> fp8(config, expertDtype);
      case "fbgemm_fp8", "ptpc_fp8", "w8a8_fp8" -> all(config, Dtype.FP8_TENSOR);
      case "mxfp4" -> routed(config, Optional.empty(), Dtype.MXFP4);
      case "w4afp8" -> routed(config, Optional.of(Dtype.FP8_BLOCK), Dtype.W4A8);
      case "experts_int8" -> routed(config, Optional.empty(), Dtype.INT8_WEIGHT_ONLY);
      case "compressed_tensors", "" -> CompressedTensorsScheme.read(config);
      case "quark" -> QuarkScheme.read(config);
      case "gptq", "gptq_marlin", "auto_round", "intel/auto_round", "gptqmodel", "hqq" ->
          IntegerScheme.gptq(config);
      case "awq", "awq_marlin" -> IntegerScheme.awq(config);
      case "moe_wna16" ->
          config.findNullable("linear_quant_method").filter(SchemeReader::isAwq).isPresent()
              ? IntegerScheme.awq(config)
              : IntegerScheme.gptq(config);
      case "bitsandbytes" -> IntegerScheme.bitsAndBytes(config);
      case "torchao" -> IntegerScheme.torchAo(config);
      case "w8a8_int8", "blockwise_int8", "smoothquant" -> all(config, Dtype.INT8);
      case "eetq" -> all(config, Dtype.INT8_WEIGHT_ONLY);
      default ->
          DtypeName.find(method)
              .map(dtype -> all(config, dtype))
              .orElseGet(
                  () ->
                      QuantizationScheme.unknown(
                          "quant_method \"" + method + "\" is not known: weights taken as bf16"));
    };
  }

  private static boolean isAwq(JsonCursor method) {
    return method.isText() && method.text().toLowerCase(Locale.ROOT).contains("awq");
  }

  private static QuantizationScheme fp8(JsonCursor config, Optional<Dtype> expertDtype) {
    Dtype dtype = config.has("weight_block_size") ? Dtype.FP8_BLOCK : Dtype.FP8_TENSOR;
    // ModelOpt's lists, where it made NVFP4 experts of an FP8 checkpoint, are of what it changed.
    List<Rule> rules = new ArrayList<>(ModelOptScheme.quantizedLayers(config));
    if (rules.isEmpty()) {
      rules.add(Rule.unquantised(exclusions(config)));
    }
    expertDtype.ifPresent(experts -> rules.add(Rule.of(ROUTED, experts)));
    return QuantizationScheme.of(dtype, rules);
  }

  /** FP8 in blocks, routed experts in a format of their own where one is given. */
  static QuantizationScheme fp8Blocks(Optional<Dtype> experts) {
    return QuantizationScheme.of(
        Dtype.FP8_BLOCK, experts.stream().map(dtype -> Rule.of(ROUTED, dtype)).toList());
  }

  /** Every linear layer except those that the config excludes. */
  static QuantizationScheme all(JsonCursor config, Dtype dtype) {
    return QuantizationScheme.of(dtype, List.of(Rule.unquantised(exclusions(config))));
  }

  private static QuantizationScheme routed(
      JsonCursor config, Optional<Dtype> others, Dtype experts) {
    return new QuantizationScheme(
        others,
        List.of(Rule.unquantised(exclusions(config)), Rule.of(ROUTED, experts)),
        Optional.empty(),
        Optional.empty());
  }

  /** Modules that the config excludes, under whatever key. */
  static List<String> exclusions(JsonCursor config) {
    List<String> excluded = new ArrayList<>();
    for (String key : EXCLUSIONS) {
      config
          .findNullable(key)
          .filter(JsonCursor::isList)
          .ifPresent(list -> excluded.addAll(texts(list)));
    }
    return excluded;
  }

  /** The texts of a list. */
  static List<String> texts(JsonCursor list) {
    return list.list().stream().filter(JsonCursor::isText).map(JsonCursor::text).toList();
  }
}
