package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
