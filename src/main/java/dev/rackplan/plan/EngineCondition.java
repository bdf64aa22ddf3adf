package dev.rackplan.plan;

import dev.rackplan.problem.Degree;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What an engine may ask of a layout before it starts. Which engine asks what, since when, and
 * where that stands: {@link EngineRules}.
 *
 * <p>No engine asks anything of the vocabulary: each pads it to a multiple of what it needs.
 *
 * @param check what is asked
 * @param degrees those to change where a layout breaks it, the likeliest first; may be none
 */
record EngineCondition(Check check, List<Degree> degrees) {
  /** Looks at one layout. */
  @FunctionalInterface
  interface Check {
    /** What {@code layout} breaks; empty where it keeps the condition. */
    Optional<String> fault(EngineQuestion asked, Layout layout);
  }

  EngineCondition {
    degrees = List.copyOf(degrees);
  }

  EngineCondition(Check check, Degree... degrees) {
    this(check, List.of(degrees));
  }

  /** What {@code layout} breaks; empty where it keeps the condition. */
  Optional<String> fault(EngineQuestion asked, Layout layout) {
    return check.fault(asked, layout);
  }

  /** {@code words} where it is broken. */
  static Optional<String> when(boolean broken, Supplier<String> words) {
    return broken ? Optional.of(words.get()) : Optional.empty();
  }

  /** A degree with its value, as files write it. */
  static String named(Degree degree, Layout layout) {
    return degree.key() + " " + layout.get(degree);
  }
}
