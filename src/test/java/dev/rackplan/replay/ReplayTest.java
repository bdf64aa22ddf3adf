package dev.rackplan.replay;

import static dev.rackplan.replay.ReplayCase.batching;
import static dev.rackplan.replay.ReplayCase.one;
import static dev.rackplan.replay.ReplayCase.pool;
import static dev.rackplan.replay.ReplayCase.trace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Batching.Order;
import dev.rackplan.serving.EngineHost;
import dev.rackplan.workload.RequestTrace;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests worked by hand; times in ms. */
class ReplayTest {
  private static final RequestTrace THREE =
      trace(new int[] {0, 100, 3}, new int[] {50, 50, 2}, new int[] {60, 30, 4});

  private static void assertTimes(ReplayResult result, double[] firsts, double[] ends) {
    for (int r = 0; r < firsts.length; r++) {
      assertEquals(firsts[r], 1e3 * result.firstTokenSeconds(r), 1e-9, "first token of " + r);
      assertEquals(ends[r], 1e3 * result.endedSeconds(r), 1e-9, "end of " + r);
    }
  }

  // 0-100 reads A; 100-150 reads B while A waits; C may not run beside two. 150-162 decodes both: B
  // is done. 162-192 reads C. 192-204 decodes A and C: A is done. C alone: 11 a step.
  @Test
  void promptsFirst_letsSequencesWait() {
    Pool pool = pool(Role.BOTH, batching(Order.PROMPTS_FIRST, 100, 2), 1000, 0);
    ReplayResult result = Replay.of(THREE, one(pool));
    assertTimes(result, new double[] {100, 150, 192}, new double[] {204, 162, 226});
    assertEquals(52, 1e3 * result.tpotSeconds(0).orElseThrow(), 1e-9);
    assertEquals(12, 1e3 * result.tpotSeconds(1).orElseThrow(), 1e-9);
    assertEquals(34 / 3.0, 1e3 * result.tpotSeconds(2).orElseThrow(), 1e-9);
    assertEquals(132, 1e3 * result.ttftSeconds(2), 1e-9);
    assertEquals(162, 1e3 * result.begunSeconds(2), 1e-9);
    assertEquals((100 + 100 + 132) / 3.0, 1e3 * result.ttft().mean(), 1e-9);
    assertEquals(100, 1e3 * result.ttft().p50(), 1e-9);
    assertEquals(132, 1e3 * result.ttft().p95(), 1e-9);
    // B waits from 50, C from 60 to 162: 100 and 102 of 226 ms.
    assertEquals((50 + 102) / 226.0, result.pools().get(0).waiting(), 1e-9);
    assertEquals(2, result.pools().get(0).mostWaiting());
    assertEquals(1, result.pools().get(0).busyShare(), 1e-9);
    assertEquals(9, result.answerTokens());
    assertEquals(2, result.within(OptionalDouble.of(0.110), OptionalDouble.empty()));
    assertEquals(1, result.within(OptionalDouble.of(0.110), OptionalDouble.of(0.012000001)));
  }

  // A's token takes 11, then B's 50 tokens are read in the same step.
  @Test
  void mixedSteps_decodeBesidePrompts() {
    Pool pool = pool(Role.BOTH, batching(Order.MIXED, 100, 2), 1000, 0);
    assertTimes(
        Replay.of(THREE, one(pool)), new double[] {100, 161, 203}, new double[] {173, 173, 236});
  }

  // With 40 tokens a step: A 40, 40, 20; B's first 20 go with A's last.
  @Test
  void budget_cutsPrompts() {
    Pool pool = pool(Role.BOTH, batching(Order.PROMPTS_FIRST, 40, 9), 1000, 0);
    RequestTrace both = trace(new int[] {0, 100, 1}, new int[] {10, 50, 1});
    assertTimes(Replay.of(both, one(pool)), new double[] {120, 150}, new double[] {120, 150});

    Batching whole = new Batching(Order.PROMPTS_FIRST, 40, 9, false);
    assertTimes(
        Replay.of(both, one(pool(Role.BOTH, whole, 1000, 0))),
        new double[] {100, 150},
        new double[] {100, 150});
  }

