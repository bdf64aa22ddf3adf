package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContextsTest {
  private static Contexts varied(double variation) {
    return new Contexts(1000, variation, OptionalDouble.empty(), 0);
  }

  private static double mean(double variation, ToDoubleFunction<Contexts.Length> of) {
    return varied(variation).lengths().stream()
        .mapToDouble(length -> length.share() * of.applyAsDouble(length))
        .sum();
  }

  // Log-normal with mean 1 and variation v: E[x²] = 1 + v², E[√x] = (1 + v²)^(-1/8).
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.5, 1, 1.4, 3, 5})
  void lengths_haveTheMomentsOfALogNormal(double variation) {
    double square = 1 + variation * variation;
    assertEquals(1, mean(variation, length -> 1), 1e-12);
    assertEquals(1, mean(variation, Contexts.Length::relative), 1e-12);
    assertEquals(
        square, mean(variation, length -> length.relative() * length.relative()), 1e-6 * square);
    assertEquals(
        Math.pow(square, -0.125), mean(variation, length -> Math.sqrt(length.relative())), 1e-6);
  }

  @Test
  void lengths_ofOneLengthAreOnePoint() {
    assertEquals(List.of(new Contexts.Length(1, 1)), varied(0).lengths());
  }

  // Mean 1,000, z = 2.3263: deviation 500, or (P99 - 1,000)/z where only that is known.
  @ParameterizedTest
  @CsvSource({
    "0, , 1, 1000",
    "0, , 16, 1000",
    "0.5, , 1, 2163.15",
    "0.5, , 4, 1581.575",
    "0.5, , 100, 1116.315",
    "0, 3000, 1, 3000",
    "0, 3000, 4, 2000",
    "0, 3000, 100, 1200",
    "0.5, 1500, 1, 1500",
    "0.5, 1500, 4, 1500",
    "0.5, 1500, 100, 1116.315"
  })
  void heldTokens_areTheQuantileOfTheSum(
      double variation, Double alone, double sequences, double held) {
    OptionalDouble longest = alone == null ? OptionalDouble.empty() : OptionalDouble.of(alone);
    assertEquals(
        held, new Contexts(1000, variation, longest, 0).heldTokens(sequences), 1e-9 * held);
  }

  @ParameterizedTest
  @CsvSource({"0, 9000", "5, 9000", "0.3, 1200", "1.4, 50000"})
  void heldTokens_ofAllSequencesRiseWithThem(double variation, double alone) {
    Contexts contexts = new Contexts(1000, variation, OptionalDouble.of(alone), 0);
    for (int n = 1; n < 5000; n++) {
      double now = n * contexts.heldTokens(n);
      assertTrue(now < (n + 1) * contexts.heldTokens(n + 1), "at " + n);
      assertTrue(contexts.heldTokens(n) >= 1000 && contexts.heldTokens(n) <= alone, "at " + n);
    }
  }

  @Test
  void times_keepsTheCachedShare() {
    Contexts contexts = new Contexts(1000, 1.4, OptionalDouble.of(4000), 600);
    assertEquals(400, contexts.computedTokens());
    assertEquals(new Contexts(1500, 1.4, OptionalDouble.of(6000), 900), contexts.times(1.5));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "1000, -0.1, 0",
    "1000, 5.1, 0",
    "1000, NaN, 0",
    "1000, 0, 1000",
    "1000, 0, -1"
  })
  void contexts_refuse(double tokens, double variation, double cached) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Contexts(tokens, variation, OptionalDouble.empty(), cached));
  }
}
