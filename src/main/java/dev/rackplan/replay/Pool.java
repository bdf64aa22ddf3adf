package dev.rackplan.replay;

import dev.rackplan.problem.Batching;
import dev.rackplan.serving.EngineHost;

/**
 * GPUs that do the same for requests, in instances that are alike.
 *
 * @param instances how many
 * @param ranks attention (data-parallel) ranks of each; every rank has its own queue and cache, and
 *     all of one instance step together
 * @param gpus of the pool
 * @param batching how each rank puts steps together
 * @param reservedShare of what sequences may still write, kept free before another is let in
 * @param room for each rank's caches
 * @param times of steps
 * @param queryTokens tokens that a step decodes for each sequence
 * @param acceptedTokens of them that an answer gets
 * @param host what the engine's host adds to steps, and before them
 */
public record Pool(
    Role role,
    int instances,
    int ranks,
    int gpus,
    Batching batching,
    double reservedShare,
    KvRoom room,
    StepTimes times,
    double queryTokens,
    double acceptedTokens,
    EngineHost host) {
  public Pool {
    if (instances < 1 || ranks < 1 || !(reservedShare >= 0 && reservedShare <= 1)) {
      throw new IllegalArgumentException(
          "instances and ranks must be >= 1 and reservedShare in 0..1, were "
              + instances
              + ", "
              + ranks
              + " and "
              + reservedShare);
    }
    if (!(acceptedTokens >= 1 && queryTokens >= acceptedTokens)) {
      throw new IllegalArgumentException(
          "acceptedTokens must be in 1.." + queryTokens + ", was " + acceptedTokens);
    }
  }

  /** A pool whose steps yield a token, with a host that takes no time. */
  Pool(
      Role role,
      int instances,
      int ranks,
      int gpus,
      Batching batching,
      double reservedShare,
      KvRoom room,
      StepTimes times) {
    this(role, instances, ranks, gpus, batching, reservedShare, room, times, 1, 1, EngineHost.NONE);
  }

  /** The same where a step decodes several tokens of a sequence. */
  Pool withTokens(double queries, double accepted) {
    return new Pool(
        role,
        instances,
        ranks,
        gpus,
        batching,
        reservedShare,
        room,
        times,
        queries,
        accepted,
        host);
  }

  /** The same with a host. */
  Pool withHost(EngineHost other) {
    return new Pool(
        role,
        instances,
        ranks,
        gpus,
        batching,
        reservedShare,
        room,
        times,
        queryTokens,
        acceptedTokens,
        other);
  }
}
