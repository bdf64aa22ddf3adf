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
 * NVIDIA ModelOpt's exports: {@code quant_algo} for all linear layers, or layer by layer under
 * {@code quantized_layers}. In {@code hf_quant_config.json}, or within {@code config.json} beside
 * groups of compressed-tensors that say the same.
 *
 * <p>Source: ModelOpt's {@code export/quant_utils.py}; {@code QuantAlgo} of TensorRT-LLM; {@code
 * modelopt.py} of vLLM.
 */
final class ModelOptScheme {
  private static final String MIXED = "mixed_precision";

  private ModelOptScheme() {}

  static QuantizationScheme read(JsonCursor config) {
    List<Rule> rules = new ArrayList<>(List.of(Rule.unquantised(SchemeReader.exclusions(config))));
    List<Rule> layers = quantizedLayers(config);
    rules.addAll(layers);
    String algorithm = TensorScheme.text(config, "quant_algo");
    if (!layers.isEmpty() && (algorithm.isEmpty() || algorithm.equals(MIXED))) {
      return QuantizationScheme.none(rules).withKv(KvScheme.read(config));
    }
    Optional<Dtype> linear = dtype(algorithm, TensorScheme.number(config, "group_size"));
    if (linear.isEmpty() && config.has("config_groups")) {
      return CompressedTensorsScheme.read(config).withKv(KvScheme.read(config));
    }
    boolean none = algorithm.isEmpty() || algorithm.equals("no_quant");
    return new QuantizationScheme(
        linear,
        rules,
        KvScheme.read(config),
        linear.isPresent() || none
            ? Optional.empty()
            : Optional.of("quant_algo \"" + algorithm + "\" is not known: taken as bf16"));
  }

  /** Rules for the modules under {@code quantized_layers}; of those with one algorithm one. */
  static List<Rule> quantizedLayers(JsonCursor config) {
    Optional<JsonCursor> layers =
        config.findNullable("quantized_layers").filter(JsonCursor::isObject);
    if (layers.isEmpty()) {
      return List.of();
    }
    List<List<String>> modules = new ArrayList<>();
    for (int i = 0; i < Dtype.values().length; i++) {
      modules.add(new ArrayList<>());
    }
    for (String module : layers.get().keys()) {
      layers
          .get()
          .findNullable(module)
          .filter(JsonCursor::isObject)
          .flatMap(
              layer ->
                  dtype(
                      TensorScheme.text(layer, "quant_algo"),
                      TensorScheme.number(layer, "group_size")))
          .ifPresent(dtype -> modules.get(dtype.ordinal()).add(module));
    }
    List<Rule> rules = new ArrayList<>();
    for (Dtype dtype : Dtype.values()) {
      if (!modules.get(dtype.ordinal()).isEmpty()) {
        rules.add(Rule.of(modules.get(dtype.ordinal()), dtype));
      }
    }
    return rules;
  }

  private static Optional<Dtype> dtype(String algorithm, long group) {
    return switch (algorithm.toLowerCase(Locale.ROOT)) {
      case "fp8", "fp8_pc_pt" -> Optional.of(Dtype.FP8_TENSOR);
      case "fp8_block_scales", "fp8_pb_real" -> Optional.of(Dtype.FP8_BLOCK);
      case "nvfp4", "nvfp4_svdquant", "w4a8_nvfp4_fp8", "nvfp4_fp8" -> Optional.of(Dtype.NVFP4);
      case "w4a16_awq", "int4_awq", "w4a16_gptq", "w4a16" ->
          TensorScheme.integers(4, group, !algorithm.endsWith("gptq")).dtype();
      case "w4a8_qserve_per_group", "w4a8_qserve_per_channel" -> Optional.of(Dtype.W4A8);
      case "w8a16_gptq" -> Optional.of(Dtype.INT8_WEIGHT_ONLY);
      case "int8_sq", "w8a8_sq_per_tensor_plugin", "w8a8_sq_per_channel_per_token_plugin" ->
          Optional.of(Dtype.INT8);
      case "mxfp4" -> Optional.of(Dtype.MXFP4_BOTH);
      case "", MIXED -> Optional.empty();
      default -> DtypeName.find(algorithm);
    };
  }
}