  // Of 20 tokens A holds 10 and B 6 at 16 ms; two steps later they are full, and B, which came
  // last,
  // gives way with 3 of its 6 tokens written. A writes 5 more alone until 95; B's 9 are read again
  // until 104, which writes one, and two more follow.
  @Test
  void fullMemory_letsTheLastGiveWay() {
    RequestTrace two = trace(new int[] {0, 10, 8}, new int[] {0, 6, 6});
    Pool pool = pool(Role.BOTH, batching(Order.PROMPTS_FIRST, 100, 9), 20, 0);
    ReplayResult result = Replay.of(two, one(pool));
    assertTimes(result, new double[] {10, 16}, new double[] {95, 126});
    assertEquals(1, result.pools().get(0).preempted());
    assertEquals(1, result.pools().get(0).mostKvShare(), 1e-12);

    // Where all that may be written is kept free, B waits until A is done at 87.
    Pool careful = pool(Role.BOTH, batching(Order.PROMPTS_FIRST, 100, 9), 20, 1);
    ReplayResult kept = Replay.of(two, one(careful));
    assertTimes(kept, new double[] {10, 93}, new double[] {87, 148});
    assertEquals(0, kept.pools().get(0).preempted());
  }

  @Test
  void whatNoRankHolds_isRefused() {
    RequestTrace two = trace(new int[] {0, 15, 5}, new int[] {1, 15, 4});
    ReplayResult result =
        Replay.of(two, one(pool(Role.BOTH, batching(Order.MIXED, 100, 9), 20, 0)));
    assertTrue(result.isRefused(0));
    assertFalse(result.isRefused(1));
    assertEquals(1, result.refused());
    assertEquals(1, result.ttft().count());
  }

  // A is read until 100 and sent until 150; B and C are read together until 200. B's one token
  // needs
  // no decode; C is sent until 230.
  @Test
  void twoPools_sendCaches() {
    RequestTrace three = trace(new int[] {0, 100, 3}, new int[] {20, 40, 1}, new int[] {30, 60, 2});
    Deployment deployment =
        new Deployment(
            List.of(
                pool(Role.PREFILL, batching(Order.PROMPTS_FIRST, 100, 9), 1000, 0),
                pool(Role.DECODE, batching(Order.PROMPTS_FIRST, 1, 9), 1000, 0)),
            Optional.of(new CacheLink(tokens -> 7 * tokens, List.of(20_000.0, 14_000.0))),
            Router.ROUND_ROBIN,
            0);
    ReplayResult result = Replay.of(three, deployment);
    assertTimes(result, new double[] {150, 200, 230}, new double[] {172, 200, 241});
    assertEquals(33 / 241.0, result.pools().get(1).busyShare(), 1e-9);
  }

  // The decode pool holds one of the two at a time: B's cache is sent when A is done.
  @Test
  void cacheWithoutRoom_waits() {
    RequestTrace two = trace(new int[] {0, 100, 3}, new int[] {0, 100, 3});
    Deployment deployment =
        new Deployment(
            List.of(
                pool(Role.PREFILL, batching(Order.PROMPTS_FIRST, 100, 9), 1000, 0),
                pool(Role.DECODE, batching(Order.PROMPTS_FIRST, 1, 9), 150, 0)),
            Optional.of(new CacheLink(tokens -> tokens, List.of(1000.0, 1000.0))),
            Router.LEAST_LOADED,
            0);
    assertTimes(Replay.of(two, deployment), new double[] {200, 322}, new double[] {222, 344});
  }

  // A step decodes 2 tokens a sequence and keeps 1.5: 4 more tokens take 3 steps of 11.
  @Test
  void acceptedDrafts_countAsTokens() {
    Pool pool = pool(Role.BOTH, batching(Order.PROMPTS_FIRST, 100, 9), 1000, 0).withTokens(2, 1.5);
    ReplayResult result = Replay.of(trace(new int[] {0, 100, 5}), one(pool));
    assertTimes(result, new double[] {100}, new double[] {133});
    assertEquals(33 / 4.0, 1e3 * result.tpotSeconds(0).orElseThrow(), 1e-9);
  }

  // B follows A 40 ms after its end, C follows B.
  @Test
  void sessions_goOnWhenAnswersEnd() {
    RequestTrace.Builder builder = new RequestTrace.Builder(1);
    builder.add(5, 100, 1, new long[0]);
    builder.addAfter(0, 0.040, 20, 1, new long[0]);
    builder.addAfter(1, 0.001, 10, 1, new long[0]);
    ReplayResult result =
        Replay.of(builder.trace(), one(pool(Role.BOTH, batching(Order.MIXED, 100, 9), 1000, 0)));
    assertTimes(result, new double[] {100, 160, 171}, new double[] {100, 160, 171});
    assertEquals(20, 1e3 * result.ttftSeconds(1), 1e-9);
  }

