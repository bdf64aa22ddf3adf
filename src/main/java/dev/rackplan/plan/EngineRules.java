package dev.rackplan.plan;

import dev.rackplan.problem.EngineKind;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What each engine asks of a layout before it starts: one row for each condition, with the file
 * that asks it, in a class of its engine. A new rule is a row, a new engine a class of rows.
 *
 * <p>Read in November 2026. A row without versions held in every version that was looked at.
 */
final class EngineRules {
  private static final List<EngineRule> ROWS =
      Stream.of(
              SglangRules.rows(),
              VllmRules.rows(),
              VllmRules.rowsOfAscend(),
              TensorRtRules.rows(),
              MegatronRules.rows())
          .flatMap(List::stream)
          .toList();

  private EngineRules() {}

  /** The rules of one engine in {@code version}; in the newest where that is empty. */
  static List<EngineRule> of(EngineKind engine, Optional<String> version) {
    return ROWS.stream()
        .filter(row -> row.engine() == engine && row.versions().contain(version))
        .toList();
  }
}
