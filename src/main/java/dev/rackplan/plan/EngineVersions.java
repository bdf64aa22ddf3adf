package dev.rackplan.plan;

import dev.rackplan.law.VersionOrder;
import java.util.Optional;

/**
 * Versions of an engine, in the order of {@link VersionOrder}.
 *
 * @param since the first of them; empty where none before is known to differ
 * @param before the first that is none of them; empty where the newest is one
 */
record EngineVersions(Optional<String> since, Optional<String> before) {
  private static final VersionOrder ORDER = new VersionOrder();

  static EngineVersions all() {
    return new EngineVersions(Optional.empty(), Optional.empty());
  }

  static EngineVersions since(String first) {
    return new EngineVersions(Optional.of(first), Optional.empty());
  }

  static EngineVersions before(String end) {
    return new EngineVersions(Optional.empty(), Optional.of(end));
  }

  /** Whether {@code version} is one of them; where it is empty, whether the newest is. */
  boolean contain(Optional<String> version) {
    return version
        .map(
            asked ->
                since.map(first -> ORDER.compare(asked, first) >= 0).orElse(true)
                    && before.map(end -> ORDER.compare(asked, end) < 0).orElse(true))
        .orElse(before.isEmpty());
  }

  /** Such as {@code since 0.9.2}; empty where all of them are meant. */
  String words() {
    return (since.map(first -> "since " + first).orElse("")
            + before.map(end -> " before " + end).orElse(""))
        .strip();
  }
}
