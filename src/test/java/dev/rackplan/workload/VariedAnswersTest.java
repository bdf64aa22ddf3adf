package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.IntSummaryStatistics;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VariedAnswersTest {
  private static final int REQUESTS = 20_000;

  private static IntSummaryStatistics answers(RequestTrace trace) {
    return IntStream.range(0, trace.size()).map(trace::answerTokens).summaryStatistics();
  }

  @Test
  void answers_reachBothEnds_andKeepTheirMean() {
    RequestTrace alike = RequestTrace.poisson(REQUESTS, 2, 100, 200, 1);
    IntSummaryStatistics varied = answers(alike.withVariedAnswers(0.5, 1));
    assertEquals(100, varied.getMin());
    assertEquals(300, varied.getMax());
    // Five deviations of a mean of 20,000: 58.02 tokens / 141.
    assertEquals(200, varied.getAverage(), 2.1);
    assertEquals(200, answers(alike.withVariedAnswers(0, 1)).getMin());
    for (int i = 0; i < REQUESTS; i++) {
      assertEquals(alike.seconds(i), alike.withVariedAnswers(0, 1).seconds(i));
    }
  }

  @Test
  void answers_ofOneToken_stay() {
    RequestTrace one = RequestTrace.poisson(100, 2, 100, 1, 1).withVariedAnswers(0.99, 1);
    assertEquals(1, answers(one).getMin());
    assertEquals(1, answers(one).getMax());
    assertThrows(IllegalArgumentException.class, () -> one.withVariedAnswers(1, 1));
  }
}
