package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.ContextLimit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The longest contexts that engines take by a config. Where engines differ, the shorter: vLLM and
 * SGLang refuse more at their start.
 *
 * <p>Source: {@code derive_max_model_len_and_key} and {@code _get_and_verify_max_len} of vLLM
 * 0.33.0, {@code get_context_length} of SGLang 0.5.23.
 */
final class ContextLength {
  private static final List<String> KEYS =
      List.of(
          "max_position_embeddings",
          "n_positions",
          "max_seq_len",
          "seq_length",
          "max_sequence_length",
          "max_seq_length",
          "seq_len");

  // Cohere's, which says more than its positions do.
  private static final String OWN = "model_max_length";

  // Of these, positions are given as they are after scaling.
  private static final Set<String> SCALED =
      Set.of("su", "longrope", "llama3", "yarn", "deepseek_yarn", "default", "proportional");

  private ContextLength() {}

  /** Empty where the config doesn't say it. */
  static Optional<ContextLimit> of(ConfigReader config) {
    OptionalInt own = config.findPositiveWidth(OWN);
    OptionalInt positions =
        KEYS.stream()
            .filter(config::has)
            .flatMapToInt(key -> config.findPositiveWidth(key).stream())
            .min();
    OptionalInt said = own.isPresent() ? own : positions;
    return said.isPresent()
        ? Optional.of(
            ContextLimit.of(
                (int) Math.min(Integer.MAX_VALUE, Math.floor(said.getAsInt() * factor(config)))))
        : Optional.empty();
  }

  // Gemma 3 gives positions after scaling, whatever it calls the kind.
  private static double factor(ConfigReader config) {
    boolean gemma3 =
        config.findText("model_type").filter(type -> type.contains("gemma3")).isPresent();
    Optional<JsonCursor> scaling =
        config.find("rope_scaling").or(() -> config.find("rope_parameters"));
    if (gemma3 || scaling.filter(JsonCursor::isObject).isEmpty()) {
      return 1;
    }
    JsonCursor rope = scaling.get();
    boolean before = rope.findNullable("original_max_position_embeddings").isPresent();
    String kind =
        rope.findNullable("rope_type")
            .or(() -> rope.findNullable("type"))
            .filter(JsonCursor::isText)
            .map(JsonCursor::text)
            .orElse("default");
    return before || SCALED.contains(kind)
        ? 1
        : rope.findNullable("factor").map(JsonCursor::positive).orElse(1.0);
  }
}
