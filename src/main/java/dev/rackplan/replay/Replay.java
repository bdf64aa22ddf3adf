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
  private final PoolState first;
  private final PoolState last;
  private final List<Instance> instances = new ArrayList<>();
  private final IntDeque complete = new IntDeque();
  private final IntDeque read = new IntDeque();
  private double now;
  private double lastAnswer;

  private Replay(RequestTrace trace, Deployment deployment) {
    this.trace = trace;
    this.deployment = deployment;
    this.progress = new Progress(trace);
    double share = deployment.cachedShare();
    this.first = new PoolState(deployment.first(), 0, progress, events, share);
    this.last =
        deployment.pools().size() == 1
            ? first
            : new PoolState(deployment.last(), first.instances.length, progress, events, share);
    instances.addAll(List.of(first.instances));
    if (last != first) {
      instances.addAll(List.of(last.instances));
    }
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
    first.noteTime(now);
    if (last != first) {
      last.noteTime(now);
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
        case READ -> isRead(about);
        case ARRIVED -> arrived(about);
      }
    }
  }

  private void comes(int request) {
    progress.came[request] = now;
    double prompt = trace.promptTokens(request);
    double whole = prompt + progress.answer(request) + last.pool.acceptedTokens();
    if (!last.canHold(whole) || !first.canHold(prompt)) {
      progress.refused[request] = true;
      ends(request);
      return;
    }
    Rank rank = first.choose(deployment.router(), trace, request);
    progress.reader[request] = rank;
    progress.decoder[request] = rank;
    rank.waiting.addLast(request);
    first.waiting++;
    wake(first, rank.instance);
  }

  private PoolState poolOf(Instance instance) {
    return instance.index < first.instances.length ? first : last;
  }

  // What waits is counted before and after, since only the instance knows what it lets in.
  private void wake(PoolState pool, Instance instance) {
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
    wake(pool, instance);
  }

  private void isRead(int request) {
    isReadIn(request);
    wake(first, progress.reader[request].instance);
  }

  // A prompt is read in its rank, whose instance is woken by the caller.
  private void isReadIn(int request) {
    Rank rank = progress.reader[request];
    rank.keepBlocks(request);
    progress.written[request]++;
    boolean here = last == first || progress.left(request) == 0;
    if (here && Double.isNaN(progress.first[request])) {
      progress.first[request] = now;
    }
    if (progress.left(request) == 0) {
      rank.leave(request);
      ends(request);
    } else if (last == first) {
      rank.addReady(request);
    } else {
      Rank decoder = last.choose(deployment.router(), trace, request);
      progress.decoder[request] = decoder;
      decoder.waiting.addLast(request);
      last.waiting++;
      // One that steps looks into its queue when the step ends.
      if (!decoder.instance.isBusy()) {
        admitCaches(decoder.instance);
      }
      wake(last, decoder.instance);
    }
  }

  private void admitCaches(Instance instance) {
    if (poolOf(instance).pool.role() != Role.DECODE) {
      return;
    }
    for (Rank rank : instance.ranks) {
      while (rank.admitsCache()) {
        int request = rank.waiting.removeFirst();
        last.waiting--;
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
    double ends = begins + deployment.link().orElseThrow().seconds(trace.promptTokens(request));
    from.linkFree = ends;
    to.linkFree = ends;
    events.add(ends, Events.Kind.ARRIVED, request, 0);
  }

  private void arrived(int request) {
    Rank reader = progress.reader[request];
    reader.leave(request);
    wake(first, reader.instance);
    progress.first[request] = now;
    Rank decoder = progress.decoder[request];
    decoder.arrived(request);
    wake(last, decoder.instance);
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
    List<PoolState> pools = last == first ? List.of(first) : List.of(first, last);
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
