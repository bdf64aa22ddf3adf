package dev.rackplan.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Batching.Order;
import dev.rackplan.workload.RequestTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Means of long replays against formulas of queues. */
class QueueTest {
  private static final int TOKENS = 100;
  private static final double SERVICE = TOKENS * ReplayCase.TOKEN;

  // A step that holds one prompt is a server with a constant time.
  private static ReplayResult oneByOne(double load, int requests) {
    Pool pool =
        new Pool(
            Role.BOTH,
            1,
            1,
            1,
            new Batching(Order.PROMPTS_FIRST, TOKENS, 1000, true),
            0,
            new KvRoom(1e9, 0),
            ReplayCase.times(0));
    return Replay.of(
        RequestTrace.poisson(requests, load / SERVICE, TOKENS, 1, 7), ReplayCase.one(pool));
  }

  /** Pollaczek and Khinchine: load · service / 2(1 - load). */
  @ParameterizedTest
  @CsvSource({"0.5, 100000", "0.8, 300000", "0.95, 1000000"})
  void waiting_isThatOfAnMd1Queue(double load, int requests) {
    ReplayResult result = oneByOne(load, requests);
    double expected = load * SERVICE / (2 * (1 - load));
    assertEquals(expected, result.queueing().mean(), 0.05 * expected);
    assertEquals(expected + SERVICE, result.ttft().mean(), 0.05 * expected);
    PoolFigures pool = result.pools().get(0);
    assertEquals(load, pool.busyShare(), 0.01);
    // Little: as many wait as come in the mean wait.
    assertEquals(load / SERVICE * expected, pool.waiting(), 0.05 * load / SERVICE * expected);
  }

  @Test
  void percentiles_riseWithLoad() {
    List<Distribution> waits = new ArrayList<>();
    for (double load : new double[] {0.3, 0.5, 0.7, 0.8, 0.9, 0.95}) {
      waits.add(oneByOne(load, 100_000).ttft());
    }
    for (int i = 1; i < waits.size(); i++) {
      assertTrue(waits.get(i).mean() > waits.get(i - 1).mean());
      assertTrue(waits.get(i).p95() > waits.get(i - 1).p95());
      assertTrue(waits.get(i).p99() > waits.get(i - 1).p99());
    }
  }

  // A pool that decodes n sequences at a time in the mean takes 10 ms + n·1 ms a step: by Little n
  // =
  // rate · tokens · step, so that step = 10 ms / (1 - rate · tokens · 1 ms).
  @ParameterizedTest
  @CsvSource({"0.5", "0.8", "0.95"})
  void decodeSteps_areThoseOfTheMeanBatch(double load) {
    int most = 60;
    int written = 50;
    double atMost = ReplayCase.STEP + ReplayCase.SEQUENCE * most;
    double rate = load * most / (written * atMost);
    Deployment deployment =
        new Deployment(
            List.of(
                new Pool(
                    Role.PREFILL,
                    20,
                    1,
                    20,
                    new Batching(Order.PROMPTS_FIRST, 1000, 1, true),
                    0,
                    new KvRoom(1e9, 0),
                    ReplayCase.times(0)),
                ReplayCase.pool(
                    Role.DECODE, new Batching(Order.PROMPTS_FIRST, 1, 10_000, true), 1e9, 0)),
            Optional.of(new CacheLink(tokens -> 0, List.of(1.0, 1.0))),
            Router.ROUND_ROBIN,
            0);
    ReplayResult result =
        Replay.of(RequestTrace.poisson(60_000, rate, 10, written + 1, 3), deployment);
    double step =
        (ReplayCase.STEP + ReplayCase.SEQUENCE) / (1 - rate * written * ReplayCase.SEQUENCE);
    assertEquals(step, result.tpot().mean(), 0.05 * step);
    assertEquals(
        rate * written * step, result.pools().get(1).running(), 0.05 * rate * written * step);
    assertTrue(result.tpot().p50() < result.tpot().p95());
    assertTrue(result.tpot().p95() < result.tpot().p99());
  }
}
