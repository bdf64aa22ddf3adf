package dev.rackplan.baseline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class EvenStagesTest {
  @Test
  void remainder_goesWhereTheEnginePutsIt() {
    assertEquals(
        List.of(15, 15, 16, 15),
        EvenStages.layersPerStage(61, 4, EvenStages.Remainder.BEFORE_LAST));
    assertEquals(
        List.of(15, 15, 15, 16), EvenStages.layersPerStage(61, 4, EvenStages.Remainder.LAST));
    assertEquals(
        List.of(31, 30), EvenStages.layersPerStage(61, 2, EvenStages.Remainder.BEFORE_LAST));
    assertEquals(
        List.of(3, 3, 3, 2), EvenStages.layersPerStage(11, 4, EvenStages.Remainder.BEFORE_LAST));
    assertEquals(List.of(2, 3, 3, 3), EvenStages.layersPerStage(11, 4, EvenStages.Remainder.LAST));
    assertEquals(
        List.of(4, 4, 4), EvenStages.layersPerStage(12, 3, EvenStages.Remainder.BEFORE_LAST));
    assertEquals(List.of(9), EvenStages.layersPerStage(9, 1, EvenStages.Remainder.LAST));
  }

  @Test
  void firstLayers_addUpTheCounts() {
    assertEquals(List.of(0, 15, 30, 46), EvenStages.firstLayers(61, 4));
  }

  @Test
  void moreStagesThanLayers_areRefused() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> EvenStages.firstLayers(3, 4));
    assertEquals("stages must be in 1..3, were 4", refused.getMessage());
  }
}
