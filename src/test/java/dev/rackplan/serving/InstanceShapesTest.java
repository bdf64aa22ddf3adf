package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Sizes and stages that are tried, by hand. */
class InstanceShapesTest {
  private static List<InstanceShape> usual(int gpus, int domain) {
    return new InstanceShapes(gpus, domain).usual();
  }

  private static InstanceShape shape(int stages, int gpusPerStage) {
    return new InstanceShape(stages, gpusPerStage);
  }

  @Test
  void smallCluster_hasPowersOfTwo() {
    assertEquals(
        List.of(shape(1, 1), shape(1, 2), shape(2, 1), shape(1, 4), shape(2, 2), shape(4, 1)),
        usual(4, 8));
  }

  // 12 GPUs are 8 and 4: three stages of 4, or one over both hosts; 20 are five stages of 4.
  @Test
  void smallerDomain_isUsed() {
    assertTrue(usual(12, 8).containsAll(List.of(shape(3, 4), shape(1, 12))));
    assertTrue(usual(20, 8).containsAll(List.of(shape(5, 4), shape(3, 4), shape(2, 8))));
    assertTrue(usual(7, 8).contains(shape(1, 7)));
  }

  @Test
  void threeHosts_haveThreeStages() {
    assertTrue(usual(24, 8).contains(shape(3, 8)));
    assertTrue(usual(216, 72).contains(shape(3, 72)));
  }

  // A stage of 12 or 6 over hosts of 8 would share one with another.
  @Test
  void stage_sharesNoHostBeyondItsOwn() {
    for (int gpus : List.of(12, 24, 32, 40)) {
      for (InstanceShape shape : usual(gpus, 8)) {
        assertTrue(
            shape.gpusPerStage() <= 8 || shape.gpusPerStage() % 8 == 0 || shape.stages() == 1,
            shape.toString());
      }
    }
    assertFalse(usual(24, 8).contains(shape(2, 12)));
    assertFalse(usual(24, 8).contains(shape(4, 6)));
  }

  // Two stages of 6 need two hosts of which 12 GPUs in hosts of 8 have one.
  @Test
  void between_needsRoom() {
    assertTrue(new InstanceShapes(16, 8).between(8, 16).contains(shape(2, 6)));
    assertFalse(new InstanceShapes(12, 8).between(8, 13).contains(shape(2, 6)));
    assertTrue(new InstanceShapes(8, 8).between(4, 8).contains(shape(3, 2)));
    assertEquals(List.of(), new InstanceShapes(8, 8).between(4, 5));
  }
}
