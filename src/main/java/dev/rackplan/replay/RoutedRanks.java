package dev.rackplan.replay;

import dev.rackplan.workload.RequestTrace;
import java.util.ArrayList;
import java.util.List;

/** The ranks among which a router chooses: those of all pools of one role. */
final class RoutedRanks {
  // SGLang's router: cache_threshold, balance_abs_threshold, balance_rel_threshold.
  private static final double LEAST_MATCH = 0.3;
  private static final int FAR_APART = 64;
  private static final double TIMES_APART = 1.5;

  private final Router router;
  private final List<Rank> ranks = new ArrayList<>();
  private final boolean decodes;
  // Whether sizes differ, so that a request weighs more on some ranks.
  private final boolean bySize;
  private int next;

  RoutedRanks(Router router, List<PoolState> pools) {
    this.router = router;
    this.decodes = pools.get(0).pool.role() == Role.DECODE;
    this.bySize =
        pools.stream().map(state -> state.pool.batching().mostRunning()).distinct().count() > 1;
    // Rank by rank, so that requests that take turns go to each instance in turn.
    int most = pools.stream().mapToInt(state -> state.pool.ranks()).max().orElseThrow();
    for (int r = 0; r < most; r++) {
      for (PoolState state : pools) {
        for (Instance instance : state.instances) {
          if (r < instance.ranks.length) {
            ranks.add(instance.ranks[r]);
          }
        }
      }
    }
  }

  /** Whether a rank can ever hold so many tokens of one request. */
  boolean canHold(double tokens) {
    return ranks.stream().anyMatch(rank -> rank.canHold(tokens));
  }

  /**
   * The rank that a request goes to, of those that can hold it.
   *
   * @param tokens that it comes to hold
   */
  Rank choose(RequestTrace trace, int request, double tokens) {
    Rank rank =
        switch (router) {
          case ROUND_ROBIN -> inTurn(tokens);
          case LEAST_LOADED -> leastLoaded(tokens);
          case CACHE_AWARE ->
              decodes || trace.blocks(request) == 0
                  ? leastLoaded(tokens)
                  : cacheAware(trace, request, tokens);
        };
    rank.outstanding++;
    rank.instance.outstanding++;
    return rank;
  }

  private Rank inTurn(double tokens) {
    Rank rank;
    do {
      rank = ranks.get(next++ % ranks.size());
    } while (!rank.canHold(tokens));
    return rank;
  }

  private Rank leastLoaded(double tokens) {
    Rank least = null;
    double load = Double.POSITIVE_INFINITY;
    for (Rank rank : ranks) {
      double here = rank.load(bySize);
      if ((here < load
              || least != null
                  && here == load
                  && rank.instance.outstanding < least.instance.outstanding)
          && rank.canHold(tokens)) {
        least = rank;
        load = here;
      }
    }
    return least;
  }

  private Rank cacheAware(RequestTrace trace, int request, double tokens) {
    Rank best = null;
    Rank emptiest = null;
    int found = 0;
    int most = 0;
    int least = Integer.MAX_VALUE;
    for (Rank rank : ranks) {
      if (rank.canHold(tokens)) {
        int here = rank.cachedTokens(request);
        if (here > found) {
          found = here;
          best = rank;
        }
        emptiest =
            emptiest == null || rank.prefixTokens() < emptiest.prefixTokens() ? rank : emptiest;
        most = Math.max(most, rank.outstanding);
        least = Math.min(least, rank.outstanding);
      }
    }
    if (most - least > FAR_APART && most > TIMES_APART * least) {
      return leastLoaded(tokens);
    }
    return found > LEAST_MATCH * trace.promptTokens(request) ? best : emptiest;
  }
}
