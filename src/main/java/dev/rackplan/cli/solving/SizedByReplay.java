package dev.rackplan.cli.solving;

import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.replay.PlannedPools;
import dev.rackplan.replay.Replay;
import dev.rackplan.replay.Router;
import dev.rackplan.report.ReplayedLimits;
import dev.rackplan.solver.ServingSolver.PoolPlans;
import dev.rackplan.workload.RequestTrace;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Pools whose limits are of percentiles. The search sizes pools for requests that come evenly, so
 * they are sized for more than the rate, as little as may be, until a replay of requests that come
 * at random at the rate itself keeps the percentiles.
 */
public final class SizedByReplay {
  /** Searches at most. */
  static final int MOST_ROUNDS = 6;

  private static final int REQUESTS = 10_000;
  private static final long SEED = 0;
  // Of the rate: the next size where none has kept the limits, and how near two are to be the same.
  // Assumed.
  private static final double MORE = 1.3;
  private static final double NEAR = 1.05;

  private final ServingProblem serving;
  private final Limits limits;

  /**
   * @param serving with a rate where percentiles are limited
   */
  public SizedByReplay(ServingProblem serving) {
    this.serving = serving;
    this.limits = serving.decode().limits();
  }

  /**
   * What was found, and what a replay says of it; empty where there are no plans, or no percentile
   * is limited.
   */
  record Sized(PoolPlans pools, Optional<ReplayedLimits> replayed) {
    boolean keeps() {
      return replayed.map(ReplayedLimits::kept).orElse(pools.fault().isEmpty());
    }

    // Sized and looked at after another.
    Sized orElse(Sized before) {
      return keeps() || !before.keeps() && replayed.isPresent() ? this : before;
    }
  }

  /**
   * The smallest pools that keep the limits; where none do, the last that were looked at.
   *
   * @param solved pools for a question, each a search of its own
   */
  Sized solve(Function<ServingProblem, PoolPlans> solved, BooleanSupplier stop) {
    if (!limits.ofPercentiles()) {
      return new Sized(solved.apply(serving), Optional.empty());
    }
    Sized last = sized(solved, 1);
    Sized best = last;
    double low = 0;
    double high = Double.MAX_VALUE;
    double size = 1;
    for (int round = 1; round < MOST_ROUNDS && !stop.getAsBoolean(); round++) {
      if (last.keeps()) {
        high = size;
      } else if (last.replayed().isEmpty()) {
        // More than the GPUs hold.
        high = Math.min(high, size);
      } else {
        low = size;
      }
      if (low == 0 || high <= NEAR * low) {
        return best;
      }
      size = high == Double.MAX_VALUE ? MORE * size : Math.sqrt(low * high);
      last = sized(solved, size);
      best = last.orElse(best);
    }
    return best;
  }

  private Sized sized(Function<ServingProblem, PoolPlans> solved, double size) {
    PoolPlans found = solved.apply(serving.at(size * serving.requestsPerSecond()));
    PoolPlans pools =
        new PoolPlans(
            found.pools(), found.fault(), found.serving().at(serving.requestsPerSecond()));
    return new Sized(
        pools, pools.fault().isEmpty() ? Optional.of(replayed(pools)) : Optional.empty());
  }

  private ReplayedLimits replayed(PoolPlans pools) {
    return replayed(pools.serving(), plan(pools, Pool.PREFILL), plan(pools, Pool.DECODE));
  }

  private static Plan plan(PoolPlans pools, Pool pool) {
    return pools.pools().stream()
        .filter(one -> one.pool() == pool)
        .findFirst()
        .flatMap(one -> one.outcome().plan())
        .orElseThrow();
  }

  /** What a replay says of two plans. */
  public ReplayedLimits replayed(ServingProblem both, Plan prefill, Plan decode) {
    RequestTrace requests =
        RequestTrace.poisson(
            REQUESTS,
            serving.requestsPerSecond(),
            (int) Math.rint(serving.inputTokens()),
            (int) Math.rint(serving.outputTokens()),
            SEED);
    PlannedPools.Settings settings =
        new PlannedPools.Settings(
            Router.LEAST_LOADED,
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalDouble.empty());
    return ReplayedLimits.of(
        limits.ttft(),
        limits.tpot(),
        Replay.of(requests, PlannedPools.two(both, prefill, decode, requests, settings)));
  }
}
