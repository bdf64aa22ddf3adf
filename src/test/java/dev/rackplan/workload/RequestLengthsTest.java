package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestLengthsTest {
  private static RequestLengths.Spread spread(RequestLengths.Counter counter) {
    return counter.lengths().prompts();
  }

  // Prompts 100 and 300: mean 200, deviation 100. Answers 10 and 30: while they are written the
  // context is 105 in the mean for 10 tokens and 315 for 30: mean 262.5; squares of the distances
  // (157.5² + 10²/12)·10 and (52.5² + 30²/12)·30 over 40.
  @Test
  void lengths_areMeansAndDeviations() {
    RequestLengths.Counter counter = new RequestLengths.Counter();
    counter.add(100, 0, 10, OptionalDouble.of(7));
    counter.add(300, 50, 30, OptionalDouble.of(9));
    RequestLengths lengths = counter.lengths();
    assertEquals(2, lengths.requests());
    assertEquals(OptionalDouble.of(0.5), lengths.perSecond());
    assertEquals(new RequestLengths.Spread(200, 0.5, 300), lengths.prompts());
    assertEquals(25, lengths.cachedTokens());
    assertEquals(20, lengths.answers().orElseThrow().mean());
    RequestLengths.Spread contexts = lengths.contexts().orElseThrow();
    assertEquals(262.5, contexts.mean());
    double square = ((157.5 * 157.5 + 100 / 12.0) * 10 + (52.5 * 52.5 + 900 / 12.0) * 30) / 40;
    assertEquals(Math.sqrt(square) / 262.5, contexts.variation(), 1e-12);
    assertEquals(330, contexts.p99());
  }

  // Of 1, 2, … n each is as likely.
  @ParameterizedTest
  @CsvSource({"100, 99", "1000, 990", "5000, 4950", "3, 3", "1, 1"})
  void p99_isTheSmallestThat99Of100StayWithin(int most, int expected) {
    RequestLengths.Counter counter = new RequestLengths.Counter();
    for (int prompt = most; prompt >= 1; prompt--) {
      counter.add(prompt, 0, 0, OptionalDouble.empty());
    }
    assertEquals(expected, spread(counter).p99());
    assertEquals((most + 1) / 2.0, spread(counter).mean(), 1e-9);
    double deviation = Math.sqrt(((double) most * most - 1) / 12);
    assertEquals(deviation / spread(counter).mean(), spread(counter).variation(), 1e-9);
  }

  @Test
  void whatIsNotRecorded_isEmpty() {
    RequestLengths.Counter counter = new RequestLengths.Counter();
    counter.add(5, 0, 0, OptionalDouble.of(1));
    assertTrue(counter.lengths().perSecond().isEmpty(), "one request has no rate");
    counter.add(5, 0, 0, OptionalDouble.empty());
    counter.add(5, 0, 0, OptionalDouble.of(3));
    RequestLengths lengths = counter.lengths();
    assertTrue(lengths.perSecond().isEmpty(), "a time is missing");
    assertTrue(lengths.answers().isEmpty());
    assertTrue(lengths.contexts().isEmpty());
    assertThrows(IllegalStateException.class, () -> new RequestLengths.Counter().lengths());
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 1", "5, 5, 1", "5, -1, 1", "5, 0, -1"})
  void requests_areChecked(int prompt, int cached, int answer) {
    RequestLengths.Counter counter = new RequestLengths.Counter();
    assertThrows(
        IllegalArgumentException.class,
        () -> counter.add(prompt, cached, answer, OptionalDouble.empty()));
  }
}
