package dev.rackplan.model;

import java.util.Optional;

/**
 * The longest sequences, prompt and answer together, that engines take of a model by its
 * checkpoint's config, RoPE scaling included. A model may stand for several checkpoints.
 *
 * @param everywhere tokens that each of its checkpoints takes
 * @param longest tokens that the checkpoint with the longest contexts takes
 */
public record ContextLimit(int everywhere, int longest) {
  public ContextLimit {
    if (everywhere < 1 || longest < everywhere) {
      throw new IllegalArgumentException(
          "everywhere must be in 1..longest, were " + everywhere + " and " + longest);
    }
  }

  /** What is wrong with sequences of so many tokens; empty where some checkpoint takes them. */
  public Optional<String> fault(double tokens) {
    return tokens <= longest
        ? Optional.empty()
        : Optional.of(
            whole(tokens)
                + " tokens of context are more than the model's config allows, "
                + longest);
  }

  /** What to know of sequences of so many tokens; empty where each checkpoint takes them. */
  public Optional<String> remark(double tokens) {
    return tokens <= everywhere || fault(tokens).isPresent()
        ? Optional.empty()
        : Optional.of(
            whole(tokens)
                + " tokens of context: some checkpoints of this name take only "
                + everywhere
                + ", one takes "
                + longest);
  }

  private static long whole(double tokens) {
    return (long) Math.ceil(tokens);
  }

  /** Of one checkpoint. */
  public static ContextLimit of(int tokens) {
    return new ContextLimit(tokens, tokens);
  }
}
