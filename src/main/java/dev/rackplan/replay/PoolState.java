package dev.rackplan.replay;

/** One pool while requests go through it. */
final class PoolState {
  final Pool pool;
  final Instance[] instances;
  final Timeline timeline = new Timeline();
  int waiting;
  double mostHeldShare;

  private final int ranks;
  private final double[] heldOf;
  private double held;
  private int inWork;
  private final int[] inWorkOf;

  /**
   * @param poolIndex its number in the deployment
   * @param firstIndex number of its first instance in the simulation
   */
  PoolState(
      Pool pool,
      int poolIndex,
      int firstIndex,
      Progress progress,
      Events events,
      double cachedShare) {
    this.pool = pool;
    this.instances = new Instance[pool.instances()];
    this.ranks = pool.instances() * pool.ranks();
    this.heldOf = new double[pool.instances()];
    this.inWorkOf = new int[pool.instances()];
    Rank.RankState state = new Rank.RankState(progress.trace.size());
    for (int i = 0; i < instances.length; i++) {
      instances[i] =
          new Instance(firstIndex + i, poolIndex, pool, progress, state, events, cachedShare);
    }
  }

  /** The state up to now was as it was last looked at. */
  void noteTime(double now) {
    timeline.add(now, waiting, inWork, held / (ranks * pool.room().tokens()));
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

  long preempted() {
    long sum = 0;
    for (Instance instance : instances) {
      for (Rank rank : instance.ranks) {
        sum += rank.preempted;
      }
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
