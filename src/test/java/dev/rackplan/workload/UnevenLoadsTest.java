package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnevenLoadsTest {
  // Variation 1 is the exponential distribution: -ln(1 - u) at u = 1/8, 3/8, 5/8, 7/8.
  @Test
  void loads_areQuantilesOfTheGammaDistribution() {
    double[] expected = {-Math.log(7 / 8.0), -Math.log(5 / 8.0), Math.log(8 / 3.0), Math.log(8)};
    assertArrayEquals(expected, new UnevenLoads(1, 3).loads(4), 1e-9);
  }

  // Quantiles lack the ends, so that they vary a little less.
  @ParameterizedTest
  @CsvSource({"0, 0, 1e-12", "0.1, 0.1, 0.002", "0.77, 0.77, 0.02", "1.5, 1.5, 0.06"})
  void loads_varyAsSaid(double variation, double expected, double error) {
    double[] loads = new UnevenLoads(variation, 1).loads(256);
    double mean = Arrays.stream(loads).average().orElseThrow();
    double squares = Arrays.stream(loads).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
    assertEquals(1, mean, 0.01);
    assertEquals(expected, Math.sqrt(squares) / mean, error);
  }

  @Test
  void layers_haveTheSameLoadsInAnotherOrder() {
    UnevenLoads loads = new UnevenLoads(0.77, 1);
    double[] first = frequencies(loads.layer(0, 64, 8));
    double[] second = frequencies(loads.layer(1, 64, 8));
    assertEquals(8, Arrays.stream(first).sum(), 1e-9);
    assertEquals(false, Arrays.equals(first, second));
    Arrays.sort(first);
    Arrays.sort(second);
    assertArrayEquals(first, second, 1e-12);
  }

  private static double[] frequencies(LayerRouting layer) {
    double[] frequency = new double[layer.experts()];
    for (int e = 0; e < frequency.length; e++) {
      frequency[e] = layer.frequency(e);
    }
    return frequency;
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 3.1, Double.NaN})
  void variation_isLimited(double variation) {
    assertThrows(IllegalArgumentException.class, () -> new UnevenLoads(variation, 1));
  }
}
