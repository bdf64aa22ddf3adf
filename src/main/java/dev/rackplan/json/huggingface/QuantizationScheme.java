package dev.rackplan.json.huggingface;

import dev.rackplan.model.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a checkpoint says of its number formats, whoever wrote it.
 *
 * @param linear of every linear layer that no rule names; empty where those are not quantised
 * @param rules of those that are named; the first that names a module stands
 * @param kv of the KV cache
 * @param remark what could not be read
 */
record QuantizationScheme(
    Optional<Dtype> linear, List<Rule> rules, Optional<Dtype> kv, Optional<String> remark) {
  QuantizationScheme {
    rules = List.copyOf(rules);
  }

  /**
   * Modules of one format.
   *
   * @param dtype empty where they are not quantised
   */
  record Rule(ModulePatterns modules, Optional<Dtype> dtype) {
    static Rule of(List<String> modules, Dtype dtype) {
      return new Rule(new ModulePatterns(modules), Optional.of(dtype));
    }

    static Rule unquantised(List<String> modules) {
      return new Rule(new ModulePatterns(modules), Optional.empty());
    }

    boolean names(List<String> paths) {
      return paths.stream().anyMatch(modules::cover);
    }
  }

  static QuantizationScheme of(Dtype linear, List<Rule> rules) {
    return new QuantizationScheme(Optional.of(linear), rules, Optional.empty(), Optional.empty());
  }

  static QuantizationScheme none(List<Rule> rules) {
    return new QuantizationScheme(Optional.empty(), rules, Optional.empty(), Optional.empty());
  }

  /** One that could not be read. */
  static QuantizationScheme unknown(String remark) {
    return new QuantizationScheme(
        Optional.empty(), List.of(), Optional.empty(), Optional.of(remark));
  }

  QuantizationScheme withKv(Optional<Dtype> cache) {
    return new QuantizationScheme(linear, rules, cache.or(() -> kv), remark);
  }

  /** The same with rules that go before its own. */
  QuantizationScheme with(List<Rule> first) {
    List<Rule> all = new ArrayList<>(first);
    all.addAll(rules);
    return new QuantizationScheme(linear, all, kv, remark);
  }

  /** Whether layers may differ by their number. */
  boolean isNumbered() {
    return rules.stream().anyMatch(rule -> rule.modules().isNumbered());
  }

  /** Of a matrix that may have any of these paths. */
  Optional<Dtype> of(List<String> paths) {
    for (Rule rule : rules) {
      if (rule.names(paths)) {
        return rule.dtype();
      }
    }
    return linear;
  }

  /** The same of a module that is quantised only where a rule names it. */
  Optional<Dtype> named(List<String> paths) {
    for (Rule rule : rules) {
      if (rule.names(paths)) {
        return rule.dtype();
      }
    }
    return Optional.empty();
  }
}
