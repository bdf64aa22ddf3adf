package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Batching.Order;
import dev.rackplan.problem.RankBalance;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Steps worked by hand: a decode step takes 10 ms + 1 ms a sequence, and 1 ms for each 100 new
 * tokens of prompts; a step that only reads has no sequences.
 */
class ClosedLoopTest {
  private static final StepTimes STEPS =
      new StepTimes(
          (sequences, prompts) -> 0.010 + 0.001 * Math.max(0, sequences) + prompts * 1e-5, 800);

  private static ClosedLoop loop(Order order, boolean cuts, int clients, int each) {
    return ClosedLoop.of(
        STEPS,
        new Batching(order, 800, 64, cuts),
        new ClosedLoop.Clients(clients, each, 400, 5, 0, 1),
        EngineHost.NONE);
  }

  // Two prompts fill a step of 11 + 8 = 19 ms, four take two such steps: first tokens after 19 and
  // 38 ms. Then four steps of 14 ms for all; all end together, so that each round is as the first.
  @Test
  void promptsFirst_bringBackTheQueueOfTheStart() {
    ClosedLoop found = loop(Order.PROMPTS_FIRST, true, 4, 3);

    assertEquals((0.019 + 0.038) / 2, found.ttftSeconds(), 1e-12);
    // The first two wait 19 ms for the others' prompts.
    assertEquals(((0.019 + 4 * 0.014) + 4 * 0.014) / 2 / 4, found.tpotSeconds(), 1e-12);
    assertEquals(4 / (0.038 + 0.056), found.requestsPerSecond(), 1e-9);
  }

  // Two clients: one step of 19 ms reads both, then four of 12 ms.
  @Test
  void mixed_decodesWhilePromptsAreRead() {
    ClosedLoop two = loop(Order.MIXED, true, 2, 1);
    assertEquals(0.019, two.ttftSeconds(), 1e-12);
    assertEquals(0.012, two.tpotSeconds(), 1e-12);

    // A third one: the second step decodes two (12 ms), then reads 400 tokens (15 ms); then three
    // steps of 13 ms finish the first two, and one of 11 ms the third.
    ClosedLoop three = loop(Order.MIXED, true, 3, 1);
    assertEquals((2 * 0.019 + 0.046) / 3, three.ttftSeconds(), 1e-12);
    assertEquals(
        (2 * (0.027 + 3 * 0.013) + (3 * 0.013 + 0.011)) / 3 / 4, three.tpotSeconds(), 1e-12);
  }

  // 800 tokens a step less one running sequence leave 799: the second of two late prompts is cut,
  // or waits whole.
  @Test
  void promptThatDoesNotFit_isCutOrWaits() {
    ClosedLoop cut = loop(Order.MIXED, true, 5, 1);
    ClosedLoop whole = loop(Order.MIXED, false, 5, 1);

    // Steps: 2 prompts, 19 ms; 2 running, 12, with 400 and 398 tokens, 15 and 14.98 ms; 3 running,
    // 13, with 2 and 400, 11.02 and 15 ms.
    assertEquals((2 * 0.019 + 0.06098 + 2 * 0.1) / 5, cut.ttftSeconds(), 1e-9);
    // 2 prompts, 19 ms; 2, 3 and 4 running, 12, 13 and 14 ms, each with 400 tokens, 15 ms.
    assertEquals((2 * 0.019 + 0.046 + 0.074 + 0.103) / 5, whole.ttftSeconds(), 1e-9);
  }

  private static EngineSteps ranks(EngineHost host) {
    StepTimes alone = new StepTimes((sequences, prompts) -> 0.006 + prompts * 5e-6, 800);
    return new EngineSteps(
        STEPS,
        new EngineSteps.Prompts(STEPS, alone, STEPS, alone),
        2,
        1,
        new Batching(Order.MIXED, 800, 64, true),
        host);
  }

  // Prompts pass a front end of 20 ms. One rank reads alone, 8 ms, and decodes twice, 11 ms each,
  // until the other's prompt has come; that step takes 11 + 8 ms for both.
  @Test
  void promptOfOneRank_holdsUpAll() {
    ClosedLoop found =
        ClosedLoop.of(
            ranks(new EngineHost(0, 0.020, 0, 0, 1)),
            new ClosedLoop.Clients(1, 1, 400, 5, 0, 1),
            Optional.empty());

    assertEquals((0.028 + 0.069) / 2, found.ttftSeconds(), 1e-12);
    assertEquals((0.052 + 4 * 0.011) / 2 / 4, found.tpotSeconds(), 1e-12);
  }

  @Test
  void rankAlone_waitsForNobody() {
    EngineSteps one =
        new EngineSteps(STEPS, new Batching(Order.MIXED, 800, 64, true), EngineHost.NONE);
    ClosedLoop.Clients clients = new ClosedLoop.Clients(6, 10, 100, 40, 0.3, 1);

    assertEquals(
        ClosedLoop.of(one, clients, Optional.empty()),
        ClosedLoop.of(one, clients, Optional.of(new RankBalance(50, 10))));
  }

  @Test
  void ranksThatWaitForEachOther_readInFewerSteps() {
    ClosedLoop.Clients clients = new ClosedLoop.Clients(6, 10, 100, 40, 0.3, 1);
    ClosedLoop apart = ClosedLoop.of(ranks(EngineHost.NONE), clients, Optional.empty());
    ClosedLoop balanced =
        ClosedLoop.of(ranks(EngineHost.NONE), clients, Optional.of(new RankBalance(50, 10)));

    assertTrue(balanced.ttftSeconds() > apart.ttftSeconds() + 10 * 0.011);
    assertTrue(balanced.tpotSeconds() < apart.tpotSeconds());
  }

