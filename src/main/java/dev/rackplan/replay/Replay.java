package dev.rackplan.replay;

import dev.rackplan.workload.RequestTrace;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends the requests of a trace through a deployment, event by event.
 *
 * <p>A request's first token is there when its prompt is read; with two pools when its cache has
 * arrived where it is decoded, since that pool answers. There it waits first until the pool has
 * room for the cache.
 */
public final class Replay {
  private final RequestTrace trace;
  private final Deployment deployment;
  private final Progress progress;
  private final Events events = new Events();
  private final List<PoolState> pools = new ArrayList<>();
  private final RoutedRanks readers;
  private final RoutedRanks writers;
  // Whether prompts are read in other pools than those that decode.
  private final boolean apart;
  private final List<Instance> instances = new ArrayList<>();
  private final IntDeque complete = new IntDeque();
  private final IntDeque read = new IntDeque();
  private double now;
  private double lastAnswer;

  private Replay(RequestTrace trace, Deployment deployment) {
    this.trace = trace;
    this.deployment = deployment;
    this.progress = new Progress(trace);
    for (Pool pool : deployment.pools()) {
      PoolState state =
          new PoolState(
              pool, pools.size(), instances.size(), progress, events, deployment.cachedShare());
      pools.add(state);
      instances.addAll(List.of(state.instances));
    }
    this.apart = deployment.link().isPresent();
    this.readers = routed(apart ? Role.PREFILL : Role.BOTH);
    this.writers = apart ? routed(Role.DECODE) : readers;
  }

  private RoutedRanks routed(Role role) {
    return new RoutedRanks(
        deployment.router(), pools.stream().filter(state -> state.pool.role() == role).toList());
  }

  /**
   * What becomes of each request.
   *
   * @throws IllegalArgumentException where requests have no times
   */
  public static ReplayResult of(RequestTrace trace, Deployment deployment) {
    if (!trace.timed()) {
      throw new IllegalArgumentException("the requests have no times");
    }
    return new Replay(trace, deployment).run();
  }

  private ReplayResult run() {
    int next = 0;
    while (next < trace.size() || !events.isEmpty()) {
      if (next < trace.size()
          && (trace.follows(next) || events.isEmpty() || trace.seconds(next) <= events.time())) {
        if (!trace.follows(next)) {
          proceed(trace.seconds(next));
          comes(next);
        }
        next++;
      } else {
        happens();
      }
    }
    proceed(lastAnswer);
    return result();
  }

  private void proceed(double time) {
    now = Math.max(now, time);
    for (PoolState pool : pools) {
      pool.noteTime(now);
    }
  }

  private void happens() {
    Events.Kind kind = events.kind();
    int about = events.about();
    boolean stale = kind == Events.Kind.STEP && !instances.get(about).isCurrent(events.version());
    double time = events.time();
    events.remove();
    if (!stale) {
      proceed(time);
      switch (kind) {
        case STEP -> stepEnds(instances.get(about));
        case COMES -> comes(about);
        case QUEUED -> queued(about);
        case READ -> isRead(about);
        case ARRIVED -> arrived(about);
      }
    }
  }

  private void comes(int request) {
    progress.came[request] = now;
    double whole = wholeTokens(request);
    if (!writers.canHold(whole) || !readers.canHold(readTokens(request))) {
      progress.refused[request] = true;
      ends(request);
      return;
    }
    Rank rank = readers.choose(trace, request, readTokens(request));
    progress.reader[request] = rank;
    progress.decoder[request] = rank;
    double queued = rank.throughFront(now, request);
    if (queued > now) {
      events.add(queued, Events.Kind.QUEUED, request, 0);
    } else {
      queued(request);
    }
  }

  // What it comes to hold where it is decoded, and where it is read.
  private double wholeTokens(int request) {
    double most = pools.stream().mapToDouble(state -> state.pool.acceptedTokens()).max().orElse(1);
    return (double) trace.promptTokens(request) + progress.answer(request) + most;
  }

  private double readTokens(int request) {
    return apart ? trace.promptTokens(request) : wholeTokens(request);
  }

  private void queued(int request) {
    Rank rank = progress.reader[request];
    rank.waiting.addLast(request);
    poolOf(rank.instance).waiting++;
    wake(rank.instance);
  }

  private PoolState poolOf(Instance instance) {
    return pools.get(instance.poolIndex);
  }

