package dev.rackplan.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Batching.Order;
import dev.rackplan.serving.EngineHost;
import dev.rackplan.workload.RequestTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of every deployment and trace. */
class ReplayPropertiesTest {
  private static RequestTrace trace(Random random, int count, boolean sessions) {
    RequestTrace.Builder builder = new RequestTrace.Builder(8);
    double now = 0;
    for (int i = 0; i < count; i++) {
      now += random.nextDouble() * (1 + random.nextInt(60)) / 1e3;
      int prompt = 1 + random.nextInt(80);
      int answer = random.nextInt(30);
      long[] blocks = new long[sessions && random.nextBoolean() ? (prompt + 7) / 8 : 0];
      long topic = 100L * random.nextInt(4);
      for (int b = 0; b < blocks.length; b++) {
        blocks[b] = topic + b + (b < 3 ? 0 : 1000L * (1 + random.nextInt(3)));
      }
      if (sessions && i > 0 && random.nextInt(4) == 0) {
        builder.addAfter(random.nextInt(i), random.nextDouble(), prompt, answer, blocks);
      } else {
        builder.add(now, prompt, answer, blocks);
      }
    }
    return builder.trace();
  }

  private static Pool pool(Random random, Role role, int most) {
    Order order = random.nextBoolean() ? Order.MIXED : Order.PROMPTS_FIRST;
    double accepted = role == Role.PREFILL ? 1 : 1 + random.nextInt(3) / 2.0;
    return new Pool(
        role,
        1 + random.nextInt(most),
        1 + random.nextInt(most),
        8,
        new Batching(order, 16 + random.nextInt(80), 1 + random.nextInt(12), random.nextBoolean()),
        random.nextInt(3) / 2.0,
        new KvRoom(60 + random.nextInt(200), random.nextInt(3)),
        ReplayCase.times(random.nextInt(2) * 1e-6),
        Math.ceil(accepted),
        accepted,
        host(random));
  }

  private static EngineHost host(Random random) {
    return random.nextBoolean()
        ? EngineHost.NONE
        : new EngineHost(
            random.nextInt(40) / 1e3,
            random.nextInt(4) / 1e3,
            random.nextInt(3) * 1e-4,
            random.nextInt(3) / 1e3,
            1);
  }

  private static Deployment deployment(Random random) {
    Router router = Router.values()[random.nextInt(Router.values().length)];
    if (random.nextBoolean()) {
      return new Deployment(
          random.nextBoolean()
              ? List.of(pool(random, Role.BOTH, 3))
              : List.of(pool(random, Role.BOTH, 3), pool(random, Role.BOTH, 2)),
          Optional.empty(),
          router,
          random.nextInt(2) * 0.3);
    }
    if (random.nextInt(3) == 0) {
      return new Deployment(
          List.of(
              pool(random, Role.PREFILL, 2),
              pool(random, Role.PREFILL, 1),
              pool(random, Role.DECODE, 2),
              pool(random, Role.DECODE, 1)),
          Optional.of(new CacheLink(tokens -> tokens, List.of(5000.0, 900.0, 20_000.0, 3000.0))),
          router,
          random.nextInt(2) * 0.3);
    }
    return new Deployment(
        List.of(pool(random, Role.PREFILL, 3), pool(random, Role.DECODE, 3)),
        Optional.of(
            new CacheLink(tokens -> tokens, List.of(500.0 + random.nextInt(20_000), 5000.0))),
        router,
        random.nextInt(2) * 0.3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyRequest_isAnsweredOnceInOrderWithinMemory(int seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      RequestTrace trace = trace(random, 1 + random.nextInt(120), true);
      Deployment deployment = deployment(random);
      ReplayResult result = Replay.of(trace, deployment);
      String where = "seed " + seed + ", round " + round;
      assertEquals(trace.size(), result.served() + result.refused(), where);
      for (int r = 0; r < trace.size(); r++) {
        if (trace.follows(r)) {
          double due = result.endedSeconds(trace.previous(r)) + trace.seconds(r);
          assertEquals(due, result.cameSeconds(r), 1e-9, where);
        } else {
          assertEquals(trace.seconds(r), result.cameSeconds(r), 1e-12, where);
        }
        if (!result.isRefused(r)) {
          assertTrue(result.begunSeconds(r) >= result.cameSeconds(r), where);
          assertTrue(result.firstTokenSeconds(r) > result.begunSeconds(r), where);
          assertTrue(result.endedSeconds(r) >= result.firstTokenSeconds(r), where);
        }
        assertTrue(result.endedSeconds(r) <= result.seconds(), where);
      }
      for (PoolFigures pool : result.pools()) {
        assertTrue(pool.mostKvShare() <= 1 + 1e-12, where + ": KV " + pool.mostKvShare());
        assertTrue(pool.busyShare() <= 1 + 1e-12, where);
      }
      assertSame(result, Replay.of(trace, deployment), where);
    }
  }

  private static void assertSame(ReplayResult one, ReplayResult other, String where) {
    assertEquals(one.ttft(), other.ttft(), where);
    assertEquals(one.tpot(), other.tpot(), where);
    assertEquals(one.pools().toString(), other.pools().toString(), where);
  }

  @ParameterizedTest
  @CsvSource({"PROMPTS_FIRST", "MIXED"})
  void everyTime_isThatOfASecondModelStepByStep(Order order) {
    Random random = new Random(order.ordinal());
    List<Integer> preempted = new ArrayList<>();
    for (int round = 0; round < 150; round++) {
      RequestTrace trace = trace(random, 1 + random.nextInt(100), false);
      Pool pool =
          new Pool(
                  Role.BOTH,
                  1,
                  1,
                  1,
                  new Batching(order, 16 + random.nextInt(80), 1 + random.nextInt(12), true),
                  random.nextInt(3) / 2.0,
                  new KvRoom(60 + random.nextInt(300), 0),
                  ReplayCase.times(random.nextInt(2) * 1e-6))
              .withHost(host(random));
      ReplayResult result = Replay.of(trace, ReplayCase.one(pool));
      SlowReplay slow = new SlowReplay(trace, pool);
      for (int r = 0; r < trace.size(); r++) {
        String where = order + ", round " + round + ", request " + r;
        assertEquals(slow.ended[r], result.endedSeconds(r), 1e-9, where);
        if (!result.isRefused(r)) {
          assertEquals(slow.first[r], result.firstTokenSeconds(r), 1e-9, where);
        }
      }
      assertEquals(slow.preempted, result.pools().get(0).preempted());
      preempted.add(slow.preempted);
    }
    assertTrue(preempted.stream().mapToInt(Integer::intValue).sum() > 100, preempted.toString());
  }
}
