package dev.rackplan.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The longest sequences, prompt and answer together, that engines take of a model by its
 * checkpoint's config, RoPE scaling included. A model may stand for several checkpoints, and for
 * settings that its maker documents beside the config.
 *
 * @param lengths tokens that its checkpoints take, each length once, shortest first
 * @param override what is to be changed in a checkpoint's config for the longest of them, as the
 *     model's maker documents; empty = a checkpoint takes them as it is
 */
public record ContextLimit(List<Integer> lengths, Map<String, Object> override) {
  public ContextLimit {
    override = Collections.unmodifiableMap(new LinkedHashMap<>(override));
    lengths = lengths.stream().sorted().distinct().toList();
    if (lengths.isEmpty() || lengths.get(0) < 1) {
      throw new IllegalArgumentException("lengths must be one or more and positive: " + lengths);
    }
  }

  /** Of checkpoints that take so many tokens. */
  public static ContextLimit of(int... tokens) {
    return new ContextLimit(IntStream.of(tokens).boxed().toList(), Map.of());
  }

  /** What is to be changed in the config for {@code tokens}; empty for nothing. */
  public Map<String, Object> overrideFor(int tokens) {
    return tokens > asItIs() ? override : Map.of();
  }

  // Tokens that the longest checkpoint takes without the override.
  private int asItIs() {
    return override.isEmpty() ? longest() : lengths.get(Math.max(0, lengths.size() - 2));
  }

  /**
   * The same of the one checkpoint that takes {@code tokens} as it is. The override changes the
   * checkpoints that take the most without it; of others nothing is known.
   */
  public ContextLimit ofCheckpoint(int tokens) {
    return tokens == asItIs() && tokens < longest()
        ? new ContextLimit(List.of(tokens, longest()), override)
        : of(tokens);
  }

  /** Tokens that each of its checkpoints takes. */
  public int everywhere() {
    return lengths.get(0);
  }

  /** Tokens that the checkpoint with the longest contexts takes. */
  public int longest() {
    return lengths.get(lengths.size() - 1);
  }

  /** The shortest of its checkpoints' lengths that holds so many tokens; else the longest. */
  public int holding(double tokens) {
    return lengths.stream().filter(length -> tokens <= length).findFirst().orElse(longest());
  }

  /** What is wrong with sequences of so many tokens; empty where some checkpoint takes them. */
  public Optional<String> fault(double tokens) {
    return tokens <= longest()
        ? Optional.empty()
        : Optional.of(
            whole(tokens)
                + " tokens of context are more than the model's config allows, "
                + longest());
  }

  /** What to know of sequences of so many tokens; empty where each checkpoint takes them. */
  public Optional<String> remark(double tokens) {
    if (tokens <= everywhere() || fault(tokens).isPresent()) {
      return Optional.empty();
    }
    return tokens > asItIs()
        ? Optional.of(
            whole(tokens)
                + " tokens of context: a checkpoint whose config takes "
                + asItIs()
                + "; launch files change it for "
                + longest()
                + " (as YaRN), as its maker documents")
        : Optional.of(
            whole(tokens)
                + " tokens of context: some checkpoints of this name take only "
                + everywhere()
                + ", "
                + holding(tokens)
                + " needs a longer one");
  }

  private static long whole(double tokens) {
    return (long) Math.ceil(tokens);
  }
}
