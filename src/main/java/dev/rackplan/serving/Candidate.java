package dev.rackplan.serving;

import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Layout;
import java.util.Optional;

/**
 * An instance and what it can do.
 *
 * @param cluster whose GPUs it has
 * @param mostRunning sequences that a rank decodes at a time, by memory and engine
 * @param exact whether each MoE layer was priced by its own routing, not by that of a sample
 * @param shared the most of a rank within the limits that reads prompts, too; empty where nothing
 *     is
 * @param decoding the most of a rank that gets prompts' KV caches
 * @param readSeconds of one prompt alone
 */
record Candidate(
    Cluster cluster,
    SharedPool pool,
    EngineSteps steps,
    int mostRunning,
    boolean exact,
    Most shared,
    Most decoding,
    double readSeconds) {
  // Of the TTFT limit: what may be waited for a place where caches are taken in. Assumed.
  private static final double SLOT_SHARE = 0.25;

  // Few deployments run fewer; a search begins here.
  private static final double FIRST_SEQUENCES = 16;

  /**
   * The most that a rank serves.
   *
   * @param load within the limits; empty where one sequence breaks them
   * @param binds what keeps it from more
   */
  record Most(Optional<ServedLoad> load, String binds) {}

  private interface Loads {
    ServedLoad of(double sequences);
  }

  /** Empty where memory holds no sequence. */
  static Optional<Candidate> of(
      Cluster cluster, SharedPool pool, ProblemRouting routing, boolean exact, Goal goal) {
    int most = pool.mostRunning();
    return most == 0
        ? Optional.empty()
        : Optional.of(priced(cluster, pool, most, routing, exact, goal));
  }

  /** The same, each layer by its own routing. */
  Candidate exactly(Goal goal) {
    return exact ? this : priced(cluster, pool, mostRunning, cluster.routing(), true, goal);
  }

  private static Candidate priced(
      Cluster cluster,
      SharedPool pool,
      int most,
      ProblemRouting routing,
      boolean exact,
      Goal goal) {
    return limited(cluster, pool, most, pool.engineStepsOfPrompts(routing), exact, goal);
  }

  /** The same instance under other limits. */
  Candidate under(Goal goal) {
    return limited(cluster, pool, mostRunning, steps, exact, goal);
  }

  private static Candidate limited(
      Cluster cluster, SharedPool pool, int most, EngineSteps steps, boolean exact, Goal goal) {
    double tokens = pool.layout().acceptedTokens(pool.decode().workload());
    String limit = most < pool.batching().mostRunning() ? "KV cache" : "engine's most sequences";
    return new Candidate(
        cluster,
        pool,
        steps,
        most,
        exact,
        most(most, limit, goal, b -> ServedLoad.shared(steps, goal, tokens, b, most)),
        most(
            most,
            limit,
            goal.withTtft(goal.ttftSeconds().orElse(Double.MAX_VALUE) * SLOT_SHARE),
            b -> ServedLoad.decodeOnly(steps, goal, tokens, b, most)),
        steps.readSeconds(goal, 1.0 / steps.ranks()));
  }

  // Doubled until a limit is broken, then halved: times rise with sequences.
  private static Most most(int slots, String limitName, Goal goal, Loads loads) {
    double limit = Queue.MOST_BUSY * slots;
    double low = Math.min(1, limit);
    double high = Math.min(limit, FIRST_SEQUENCES);
    ServedLoad broken = loads.of(high);
    ServedLoad good = broken;
    if (broken.within(goal)) {
      while (broken.within(goal) && high < limit) {
        low = high;
        good = broken;
        high = Math.min(limit, 2 * high);
        broken = loads.of(high);
      }
      if (broken.within(goal)) {
        return new Most(Optional.of(broken), limitName);
      }
    } else {
      good = loads.of(low);
      if (!good.within(goal)) {
        return new Most(Optional.empty(), binds(good, goal));
      }
    }
    while (high - low > 0.01 * low) {
      double middle = (low + high) / 2;
      ServedLoad load = loads.of(middle);
      if (load.within(goal)) {
        low = middle;
        good = load;
      } else {
        high = middle;
        broken = load;
      }
    }
    return new Most(Optional.of(good), binds(broken, goal));
  }

  private static String binds(ServedLoad broken, Goal goal) {
    boolean tpot = broken.tpotSeconds() > goal.tpotSeconds().orElse(Double.MAX_VALUE);
    if (tpot) {
      return "TPOT limit";
    }
    // Without a limit of TTFT only an endless queue breaks it.
    return goal.ttftSeconds().isPresent() ? "TTFT limit" : "reading of prompts";
  }

  /** The least load of a rank, prompts and decode, that serves {@code share} of the most. */
  ServedLoad sharedAt(double share, Goal goal) {
    return at(share, shared, b -> ServedLoad.shared(steps, goal, acceptedTokens(), b, mostRunning));
  }

  /** The same of a rank that only decodes. */
  ServedLoad decodingAt(double share, Goal goal) {
    return at(
        share, decoding, b -> ServedLoad.decodeOnly(steps, goal, acceptedTokens(), b, mostRunning));
  }

  private static ServedLoad at(double share, Most of, Loads loads) {
    ServedLoad most = of.load().orElseThrow();
    double wanted = share * most.requestsPerSecond();
    double low = 0;
    double high = most.sequences();
    ServedLoad load = most;
    while (share < 1 && high - low > 0.001 * high) {
      double middle = (low + high) / 2;
      ServedLoad less = loads.of(middle);
      if (less.requestsPerSecond() >= wanted) {
        high = middle;
        load = less;
      } else {
        low = middle;
      }
    }
    return load;
  }

  double acceptedTokens() {
    return layout().acceptedTokens(pool.decode().workload());
  }

  Layout layout() {
    return pool.layout();
  }

  int gpus() {
    return layout().gpus();
  }

  InstanceShape shape() {
    return InstanceShape.of(layout());
  }

  int ranks() {
    return layout().attentionRanks();
  }

  /**
   * Requests per second that one instance serves within the limits, prompts and decode; 0 = none.
   */
  double served() {
    return shared.load().map(ServedLoad::requestsPerSecond).orElse(0.0) * ranks();
  }

  /** Requests per second that one instance writes within the limits; 0 = none. */
  double written() {
    return decoding.load().map(ServedLoad::requestsPerSecond).orElse(0.0) * ranks();
  }
}
