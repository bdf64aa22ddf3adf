package dev.rackplan.replay;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Batching.Order;
import dev.rackplan.workload.RequestTrace;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How long 100,000 requests take. Run by hand, since it reads a clock: {@code java -cp
 * target/test-classes:target/rackplan.jar dev.rackplan.replay.ReplaySpeed}.
 */
final class ReplaySpeed {
  private static final int REQUESTS = 100_000;
  private static final int ROUNDS = 5;

  private ReplaySpeed() {}

  /** Prints seconds of each round for one pool, and for two of many ranks. */
  public static void main(String[] arguments) {
    Batching both = new Batching(Order.MIXED, 8192, 256, true);
    Pool pool =
        new Pool(Role.BOTH, 8, 8, 64, both, 0, new KvRoom(500_000, 0), ReplayCase.times(1e-8));
    measure(
        "one pool, 8 instances of 8 ranks",
        new Deployment(List.of(pool), Optional.empty(), Router.LEAST_LOADED, 0),
        30);
    Pool reads =
        new Pool(
            Role.PREFILL,
            3,
            16,
            48,
            new Batching(Order.PROMPTS_FIRST, 16_384, 1, true),
            0,
            new KvRoom(100_000, 0),
            ReplayCase.times(0));
    Pool writes =
        new Pool(
            Role.DECODE,
            2,
            32,
            64,
            new Batching(Order.PROMPTS_FIRST, 1, 138, true),
            0,
            new KvRoom(450_000, 0),
            ReplayCase.times(1e-8));
    measure(
        "two pools, 48 and 64 ranks",
        new Deployment(
            List.of(reads, writes),
            Optional.of(new CacheLink(tokens -> 7e4 * tokens, List.of(4e10, 4e10))),
            Router.LEAST_LOADED,
            0),
        20);
  }

  private static void measure(String what, Deployment deployment, double rate) {
    RequestTrace trace = RequestTrace.poisson(REQUESTS, rate, 1000, 200, 1);
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      ReplayResult result = Replay.of(trace, deployment);
      System.out.printf(
          Locale.ROOT,
          "%s: %.2f s, TTFT %.1f ms, TPOT %.2f ms%n",
          what,
          (System.nanoTime() - start) / 1e9,
          1e3 * result.ttft().mean(),
          1e3 * result.tpot().mean());
    }
  }
}
