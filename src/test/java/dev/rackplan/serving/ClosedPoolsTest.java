package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Batching.Order;
import org.junit.jupiter.api.Test;

/**
 * Worked by hand: a decode step takes 10 ms + 1 ms a sequence. Prompts take 5 ms + 1 ms for each
 * 100 tokens of a rank where all ranks read, 3 ms + 1 ms for each 200 where one does.
 */
class ClosedPoolsTest {
  private static final StepTimes DECODE =
      new StepTimes((sequences, prompts) -> 0.010 + 0.001 * sequences, 800);
  private static final StepTimes FULL =
      new StepTimes((sequences, prompts) -> 0.005 + prompts * 1e-5, 800);
  private static final StepTimes ALONE =
      new StepTimes((sequences, prompts) -> 0.003 + prompts * 5e-6, 800);

  private static EngineSteps steps(int ranks, boolean cuts) {
    return new EngineSteps(
        DECODE,
        new EngineSteps.Prompts(FULL, ALONE, FULL, ALONE),
        ranks,
        1,
        new Batching(Order.MIXED, 800, 64, cuts),
        EngineHost.NONE);
  }

  private static ClosedPools play(
      EngineSteps reading, int readers, int places, ClosedLoop.Clients clients) {
    return ClosedPools.of(
        new ClosedPools.Pool(reading, readers, 64),
        new ClosedPools.Pool(steps(1, false), 1, places),
        clients,
        0.002);
  }

  private static ClosedLoop.Clients clients(int count, int each, double promptTokens) {
    return new ClosedLoop.Clients(count, each, promptTokens, 5, 0, 1);
  }

  // Read after 9 and 18 ms, there after 11 and 20. The first has its token at 22, when the second
  // begins: at 34 its own. The first goes on for four steps of 12 ms to 70, the second to 81.
  @Test
  void prompts_waitForTheReader_andForTheNextDecodeStep() {
    ClosedPools found = play(steps(1, false), 1, 64, clients(2, 1, 400));

    assertEquals((0.022 + 0.034) / 2, found.ttftSeconds(), 1e-12);
    assertEquals((0.048 / 4 + 0.047 / 4) / 2, found.tpotSeconds(), 1e-12);
    assertEquals(2 / 0.081, found.requestsPerSecond(), 1e-9);
  }

  // Five steps of 11 ms hold the only place from 11 to 66 ms.
  @Test
  void answersBeyondThePlaces_waitForOthersToEnd() {
    ClosedPools found = play(steps(1, false), 1, 1, clients(2, 1, 400));

    assertEquals((0.022 + 0.077) / 2, found.ttftSeconds(), 1e-12);
    assertEquals(0.011, found.tpotSeconds(), 1e-12);
  }

  // With one place and two clients everybody waits for one answer in the long run: of 10 requests
  // the first waits for none. 10 answers of 55 ms follow each other from 11 ms on.
  @Test
  void waitForAPlace_isAnAnswerLong() {
    ClosedPools found = play(steps(1, false), 1, 1, clients(2, 5, 400));

    // Requests 3 to 10 ask as the one before the last ends, 55 ms before they begin.
    assertEquals((0.022 + 0.077 + 8 * (0.055 + 0.011)) / 10, found.ttftSeconds(), 1e-9);
    assertEquals(10 / (0.011 + 10 * 0.055), found.requestsPerSecond(), 1e-9);
  }

  // The first is read alone on one of two ranks, 3 + 2 = 5 ms. Three have come by then: two on one
  // rank, one on the other. Three of four parts is half way between one rank of two and both: (13 +
  // 7) / 2 = 10 ms.
  @Test
  void promptsThatHaveCome_areReadTogether() {
    ClosedPools found = play(steps(2, false), 1, 64, clients(4, 1, 400));

    // There at 7 and 17 ms; steps of 11 ms to 18, then of 14.
    assertEquals((0.018 + 3 * 0.032) / 4, found.ttftSeconds(), 1e-12);
  }

  // Each of two readers reads one at once, 9 ms; there at 11 ms, both begin together.
  @Test
  void requests_goToTheEmptiestReader() {
    ClosedPools found = play(steps(1, false), 2, 64, clients(2, 1, 400));

    // The first comes a moment before the other, which waits for its step: 11 + 11 + 12.
    assertEquals((0.022 + 0.034) / 2, found.ttftSeconds(), 1e-12);
  }

  // 1,600 tokens are two parts of 13 ms where the engine cuts them, one step of 21 where not.
  @Test
  void promptBeyondTheBudget_isReadInPartsOrWhole() {
    assertEquals(
        0.026 + 0.002 + 0.011,
        play(steps(1, true), 1, 64, clients(1, 1, 1600)).ttftSeconds(),
        1e-12);
    assertEquals(
        0.021 + 0.002 + 0.011,
        play(steps(1, false), 1, 64, clients(1, 1, 1600)).ttftSeconds(),
        1e-12);
  }

  // 1 ms in each of two front ends, the reader's one after another: it reads the first from 1 to
  // 10 ms, the second from there on; 1 + 2 ms later they are there: 13 and 22 ms.
  @Test
  void frontEnds_takeTheirTime() {
    EngineHost host = new EngineHost(0, 0.001, 0, 0, 1);
    ClosedPools found = play(steps(1, false).withHost(host), 1, 64, clients(2, 1, 400));

    // Steps of 11 ms from 13 to 24, then of 12 to 36.
    assertEquals((0.024 + 0.036) / 2, found.ttftSeconds(), 1e-12);
  }
}