  // Two ranks step together: the fuller one's 100 tokens count, for both.
  @Test
  void ranks_stepTogether() {
    Pool pool =
        new Pool(
            Role.BOTH,
            1,
            2,
            2,
            batching(Order.PROMPTS_FIRST, 100, 9),
            0,
            new KvRoom(1000, 0),
            ReplayCase.times(0));
    RequestTrace three = trace(new int[] {0, 10, 1}, new int[] {1, 100, 1}, new int[] {2, 30, 1});
    assertTimes(
        Replay.of(three, one(pool)), new double[] {10, 110, 110}, new double[] {10, 110, 110});
  }

  // Two stages of 60 and 40 of a step's 100: the next step begins after 60.
  @Test
  void stages_takeTheNextStepEarly() {
    StepTimes staged =
        StepTimes.of(
            Optional.empty(),
            Optional.of(new StepTimes.Priced((n, c) -> 0.001 * n, (n, c) -> 0.001 * n, 4096, 4096)),
            Optional.of((n, c) -> 0.0006 * n),
            2);
    Pool pool =
        new Pool(
            Role.BOTH,
            1,
            1,
            2,
            batching(Order.PROMPTS_FIRST, 100, 9),
            0,
            new KvRoom(1000, 0),
            staged);
    RequestTrace two = trace(new int[] {0, 100, 1}, new int[] {1, 100, 1});
    assertTimes(Replay.of(two, one(pool)), new double[] {100, 160}, new double[] {100, 160});
  }

  // A decodes from 100 to 111; then it decodes again while B is read: 11 and 60 until 182. B is
  // there
  // 40 later, when it has gone through the second stage.
  @Test
  void stages_areCrossedByMixedSteps() {
    StepTimes.Priced decode =
        new StepTimes.Priced((n, c) -> 0.010 + 0.001 * n, (n, c) -> 0.010, 64, 4096);
    StepTimes staged =
        StepTimes.of(
            Optional.of(decode),
            Optional.of(new StepTimes.Priced((n, c) -> 0.001 * n, (n, c) -> 0.001 * n, 4096, 4096)),
            Optional.of((n, c) -> 0.0006 * n),
            2);
    Pool pool =
        new Pool(Role.BOTH, 1, 1, 2, batching(Order.MIXED, 101, 9), 0, new KvRoom(1000, 0), staged);
    RequestTrace two = trace(new int[] {0, 100, 3}, new int[] {101, 100, 1});
    assertTimes(Replay.of(two, one(pool)), new double[] {100, 222}, new double[] {182, 222});
  }

  // Blocks of 10: B has two of A's three in front. Of 60 tokens A keeps 25 while it is unused, B
  // needs 15 more, C 45: A's end goes first.
  @ParameterizedTest
  @CsvSource({"1000, 20, 25", "60, 20, 0"})
  void prefixCache_keepsWhatFits(double room, int foundByB, int foundByD) {
    RequestTrace.Builder builder = new RequestTrace.Builder(10);
    builder.add(0, 25, 1, new long[] {1, 2, 3});
    builder.add(1, 35, 1, new long[] {1, 2, 4, 5});
    builder.add(2, 55, 1, new long[] {6, 7, 8, 9, 10, 11});
    builder.add(3, 26, 1, new long[] {1, 2, 3});
    ReplayResult result =
        Replay.of(builder.trace(), one(pool(Role.BOTH, batching(Order.MIXED, 100, 9), room, 0)));
    assertEquals(25, 1e3 * result.ttftSeconds(0), 1e-9);
    assertEquals(35 - foundByB, 1e3 * result.ttftSeconds(1), 1e-9);
    assertEquals(55, 1e3 * result.ttftSeconds(2), 1e-9);
    assertEquals(26 - foundByD, 1e3 * result.ttftSeconds(3), 1e-9);
    assertEquals((foundByB + foundByD) / 141.0, result.foundShare(), 1e-12);
  }

