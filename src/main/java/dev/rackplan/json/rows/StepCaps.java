package dev.rackplan.json.rows;

import java.util.OptionalInt;

/**
 * What a step of a measured engine takes at most.
 *
 * @param tokens of all its sequences
 * @param sequences of an attention rank
 */
record StepCaps(OptionalInt tokens, OptionalInt sequences) {
  /** Nothing is said. */
  static final StepCaps NONE = new StepCaps(OptionalInt.empty(), OptionalInt.empty());

  /** These, and the others' where these say nothing. */
  StepCaps or(StepCaps others) {
    return new StepCaps(
        tokens.isPresent() ? tokens : others.tokens,
        sequences.isPresent() ? sequences : others.sequences);
  }
}
