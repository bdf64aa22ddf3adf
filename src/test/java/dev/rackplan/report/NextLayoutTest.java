package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NextLayoutTest {
  private static Map<String, Object> stored(double lead) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("layout", Map.of("replicas", 1, "pipelineStages", 2));
    tree.put("lead", lead);
    return tree;
  }

  @Test
  void smallLead_isLessThanTheError() {
    Map<String, Object> tree = stored(0.031);
    tree.put("plusMinus", 0.14);
    tree.put("ofRatio", true);
    assertEquals(
        Optional.of(
            "the plan is 3.1% ahead of replicas 1, stages 2, less than 14%, the error of ratios of"
                + " two layouts' times: either may be faster"),
        NextLayout.words(tree));
  }

  @Test
  void largeLead_isMore() {
    Map<String, Object> tree = stored(0.25);
    tree.put("plusMinus", 0.24);
    tree.put("ofRatio", false);
    assertEquals(
        Optional.of(
            "the plan is 25.0% ahead of replicas 1, stages 2, more than 24%, the error of its"
                + " time"),
        NextLayout.words(tree));
  }

  @Test
  void withoutAnError_onlyTheLeadIsSaid() {
    assertEquals(
        Optional.of("the plan is 25.0% ahead of replicas 1, stages 2"),
        NextLayout.words(stored(0.25)));
    assertEquals(Optional.empty(), NextLayout.words("nothing"));
  }
}
