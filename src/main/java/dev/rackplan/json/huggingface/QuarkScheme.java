package dev.rackplan.json.huggingface;

import dev.rackplan.json.DtypeName;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.huggingface.QuantizationScheme.Rule;
import dev.rackplan.model.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * AMD Quark's exports: {@code global_quant_config} for all linear layers except those under {@code
 * exclude}; {@code layer_quant_config} for those that it names.
 *
 * <p>Source: {@code quark.py} of vLLM; Quark's documentation of its Hugging Face export.
 */
final class QuarkScheme {
  private static final long UNQUANTISED_BITS = 16;

  private QuarkScheme() {}

  static QuantizationScheme read(JsonCursor config) {
    List<Rule> rules = new ArrayList<>(List.of(Rule.unquantised(SchemeReader.exclusions(config))));
    Optional<JsonCursor> layers =
        config.findNullable("layer_quant_config").filter(JsonCursor::isObject);
    if (layers.isPresent()) {
      for (String module : layers.get().keys()) {
        layers
            .get()
            .findNullable(module)
            .flatMap(QuarkScheme::dtype)
            .ifPresent(dtype -> rules.add(Rule.of(List.of(module), dtype)));
      }
    }
    Optional<JsonCursor> global = config.findNullable("global_quant_config");
    Optional<Dtype> linear = global.flatMap(QuarkScheme::dtype);
    return new QuantizationScheme(
        linear,
        rules,
        Optional.empty(),
        linear.isEmpty() && global.isPresent()
            ? Optional.of("global_quant_config is not known: taken as bf16")
            : Optional.empty());
  }

  private static Optional<Dtype> dtype(JsonCursor config) {
    Optional<JsonCursor> weight = tensor(config, "weight");
    if (weight.isEmpty()) {
      return Optional.empty();
    }
    JsonCursor of = weight.get();
    String name = TensorScheme.text(of, "dtype");
    long bits = bits(name);
    boolean floating = name.startsWith("fp") || name.startsWith("mx") || name.startsWith("float");
    long group = name.startsWith("mx") ? 32 : Math.max(0, TensorScheme.number(of, "group_size"));
    long activations =
        tensor(config, "input_tensors")
            .map(input -> bits(TensorScheme.text(input, "dtype")))
            .orElse(UNQUANTISED_BITS);
    boolean block = TensorScheme.text(of, "qscheme").equals("per_block");
    boolean symmetric = of.findNullable("symmetric").map(JsonCursor::bool).orElse(true);
    return bits == UNQUANTISED_BITS
        ? Optional.empty()
        : new TensorScheme(bits, floating, group, block, symmetric, activations).dtype();
  }

  // Several where weights are quantised in two steps: the first is what is stored.
  private static Optional<JsonCursor> tensor(JsonCursor config, String key) {
    return (config.isObject() ? config.findNullable(key) : Optional.<JsonCursor>empty())
        .flatMap(found -> found.isList() ? found.list().stream().findFirst() : Optional.of(found))
        .filter(JsonCursor::isObject);
  }

  private static long bits(String name) {
    return DtypeName.find(name)
        .map(dtype -> 8L * (long) dtype.bytes())
        .filter(bits -> bits >= 8)
        .orElse(name.contains("4") && !name.contains("e4m3") ? 4 : UNQUANTISED_BITS);
  }
}
