package dev.rackplan.json.huggingface;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Modules as checkpoints' lists name them: by a path or a part of one ({@code model.layers.3.mlp},
 * {@code lm_head}), with wildcards ({@code model.layers.0*}), or by a regular expression ({@code
 * re:.*self_attn.*}). What lies below a named module is named with it. Immutable.
 *
 * <p>Source: {@code is_layer_skipped}, {@code is_layer_excluded} and {@code should_ignore_layer} of
 * vLLM and SGLang; {@code should_convert_module} of transformers.
 */
final class ModulePatterns {
  private static final String REGEX = "re:";
  private static final String DRAFTS = "mtp";
  private static final Pattern REGEX_SIGNS = Pattern.compile("[\\^$()|+\\\\]");
  private static final Pattern WILDCARDS = Pattern.compile("[*?]");
  private static final Pattern DIGIT = Pattern.compile("\\d");
  private static final Pattern LAYER =
      Pattern.compile("(?:^|\\.)(?:layers|h|blocks)\\.(\\d{1,6})(?=\\.|$)");

  // Lists name each layer by its number: only those of a module's own layer are looked through.
  private final Map<Integer, List<Predicate<String>>> ofLayers = new TreeMap<>();
  private final List<Predicate<String>> ofAll = new ArrayList<>();
  private final boolean numbered;

  ModulePatterns(List<String> patterns) {
    for (String pattern : patterns) {
      OptionalInt layer = pattern.startsWith(REGEX) ? OptionalInt.empty() : layer(pattern);
      (layer.isPresent()
              ? ofLayers.computeIfAbsent(layer.getAsInt(), number -> new ArrayList<>())
              : ofAll)
          .add(matcher(pattern));
    }
    this.numbered = patterns.stream().anyMatch(pattern -> DIGIT.matcher(pattern).find());
  }

  /** Whether layers may differ by their number. */
  boolean isNumbered() {
    return numbered;
  }

  /** Whether one of them names the module of that path, or one that it lies in. */
  boolean cover(String module) {
    OptionalInt layer = layer(module);
    return anyMatches(ofAll, module)
        || (layer.isPresent()
            && anyMatches(ofLayers.getOrDefault(layer.getAsInt(), List.of()), module));
  }

  private static boolean anyMatches(List<Predicate<String>> patterns, String module) {
    for (Predicate<String> pattern : patterns) {
      if (pattern.test(module)) {
        return true;
      }
    }
    return false;
  }

  // Prediction layers have numbers of their own.
  private static OptionalInt layer(String path) {
    Matcher found = LAYER.matcher(path);
    return path.contains(DRAFTS) || !found.find()
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(found.group(1)));
  }

  private static Predicate<String> matcher(String pattern) {
    String bare = pattern.replaceFirst("\\.(weight)?$", "");
    try {
      if (pattern.startsWith(REGEX)) {
        return looking(pattern.substring(REGEX.length()));
      }
      if (pattern.startsWith(".*") || REGEX_SIGNS.matcher(pattern).find()) {
        return looking(".*?" + pattern);
      }
      if (WILDCARDS.matcher(bare).find()) {
        return looking(ofWildcards(bare));
      }
    } catch (PatternSyntaxException e) {
      // It is a name then.
    }
    String parts = "." + bare + ".";
    return module -> ("." + module + ".").contains(parts);
  }

  private static Predicate<String> looking(String regex) {
    Pattern compiled = Pattern.compile(regex);
    return module -> compiled.matcher(module).lookingAt();
  }

  private static String ofWildcards(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (char sign : pattern.toCharArray()) {
      regex.append(
          switch (sign) {
            case '*' -> ".*";
            case '?' -> ".";
            default -> Pattern.quote(String.valueOf(sign));
          });
    }
    return regex + "(?:\\..*)?$";
  }
}
