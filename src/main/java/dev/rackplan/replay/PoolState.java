package dev.rackplan.replay;

import dev.rackplan.workload.RequestTrace;

/** One pool while requests go through it. */
final class PoolState {
  // SGLang's router: cache_threshold, balance_abs_threshold, balance_rel_threshold.
  private static final double LEAST_MATCH = 0.3;
  private static final int FAR_APART = 64;
  private static final double TIMES_APART = 1.5;

  final Pool pool;
  final Instance[] instances;
  final Timeline timeline = new Timeline();
  int waiting;
  double mostHeldShare;

  private final Rank[] ranks;
  private final double[] heldOf;
  private double held;
  private int inWork;
  private final int[] inWorkOf;
  private int next;

  /**
   * @param firstIndex number of its first instance in the simulation
   */
  PoolState(Pool pool, int firstIndex, Progress progress, Events events, double cachedShare) {
    this.pool = pool;
    this.instances = new Instance[pool.instances()];
    this.ranks = new Rank[pool.instances() * pool.ranks()];
    this.heldOf = new double[pool.instances()];
    this.inWorkOf = new int[pool.instances()];
    Rank.RankState state = new Rank.RankState(progress.trace.size());
    for (int i = 0; i < instances.length; i++) {
      instances[i] = new Instance(firstIndex + i, pool, progress, state, events, cachedShare);
      // Rank by rank, so that requests that take turns go to each instance in turn.
      for (int r = 0; r < pool.ranks(); r++) {
        ranks[r * instances.length + i] = instances[i].ranks[r];
      }
    }
  }

  /** Most tokens that a request may come to hold. */
  boolean canHold(double tokens) {
    return tokens + pool.room().tokensPerSequence() <= pool.room().tokens();
  }

  /** The state up to now was as it was last looked at. */
  void noteTime(double now) {
    timeline.add(now, waiting, inWork, held / (ranks.length * pool.room().tokens()));
  }

  /** Looks at an instance that changed. */
  void noteState(Instance instance) {
    int at = instance.index - instances[0].index;
    double sum = 0;
    int requests = 0;
    for (Rank rank : instance.ranks) {
      double ofRank = rank.held();
      sum += ofRank;
      requests += rank.inWork();
      mostHeldShare = Math.max(mostHeldShare, ofRank / pool.room().tokens());
    }
    held += sum - heldOf[at];
    heldOf[at] = sum;
    inWork += requests - inWorkOf[at];
    inWorkOf[at] = requests;
  }

  /** The rank that a request goes to. */
  Rank choose(Router router, RequestTrace trace, int request) {
    Rank rank =
        switch (router) {
          case ROUND_ROBIN -> ranks[next++ % ranks.length];
          case LEAST_LOADED -> leastLoaded();
          case CACHE_AWARE ->
              pool.role() == Role.DECODE || trace.blocks(request) == 0
                  ? leastLoaded()
                  : cacheAware(trace, request);
        };
    rank.outstanding++;
    rank.instance.outstanding++;
    return rank;
  }

  private Rank leastLoaded() {
    Rank least = ranks[0];
    for (Rank rank : ranks) {
      if (rank.outstanding < least.outstanding
          || rank.outstanding == least.outstanding
              && rank.instance.outstanding < least.instance.outstanding) {
        least = rank;
      }
    }
    return least;
  }

  private Rank cacheAware(RequestTrace trace, int request) {
    Rank best = ranks[0];
    Rank emptiest = ranks[0];
    int found = 0;
    int most = 0;
    int least = Integer.MAX_VALUE;
    for (Rank rank : ranks) {
      int here = rank.cachedTokens(request);
      if (here > found) {
        found = here;
        best = rank;
      }
      emptiest = rank.prefixTokens() < emptiest.prefixTokens() ? rank : emptiest;
      most = Math.max(most, rank.outstanding);
      least = Math.min(least, rank.outstanding);
    }
    if (most - least > FAR_APART && most > TIMES_APART * least) {
      return leastLoaded();
    }
    return found > LEAST_MATCH * trace.promptTokens(request) ? best : emptiest;
  }

  long preempted() {
    long sum = 0;
    for (Rank rank : ranks) {
      sum += rank.preempted;
    }
    return sum;
  }

  /** Share of time that its instances step, in the mean. */
  double busyShare(double seconds) {
    double sum = 0;
    for (Instance instance : instances) {
      sum += instance.busySeconds;
    }
    return seconds > 0 ? sum / (instances.length * seconds) : 0;
  }

  /** Steps of all its instances. */
  long steps() {
    long sum = 0;
    for (Instance instance : instances) {
      sum += instance.steps;
    }
    return sum;
  }
}
