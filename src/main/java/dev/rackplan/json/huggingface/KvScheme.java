package dev.rackplan.json.huggingface;

import dev.rackplan.json.DtypeName;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Dtype;
import java.util.List;
import java.util.Optional;

/**
 * What a quantisation config says of the KV cache: it has scales for one, and engines' {@code auto}
 * then takes that format.
 *
 * <p>Source: {@code kv_cache_scheme} of compressed-tensors and AutoFP8, {@code kv_cache_quant_algo}
 * of ModelOpt, {@code kv_cache_quant_config} of Quark, as vLLM and SGLang read them.
 */
final class KvScheme {
  private KvScheme() {}

  static Optional<Dtype> read(JsonCursor config) {
    for (String key : List.of("kv_cache_scheme", "kv_cache_quant_algo", "kv_cache_quant_config")) {
      Optional<Dtype> dtype = config.findNullable(key).flatMap(KvScheme::dtype);
      if (dtype.isPresent()) {
        return dtype;
      }
    }
    return Optional.empty();
  }

  private static Optional<Dtype> dtype(JsonCursor scheme) {
    if (scheme.isText()) {
      String name = scheme.text();
      // AutoFP8 says how the scales were found.
      return name.equals("static") || name.equals("dynamic")
          ? Optional.of(Dtype.FP8)
          : DtypeName.find(name).filter(KvScheme::isNarrow);
    }
    if (!scheme.isObject()) {
      return Optional.empty();
    }
    if (scheme.has("num_bits")) {
      return ofBits(TensorScheme.number(scheme, "num_bits"), TensorScheme.isFloat(scheme));
    }
    // Quark: by module, what its output is quantised to.
    for (String module : scheme.keys()) {
      Optional<Dtype> dtype =
          scheme
              .findNullable(module)
              .filter(JsonCursor::isObject)
              .flatMap(entry -> entry.findNullable("output_tensors"))
              .filter(JsonCursor::isObject)
              .flatMap(entry -> entry.findNullable("dtype"))
              .filter(JsonCursor::isText)
              .flatMap(entry -> DtypeName.find(entry.text()))
              .filter(KvScheme::isNarrow);
      if (dtype.isPresent()) {
        return dtype;
      }
    }
    return Optional.empty();
  }

  private static boolean isNarrow(Dtype dtype) {
    return !dtype.isOfWeightsOnly() && dtype.bytes() < Dtype.BF16.bytes();
  }

  private static Optional<Dtype> ofBits(long bits, boolean floating) {
    if (bits == 8) {
      return Optional.of(floating ? Dtype.FP8 : Dtype.INT8);
    }
    return bits == 4 ? Optional.of(floating ? Dtype.NVFP4 : Dtype.FP4) : Optional.empty();
  }
}
