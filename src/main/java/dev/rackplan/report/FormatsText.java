package dev.rackplan.report;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.problem.FormatOrigin;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Which number formats a problem is planned with, who says so, and where a checkpoint differs. */
public final class FormatsText {
  private FormatsText() {}

  /** One part of a sentence, and who says it. */
  private record Part(String words, String origin) {}

  /** {@link #of(Problem)} and {@link #remarks}, each a line that says what it is of. */
  public static List<String> lines(Problem problem) {
    List<String> lines = new ArrayList<>();
    of(problem).ifPresent(words -> lines.add("formats: " + words));
    remarks(problem).forEach(remark -> lines.add("formats: " + remark));
    return lines;
  }

  /**
   * Formats in words: {@code weights fp8_block (quantization_config), KV cache bf16 (default)}.
   * Empty where the problem gives them all.
   */
  public static Optional<String> of(Problem problem) {
    Precision precision = problem.precision();
    Precision.Origins origins = precision.origins();
    if (problem.workload().phase() == Phase.TRAINING || origins.equals(Precision.Origins.PROBLEM)) {
      return Optional.empty();
    }
    Model model = problem.model();
    List<Part> parts = new ArrayList<>();
    String ofWeights = origin(origins.weights(), model);
    if (origins.weights() == FormatOrigin.CHECKPOINT) {
      parts.add(new Part(weights(problem), ofWeights));
    } else {
      parts.add(new Part("weights " + precision.weights().key(), ofWeights));
    }
    boolean moe = !model.moeLayers().isEmpty();
    if (moe) {
      parts.add(
          new Part(
              "experts " + words(model, layer -> layer.ffn() instanceof MoeFfn, precision::experts),
              origin(origins.experts(), model)));
    }
    parts.add(new Part("KV cache " + precision.kv().key(), origin(origins.kv(), model)));
    if (moe) {
      parts.add(
          new Part("dispatch " + precision.dispatch().key(), origin(origins.dispatch(), model)));
      parts.add(new Part("combine " + precision.combine().key(), origin(origins.combine(), model)));
    }
    return Optional.of(joined(parts));
  }

  /** What a checkpoint stores, in words; empty where it says nothing. */
  public static Optional<String> of(Model model) {
    return model
        .stored()
        .map(
            stored ->
                "weights "
                    + stored.weights().key()
                    + (model.moeLayers().isEmpty() ? "" : ", experts " + stored.experts().key())
                    + stored.kv().map(kv -> ", KV cache " + kv.key()).orElse("")
                    + " ("
                    + stored.source()
                    + ")"
                    + stored.remark().map(remark -> "; " + remark).orElse(""));
  }

  /** A line for each thing that a planner should know: what was not read, what is overridden. */
  public static List<String> remarks(Problem problem) {
    Optional<StoredFormats> found = problem.model().stored();
    if (found.isEmpty() || problem.workload().phase() == Phase.TRAINING) {
      return List.of();
    }
    StoredFormats stored = found.get();
    Precision precision = problem.precision();
    List<String> lines = new ArrayList<>();
    stored.remark().ifPresent(remark -> lines.add(stored.source() + ": " + remark));
    List<String> overridden = new ArrayList<>();
    if (precision.origins().weights() == FormatOrigin.PROBLEM) {
      note(overridden, "weights", stored.weights(), precision.weights());
    }
    if (precision.origins().experts() == FormatOrigin.PROBLEM
        && !problem.model().moeLayers().isEmpty()) {
      note(overridden, "experts", stored.experts(), precision.experts());
    }
    if (precision.origins().kv() == FormatOrigin.PROBLEM) {
      stored.kv().ifPresent(kv -> note(overridden, "KV cache", kv, precision.kv()));
    }
    if (!overridden.isEmpty()) {
      lines.add(
          "the checkpoint differs (" + stored.source() + "): " + String.join("; ", overridden));
    }
    return lines;
  }

  private static void note(List<String> lines, String what, Dtype stored, Dtype planned) {
    if (!stored.isLike(planned)) {
      lines.add(what + " are " + stored.key() + ", planned as " + planned.key());
    }
  }

  private static String weights(Problem problem) {
    Model model = problem.model();
    Precision precision = problem.precision();
    String attention =
        words(model, layer -> layer.attention().parameters() > 0, precision::attention);
    String ffn = words(model, FormatsText::hasFfn, precision::ffn);
    Dtype head = precision.head(model);
    String ofHead = head.bytes() < Dtype.BF16.bytes() ? ", head " + head.key() : "";
    return (ffn.isEmpty() || attention.equals(ffn)
            ? "weights " + attention
            : "attention " + attention + ", FFN " + ffn)
        + ofHead;
  }

  // Dense, or with shared experts.
  private static boolean hasFfn(Layer layer) {
    return layer.ffn() instanceof MoeFfn moe
        ? moe.sharedParameters() > 0
        : layer.ffn().parameters() > 0;
  }

  // The format of most of the layers; how many have another.
  private static String words(Model model, Predicate<Layer> which, Function<Layer, Dtype> format) {
    Map<Dtype, Integer> layers = new EnumMap<>(Dtype.class);
    model.layers().stream()
        .filter(which)
        .forEach(layer -> layers.merge(format.apply(layer), 1, Integer::sum));
    Optional<Map.Entry<Dtype, Integer>> most =
        layers.entrySet().stream().max(Map.Entry.comparingByValue());
    if (most.isEmpty()) {
      return "";
    }
    StringBuilder words = new StringBuilder(most.get().getKey().key());
    layers.forEach(
        (dtype, count) -> {
          if (dtype != most.get().getKey()) {
            words
                .append(" but ")
                .append(dtype.key())
                .append(" in ")
                .append(Figures.count(count, "layer"));
          }
        });
    return words.toString();
  }

  private static String origin(FormatOrigin origin, Model model) {
    return switch (origin) {
      case PROBLEM -> "problem";
      case CHECKPOINT -> model.stored().map(StoredFormats::source).orElseThrow();
      case DEFAULT -> "default";
    };
  }

  // Who says several in a row is named once.
  private static String joined(List<Part> parts) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      text.append(i == 0 ? "" : ", ").append(parts.get(i).words());
      if (i + 1 == parts.size() || !parts.get(i + 1).origin().equals(parts.get(i).origin())) {
        text.append(" (").append(parts.get(i).origin()).append(')');
      }
    }
    return text.toString();
  }
}
