package dev.rackplan.plan;

import dev.rackplan.problem.EngineKind;
import java.util.ArrayList;
import java.util.List;

/** The rules of one engine, as they are listed. */
final class EngineRows {
  private final EngineKind engine;
  private final List<EngineRule> rows = new ArrayList<>();

  EngineRows(EngineKind engine) {
    this.engine = engine;
  }

  /** One that holds in every version. */
  void add(EngineCondition condition, String source) {
    add(EngineVersions.all(), condition, source);
  }

  /** One that holds in some versions. */
  void add(EngineVersions versions, EngineCondition condition, String source) {
    rows.add(new EngineRule(engine, versions, condition, source));
  }

  List<EngineRule> rows() {
    return List.copyOf(rows);
  }
}
