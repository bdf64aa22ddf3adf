package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PowerLawTest {
  @Test
  void loads_areQuantilesOfThePowerLaw() {
    // Two experts: u = 1/4 and 3/4. Alpha 1: 4096^(1/4) = 8, 4096^(3/4) = 512.
    assertLoads(1, 8, 512);
    // Alpha 0: 1 + u·4095.
    assertLoads(0, 1024.75, 3072.25);
    // Alpha 2: 1/x falls evenly from 1 to 1/4096: x = 1/(1 - u·4095/4096).
    assertLoads(2, 1 / (1 - 0.25 * 4095 / 4096), 1 / (1 - 0.75 * 4095 / 4096));
    // Alpha 1.5: x = 1/(1 - u·63/64)².
    assertLoads(
        1.5, StrictMath.pow(1 - 0.25 * 63 / 64, -2), StrictMath.pow(1 - 0.75 * 63 / 64, -2));
  }

  @Test
  void alphaNearOne_isContinuous() {
    double[] one = new PowerLaw(1, 0).loads(16);
    double[] nearOne = new PowerLaw(1 + 1e-12, 0).loads(16);
    for (int i = 0; i < 16; i++) {
      assertEquals(one[i], nearOne[i], one[i] * 1e-9);
    }
  }

  @Test
  void frequencies_sumToExpertsPerTokenAndStayInRange() {
    for (double alpha : new double[] {0, 0.5, 1, 1.01, 1.2, 3}) {
      for (int[] shape : new int[][] {{256, 8}, {32, 4}, {8, 2}, {4, 4}, {128, 1}}) {
        double[] frequency = frequencies(new PowerLaw(alpha, 5).layer(3, shape[0], shape[1]));
        assertEquals(shape[1], Arrays.stream(frequency).sum(), 1e-9);
        assertTrue(
            Arrays.stream(frequency).allMatch(share -> share > 0 && share <= 1), "alpha " + alpha);
      }
    }
  }

  @Test
  void deepSeekShape_isSkewedAsStated() {
    double[] frequency = frequencies(new PowerLaw(1.01, 1).layer(0, 256, 8));
    double maxOverMean = Arrays.stream(frequency).max().orElseThrow() / (8.0 / 256);
    assertEquals(8.445, maxOverMean, 5e-4);
  }

  @Test
  void sameSeed_givesTheSameRouting() {
    assertEquals(
        new PowerLaw(1.01, 7).profile("a", 1, 64, 6, 5),
        new PowerLaw(1.01, 7).profile("a", 1, 64, 6, 5));
  }

  @Test
  void otherSeedOrLayer_dealsTheSameLoadsDifferently() {
    LayerRouting routing = new PowerLaw(1.01, 7).layer(2, 64, 6);
    for (LayerRouting other :
        new LayerRouting[] {
          new PowerLaw(1.01, 8).layer(2, 64, 6), new PowerLaw(1.01, 7).layer(3, 64, 6)
        }) {
      assertNotEquals(routing, other);
      double[] sorted = frequencies(routing);
      double[] otherSorted = frequencies(other);
      Arrays.sort(sorted);
      Arrays.sort(otherSorted);
      for (int i = 0; i < 64; i++) {
        assertEquals(sorted[i], otherSorted[i], 1e-12);
      }
    }
  }

  @Test
  void generator_givesThePublishedNumbers() {
    // The reference sequences of seeds 0 and 1234567.
    assertEquals(0xE220A8397B1DCDAFL, new SplitMix64(0).next());
    SplitMix64 random = new SplitMix64(1234567);
    assertEquals(Long.parseUnsignedLong("6457827717110365317"), random.next());
    assertEquals(Long.parseUnsignedLong("3203168211198807973"), random.next());
    assertEquals(Long.parseUnsignedLong("9817491932198370423"), random.next());
  }

  @Test
  void negativeAlpha_isRefused() {
    assertEquals(
        "alpha must be >= 0, was -0.5",
        assertThrows(IllegalArgumentException.class, () -> new PowerLaw(-0.5, 0)).getMessage());
  }

  private static void assertLoads(double alpha, double first, double second) {
    double[] loads = new PowerLaw(alpha, 0).loads(2);
    assertEquals(first, loads[0], first * 1e-12, "alpha " + alpha);
    assertEquals(second, loads[1], second * 1e-12, "alpha " + alpha);
  }

  private static double[] frequencies(LayerRouting routing) {
    return IntStream.range(0, routing.experts()).mapToDouble(routing::frequency).toArray();
  }
}