  @Test
  void sequencesBeyondMemory_waitForOthersToEnd() {
    ClosedLoop found =
        ClosedLoop.of(
            STEPS,
            new Batching(Order.PROMPTS_FIRST, 800, 1, true),
            new ClosedLoop.Clients(2, 1, 400, 5, 0, 1),
            EngineHost.NONE);

    // 15 ms, four steps of 11 ms, then the other's 15 ms.
    assertEquals((0.015 + (0.015 + 0.044 + 0.015)) / 2, found.ttftSeconds(), 1e-12);
    assertEquals(0.011, found.tpotSeconds(), 1e-12);
  }

  // The front end takes 10 ms each: the first request waits after 10 ms and is read in 15 ms, the
  // second, there by then, in 15 more. Later ones find nobody waiting.
  @Test
  void frontEnd_letsRequestsComeOneAfterAnother() {
    ClosedLoop found =
        ClosedLoop.of(
            STEPS,
            new Batching(Order.PROMPTS_FIRST, 800, 8, true),
            new ClosedLoop.Clients(2, 1, 400, 5, 0, 1),
            new EngineHost(0, 0.010, 0, 0, 1));

    assertEquals((0.025 + 0.040) / 2, found.ttftSeconds(), 1e-12);
    // The first waits 15 ms for the other's prompt; then four steps of 12 ms for both.
    assertEquals((0.015 + 4 * 0.012 + 4 * 0.012) / 2 / 4, found.tpotSeconds(), 1e-12);
  }

  // A host that takes 50 ms to launch a step with prompts makes it as long; decode steps are
  // recorded.
  @Test
  void eagerSteps_takeAsLongAsTheirLaunches() {
    ClosedLoop found =
        ClosedLoop.of(
            STEPS,
            new Batching(Order.MIXED, 800, 8, true),
            new ClosedLoop.Clients(1, 2, 400, 5, 0, 1),
            new EngineHost(0.050, 0, 0, 0, 1));

    assertEquals(0.050, found.ttftSeconds(), 1e-12);
    assertEquals(0.011, found.tpotSeconds(), 1e-12);
  }

  // Answers of 10, 7, 12 and 8 tokens. The third request comes after 6 steps: an engine that looks
  // every 8 steps finds it after 2 more of 11 ms. It looks again at once after that prompt, one
  // step
  // later the fourth comes, and waits for 7 steps of 11 ms.
  @Test
  void engineThatLooksSeldom_findsRequestsLate() {
    ClosedLoop often =
        ClosedLoop.of(
            STEPS,
            new Batching(Order.PROMPTS_FIRST, 800, 8, true),
            new ClosedLoop.Clients(2, 2, 400, 10, 0.3, 1),
            EngineHost.NONE);
    ClosedLoop seldom =
        ClosedLoop.of(
            STEPS,
            new Batching(Order.PROMPTS_FIRST, 800, 8, true),
            new ClosedLoop.Clients(2, 2, 400, 10, 0.3, 1),
            new EngineHost(0, 0, 0, 0, 8));

    assertEquals(0.068, 4 * often.ttftSeconds(), 1e-12);
    assertEquals(0.068 + 0.022 + 0.077, 4 * seldom.ttftSeconds(), 1e-12);
  }

  @Test
  void acceptedTokens_makeFewerSteps() {
    ClosedLoop found =
        ClosedLoop.of(
            STEPS,
            new Batching(Order.PROMPTS_FIRST, 800, 8, true),
            new ClosedLoop.Clients(1, 2, 400, 9, 0, 2),
            EngineHost.NONE);

    assertEquals(0.015, found.ttftSeconds(), 1e-12);
    assertEquals(0.011 / 2, found.tpotSeconds(), 1e-12);
  }

  // Requests lie at 0, -1, 1/2, -1/2, … of the spread.
  @Test
  void spreadAnswers_endApart() {
    ClosedLoop found =
        ClosedLoop.of(
            STEPS,
            new Batching(Order.PROMPTS_FIRST, 800, 8, true),
            new ClosedLoop.Clients(2, 1, 400, 10, 0.3, 1),
            EngineHost.NONE);

    // Answers of 7 and 10: six steps of 12 ms for both, three of 11 ms for the other.
    assertEquals((0.012 + (6 * 0.012 + 3 * 0.011) / 9) / 2, found.tpotSeconds(), 1e-12);
  }

  @Test
  void steps_arePricedAtQuartersOfAnOctaveAndLinearBetween() {
    StepTimes square = new StepTimes((sequences, prompts) -> sequences * sequences + prompts, 800);

    assertEquals(16, square.seconds(4, 0));
    assertEquals(36, square.seconds(6, 0));
    assertEquals((36 + 49) / 2.0, square.seconds(6.5, 0));
    assertEquals((16 * 16 + 20 * 20) / 2.0, square.seconds(18, 0));
    assertEquals(28 * 28 + (32 * 32 - 28 * 28) / 4.0 + 50, square.seconds(29, 50), 1e-12);
    assertEquals((1 + 4) / 2.0, square.seconds(1.5, 0));
    assertEquals(1001, square.seconds(1, 1000), 1e-12);
  }
}
