package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TreeDifferenceTest {
  @Test
  void equalTrees_haveNone() {
    assertEquals(
        List.of(),
        TreeDifference.of(
            Map.of("a", 3L, "b", List.of(1L, "x")), Map.of("a", 3.0, "b", List.of(1, "x"))));
  }

  @Test
  void lastDigits_areNoDifference() {
    assertEquals(List.of(), TreeDifference.of(1.0, 1.0 + 1e-12));
    assertEquals(1, TreeDifference.of(1.0, 1.0 + 1e-8).size());
    assertEquals(1, TreeDifference.of(0.0, 1e-30).size());
  }

  @Test
  void everyDifference_hasItsPlace() {
    assertEquals(
        List.of("a.b[1]: 2 in the file, 5 now"),
        TreeDifference.of(
            Map.of("a", Map.of("b", List.of(1, 2))), Map.of("a", Map.of("b", List.of(1, 5)))));
    assertEquals(List.of("a: not in the file, 7 now"), TreeDifference.of(Map.of(), Map.of("a", 7)));
    assertEquals(
        List.of("a: true in the file, absent now"), TreeDifference.of(Map.of("a", true), Map.of()));
    assertEquals(
        List.of("a: [1] in the file, [1, 2] now"),
        TreeDifference.of(Map.of("a", List.of(1)), Map.of("a", List.of(1, 2))));
    assertEquals(
        List.of("a: 1 in the file, other content now"),
        TreeDifference.of(Map.of("a", 1), Map.of("a", Map.of())));
  }
}
