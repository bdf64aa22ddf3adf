package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.huggingface.QuantizationScheme.Rule;
import dev.rackplan.model.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The {@code config_groups} of compressed-tensors: each group quantises the modules that its {@code
 * targets} name, by class ({@code Linear}) or by path; {@code ignore} goes before them all.
 */
final class CompressedTensorsScheme {
  private CompressedTensorsScheme() {}

  static QuantizationScheme read(JsonCursor config) {
    Optional<JsonCursor> groups = config.findNullable("config_groups").filter(JsonCursor::isObject);
    if (groups.isEmpty()) {
      // Older files wrap it once more.
      return config
          .findNullable("quantization_config")
          .filter(JsonCursor::isObject)
          .map(CompressedTensorsScheme::read)
          .orElseGet(
              () ->
                  QuantizationScheme.unknown(
                      "has neither a known quant_method nor config_groups: weights taken as bf16"));
    }
    List<Rule> rules = new ArrayList<>(List.of(Rule.unquantised(SchemeReader.exclusions(config))));
    Optional<Dtype> linear = Optional.empty();
    Optional<String> remark = Optional.empty();
    for (String name : groups.get().keys()) {
      Optional<JsonCursor> group = groups.get().findNullable(name).filter(JsonCursor::isObject);
      Optional<TensorScheme> scheme = group.flatMap(TensorScheme::ofGroup);
      if (scheme.isEmpty()) {
        continue;
      }
      Optional<Dtype> dtype = scheme.get().dtype();
      if (dtype.isEmpty()) {
        remark = Optional.of(unknown(name, scheme.get()));
        continue;
      }
      List<String> modules = modules(group.get());
      if (modules.isEmpty()) {
        linear = linear.or(() -> dtype);
      } else {
        rules.add(Rule.of(modules, dtype.get()));
      }
    }
    return new QuantizationScheme(linear, rules, Optional.empty(), remark);
  }

  private static String unknown(String group, TensorScheme scheme) {
    return group + " has " + scheme.bits() + "-bit weights, which are not known: taken as bf16";
  }

  // Empty where all linear layers are meant.
  private static List<String> modules(JsonCursor group) {
    List<String> targets =
        group
            .findNullable("targets")
            .filter(JsonCursor::isList)
            .map(SchemeReader::texts)
            .orElse(List.of());
    return targets.stream().noneMatch(CompressedTensorsScheme::isClass) ? targets : List.of();
  }

  // Names of classes begin with a capital, paths and patterns do not.
  private static boolean isClass(String target) {
    return Character.isUpperCase(target.charAt(0)) && !target.contains(".");
  }
}