  // Requests of three prompts in turn to two instances: in turn each meets strange prompts.
  @ParameterizedTest
  @CsvSource({"ROUND_ROBIN, 0, 0.1", "CACHE_AWARE, 0.9, 1"})
  void cacheAwareRouter_sendsToWhereAPromptIs(Router router, double least, double most) {
    RequestTrace.Builder builder = new RequestTrace.Builder(10);
    for (int i = 0; i < 300; i++) {
      long prompt = 10L * (i % 3);
      builder.add(i, 30, 1, new long[] {prompt, prompt + 1, prompt + 2});
    }
    Pool pool =
        new Pool(
            Role.BOTH,
            2,
            1,
            2,
            batching(Order.MIXED, 100, 9),
            0,
            new KvRoom(65, 0),
            ReplayCase.times(0));
    ReplayResult result =
        Replay.of(builder.trace(), new Deployment(List.of(pool), Optional.empty(), router, 0));
    assertTrue(
        result.foundShare() >= least && result.foundShare() <= most,
        "found " + result.foundShare());
  }

  // The front end takes 2 and a tenth of a token's ms: A's prompt is there at 12, B's, which came
  // at the same time, at 24. Reading takes 60 at least: A until 72, B until 132 with 1 for the
  // token
  // that it yields; A's decode of two sequences 12 and 2 for both.
  @Test
  void host_isWaitedFor() {
    EngineHost host = new EngineHost(0.060, 0.002, 1e-4, 0.001, 1);
    Pool pool = pool(Role.BOTH, batching(Order.PROMPTS_FIRST, 100, 9), 1000, 0).withHost(host);
    RequestTrace two = trace(new int[] {0, 100, 2}, new int[] {0, 100, 2});
    // 12-113 reads A, which takes 100 and 1; 113-214 reads B; 214-228 decodes both.
    assertTimes(Replay.of(two, one(pool)), new double[] {113, 214}, new double[] {228, 228});

    RequestTrace small = trace(new int[] {0, 10, 2}, new int[] {0, 10, 2});
    // 3-64 reads A and waits for its launches; 64-125 reads B; 125-139 decodes both.
    assertTimes(Replay.of(small, one(pool)), new double[] {64, 125}, new double[] {139, 139});
  }

  // 1 of the first size takes 2 sequences, 1 of the second 6: of 8 requests 2 and 6, whatever the
  // order of their ranks.
  @Test
  void sizes_takeWhatTheyCan() {
    Pool small = pool(Role.BOTH, batching(Order.PROMPTS_FIRST, 1000, 2), 1000, 0);
    Pool large = pool(Role.BOTH, batching(Order.PROMPTS_FIRST, 1000, 6), 1000, 0);
    int[][] requests = new int[8][];
    Arrays.fill(requests, new int[] {0, 10, 5});
    ReplayResult result =
        Replay.of(
            trace(requests),
            new Deployment(List.of(small, large), Optional.empty(), Router.LEAST_LOADED, 0));
    // All at 0, so both are read as they come: the first alone 10, the rest together.
    int ofSmall = 0;
    for (int r = 0; r < 8; r++) {
      boolean first = Math.abs(1e3 * result.endedSeconds(r) - 68) < 1e-9;
      ofSmall += first ? 1 : 0;
      assertEquals(first ? 68 : 124, 1e3 * result.endedSeconds(r), 1e-9);
    }
    assertEquals(2, ofSmall);
    // What only the large ones hold goes there.
    Pool tiny = pool(Role.BOTH, batching(Order.PROMPTS_FIRST, 1000, 9), 20, 0);
    ReplayResult kept =
        Replay.of(
            trace(new int[] {0, 50, 2}),
            new Deployment(List.of(tiny, large), Optional.empty(), Router.ROUND_ROBIN, 0));
    assertEquals(0, kept.refused());
  }

  @Test
  void deployments_areOnePoolOrTwo() {
    Pool reads = pool(Role.PREFILL, batching(Order.MIXED, 1, 1), 10, 0);
    assertThrows(IllegalArgumentException.class, () -> one(reads));
    RequestTrace.Builder untimed = new RequestTrace.Builder(1);
    untimed.addUntimed(5, 1, new long[0]);
    Pool both = pool(Role.BOTH, batching(Order.MIXED, 1, 1), 10, 0);
    assertThrows(IllegalArgumentException.class, () -> Replay.of(untimed.trace(), one(both)));
  }
}