  // What waits is counted before and after, since only the instance knows what it lets in.
  private void wake(Instance instance) {
    PoolState pool = poolOf(instance);
    int before = waitingIn(instance);
    instance.wake(now);
    pool.waiting += waitingIn(instance) - before;
    pool.noteState(instance);
  }

  private static int waitingIn(Instance instance) {
    int waiting = 0;
    for (Rank rank : instance.ranks) {
      waiting += rank.waiting.size();
    }
    return waiting;
  }

  private void stepEnds(Instance instance) {
    PoolState pool = poolOf(instance);
    complete.clear();
    read.clear();
    double later = instance.end(now, complete, read);
    // Caches are at their fullest before those that are complete leave.
    pool.noteState(instance);
    for (int i = 0; i < complete.size(); i++) {
      int request = complete.get(i);
      progress.decoder[request].leave(request);
      ends(request);
    }
    int finished = read.size();
    for (int i = 0; i < finished; i++) {
      if (later > 0) {
        events.add(now + later, Events.Kind.READ, read.get(i), 0);
      } else {
        isReadIn(read.get(i));
      }
    }
    admitCaches(instance);
    wake(instance);
  }

  private void isRead(int request) {
    isReadIn(request);
    wake(progress.reader[request].instance);
  }

  // A prompt is read in its rank, whose instance is woken by the caller.
  private void isReadIn(int request) {
    Rank rank = progress.reader[request];
    rank.keepBlocks(request);
    progress.written[request]++;
    boolean here = !apart || progress.left(request) == 0;
    if (here && Double.isNaN(progress.first[request])) {
      progress.first[request] = now;
    }
    if (progress.left(request) == 0) {
      rank.leave(request);
      ends(request);
    } else if (!apart) {
      rank.addReady(request);
    } else {
      Rank decoder = writers.choose(trace, request, wholeTokens(request));
      progress.decoder[request] = decoder;
      decoder.waiting.addLast(request);
      poolOf(decoder.instance).waiting++;
      // One that steps looks into its queue when the step ends.
      if (!decoder.instance.isBusy()) {
        admitCaches(decoder.instance);
      }
      wake(decoder.instance);
    }
  }

  private void admitCaches(Instance instance) {
    if (poolOf(instance).pool.role() != Role.DECODE) {
      return;
    }
    for (Rank rank : instance.ranks) {
      while (rank.admitsCache()) {
        int request = rank.waiting.removeFirst();
        poolOf(instance).waiting--;
        if (progress.aside[request]) {
          progress.aside[request] = false;
          rank.arrived(request);
        } else {
          send(request, rank);
        }
      }
    }
  }

  private void send(int request, Rank to) {
    Rank from = progress.reader[request];
    double begins = Math.max(now, Math.max(from.linkFree, to.linkFree));
    double ends =
        begins
            + deployment
                .link()
                .orElseThrow()
                .seconds(
                    trace.promptTokens(request), from.instance.poolIndex, to.instance.poolIndex);
    from.linkFree = ends;
    to.linkFree = ends;
    events.add(ends, Events.Kind.ARRIVED, request, 0);
  }

  private void arrived(int request) {
    Rank reader = progress.reader[request];
    reader.leave(request);
    wake(reader.instance);
    progress.first[request] = now;
    Rank decoder = progress.decoder[request];
    decoder.arrived(request);
    wake(decoder.instance);
  }

  private void ends(int request) {
    progress.ended[request] = now;
    lastAnswer = Math.max(lastAnswer, now);
    for (int after = progress.follower(request);
        after != Progress.NONE;
        after = progress.sibling(after)) {
      events.add(now + trace.seconds(after), Events.Kind.COMES, after, 0);
    }
  }

  private ReplayResult result() {
    return new ReplayResult(
        deployment,
        trace,
        progress,
        pools.stream().map(pool -> figures(pool)).toList(),
        lastAnswer);
  }

  private PoolFigures figures(PoolState pool) {
    PoolFigures.Span mean = pool.timeline.mean();
    return new PoolFigures(
        pool.pool,
        pool.busyShare(lastAnswer),
        pool.steps(),
        pool.preempted(),
        mean.waiting(),
        pool.timeline.mostWaiting(),
        mean.running(),
        mean.kvShare(),
        pool.mostHeldShare,
        pool.timeline.spans());
  }
}
