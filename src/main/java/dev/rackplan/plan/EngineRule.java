package dev.rackplan.plan;

import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import java.util.List;
import java.util.Optional;

/**
 * One condition that an engine puts on layouts: it stops at the start where one breaks it.
 *
 * @param engine whose
 * @param versions in which it holds
 * @param condition what is asked
 * @param source file of the engine that asks it, and the words to find it by
 */
public record EngineRule(
    EngineKind engine, EngineVersions versions, EngineCondition condition, String source) {

  /** What {@code layout} breaks, in words without the engine; empty where it keeps the rule. */
  Optional<String> fault(EngineQuestion asked, Layout layout) {
    return condition.fault(asked, layout);
  }

  /** The degrees to change where a layout breaks it, the likeliest first; may be none. */
  public List<Degree> degrees() {
    return condition.degrees();
  }

  /** Whether it asks of the model's heads alone, as every engine does. */
  boolean isOfHeads() {
    return AttentionConditions.OF_HEADS.contains(condition);
  }

  /** Whether it asks whose the accelerators are, so that no plan there is of interest. */
  boolean isOfVendors() {
    return AcceleratorConditions.OF_VENDORS.contains(condition);
  }

  /** Whether it asks of accelerators and formats alone, so that no degree helps. */
  boolean isOfAccelerators() {
    return isOfVendors() || AcceleratorConditions.OF_UNITS.contains(condition);
  }

  /** A fault with who says so and where: {@code vLLM: 28 heads …, vllm/config/model.py …}. */
  public String sentence(String fault) {
    String held = versions.words();
    return engine.title() + (held.isEmpty() ? "" : " " + held) + ": " + fault + " (" + source + ")";
  }
}
