package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.huggingface.QuantizationScheme.Rule;
import dev.rackplan.model.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Weight-only formats that say {@code bits} and {@code group_size}: GPTQ, AWQ, AutoRound, HQQ,
 * bitsandbytes, torchao.
 */
final class IntegerScheme {
  private static final List<String> HEAD = List.of("lm_head");

  private IntegerScheme() {}

  static QuantizationScheme gptq(JsonCursor config) {
    JsonCursor of = config;
    long bits = TensorScheme.number(of, "bits");
    bits = bits > 0 ? bits : TensorScheme.number(of, "nbits");
    boolean symmetric = of.findNullable("sym").map(JsonCursor::bool).orElse(true);
    Optional<Dtype> dtype =
        TensorScheme.integers(bits, TensorScheme.number(of, "group_size"), symmetric).dtype();
    if (dtype.isEmpty()) {
      return unknown(bits);
    }
    List<Rule> rules = new ArrayList<>(List.of(Rule.unquantised(SchemeReader.exclusions(config))));
    rules.addAll(dynamic(config, symmetric));
    if (config.findNullable("lm_head").filter(head -> isTrue(head)).isPresent()) {
      rules.add(Rule.of(HEAD, dtype.get()));
    }
    return QuantizationScheme.of(dtype.get(), rules);
  }

  // GPTQModel: "-:regex" is left as it is, "+:regex" or "regex" gets bits of its own.
  private static List<Rule> dynamic(JsonCursor config, boolean symmetric) {
    List<Rule> rules = new ArrayList<>();
    for (String key : List.of("dynamic", "extra_config")) {
      Optional<JsonCursor> found = config.findNullable(key).filter(JsonCursor::isObject);
      for (String module : found.map(JsonCursor::keys).orElse(List.of())) {
        Optional<JsonCursor> own = found.get().findNullable(module).filter(JsonCursor::isObject);
        List<String> modules =
            List.of(module.replaceFirst("^[+-]:", key.equals("dynamic") ? "re:" : ""));
        long bits = own.map(of -> TensorScheme.number(of, "bits")).orElse(0L);
        if (module.startsWith("-:") || bits >= 16) {
          rules.add(Rule.unquantised(modules));
        } else if (own.isPresent() && bits > 0) {
          TensorScheme.integers(bits, TensorScheme.number(own.get(), "group_size"), symmetric)
              .dtype()
              .ifPresent(dtype -> rules.add(Rule.of(modules, dtype)));
        }
      }
    }
    return rules;
  }

  static QuantizationScheme awq(JsonCursor config) {
    long bits = TensorScheme.number(config, "bits");
    bits = bits > 0 ? bits : TensorScheme.number(config, "w_bit");
    long group = TensorScheme.number(config, "group_size");
    group = group > 0 ? group : TensorScheme.number(config, "q_group_size");
    boolean zeroPoint = config.findNullable("zero_point").map(JsonCursor::bool).orElse(true);
    Optional<Dtype> dtype = TensorScheme.integers(bits > 0 ? bits : 4, group, !zeroPoint).dtype();
    return dtype.map(known -> SchemeReader.all(config, known)).orElse(unknown(bits));
  }

  /** NF4 and FP4 have an FP32 scale for 64 values, or scales that are quantised again; INT8. */
  static QuantizationScheme bitsAndBytes(JsonCursor config) {
    if (config.findNullable("load_in_4bit").filter(flag -> isTrue(flag)).isPresent()) {
      boolean twice =
          config.findNullable("bnb_4bit_use_double_quant").filter(flag -> isTrue(flag)).isPresent();
      return SchemeReader.all(config, twice ? Dtype.INT4 : Dtype.INT4_GROUP_32);
    }
    return SchemeReader.all(config, Dtype.INT8);
  }

  static QuantizationScheme torchAo(JsonCursor config) {
    Optional<JsonCursor> type = config.findNullable("quant_type");
    String name =
        type.map(found -> found.tree().toString().toLowerCase(java.util.Locale.ROOT)).orElse("");
    if (name.contains("int4")) {
      return SchemeReader.all(config, Dtype.INT4);
    }
    if (name.contains("float8") || name.contains("fp8")) {
      boolean only = name.contains("weightonly") || name.contains("weight_only");
      return SchemeReader.all(config, only ? Dtype.FP8_WEIGHT_ONLY : Dtype.FP8_TENSOR);
    }
    if (name.contains("int8")) {
      boolean only = name.contains("weightonly") || name.contains("weight_only");
      return SchemeReader.all(config, only ? Dtype.INT8_WEIGHT_ONLY : Dtype.INT8);
    }
    return QuantizationScheme.unknown("torchao's quant_type is not known: weights taken as bf16");
  }

  private static boolean isTrue(JsonCursor flag) {
    return flag.tree().equals(Boolean.TRUE);
  }

  private static QuantizationScheme unknown(long bits) {
    return QuantizationScheme.unknown(bits + "-bit weights are not known: weights taken as bf16");
  }
}
