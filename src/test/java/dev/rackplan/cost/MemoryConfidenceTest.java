package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MemoryConfidenceTest {
  // 0.967 standard deviations hold two of three normal errors, so that 10% is one of 10.34%.
  @Test
  void chance_isOfNormalErrors() {
    assertEquals(0.5, MemoryConfidence.chanceBeyond(80e9, 80e9, 0.1, 0), 1e-12);
    // A limit 10% above what is said: a sixth lies above.
    assertEquals(1 / 6.0, MemoryConfidence.chanceBeyond(80e9, 88e9, 0.1, 0), 1e-12);
    assertEquals(5 / 6.0, MemoryConfidence.chanceBeyond(80e9, 72e9, 0.1, 0), 1e-12);
    // 20.68% above: two standard deviations.
    assertEquals(0.02275, MemoryConfidence.chanceBeyond(100, 120.68, 0.1, 0), 1e-4);
  }

  // Measured runs 5% above what is said, two of three within 10% of it: 0.484 of 0.967 deviations
  // are the middle, so that sqrt(1 - 0.484²) = 0.875 are left about it.
  @Test
  void chance_isAboutTheMiddleOfErrors() {
    assertEquals(0.5, MemoryConfidence.chanceBeyond(100, 105, 0.1, 0.05), 1e-12);
    assertEquals(0.710, MemoryConfidence.chanceBeyond(100, 100, 0.1, 0.05), 1e-3);
    assertEquals(0.290, MemoryConfidence.chanceBeyond(100, 110, 0.1, 0.05), 1e-3);
  }

  @Test
  void chance_ofAMiddleBeyondTheHalfWidth_isOfANarrowSpread() {
    double chance = MemoryConfidence.chanceBeyond(100, 119, 0.1, 0.2);
    assertTrue(chance > 0.5 && chance < 1, () -> "was " + chance);
  }
}
