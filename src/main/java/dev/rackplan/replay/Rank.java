package dev.rackplan.replay;

import dev.rackplan.problem.Batching;
import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * One attention rank of an instance: its queue, its running sequences, its caches.
 *
 * <p>Running sequences all get {@code acceptedTokens} a step, so what they hold and see follows
 * from sums over them and the number of steps; no step looks at each.
 */
final class Rank {
  private static final int REQUEST_BITS = 31;

  final Instance instance;
  final IntDeque waiting = new IntDeque();
  // Requests that the coming step reads.
  final IntDeque inStep = new IntDeque();
  long chunkTokens;
  double attendedPairs;
  double linkFree;
  // Of those that the coming step reads: how many it reads to their end.
  int finishing;
  int outstanding;
  long preempted;

  private final Pool pool;
  private final Progress progress;
  private final PrefixCache cache = new PrefixCache();
  private final double cachedShare;
  private final IntDeque reading = new IntDeque();
  private final IntDeque ready = new IntDeque();
  private int incoming;
  private double frontFree;

  // Running sequences: when each ends, who came when, and sums over them.
  private final PriorityQueue<Long> ends = new PriorityQueue<>();
  private int[] joined = new int[16];
  private int joinedCount;
  private final RankState state;
  private int running;
  private long step;
  private long joinSteps;
  private long contexts;
  private long left;
  private int sequences;
  private long own;

  Rank(Instance instance, Pool pool, Progress progress, RankState state, double cachedShare) {
    this.instance = instance;
    this.pool = pool;
    this.progress = progress;
    this.state = state;
    this.cachedShare = cachedShare;
  }

  /** What ranks of one pool remember of requests; a request is in one rank of a pool at a time. */
  static final class RankState {
    private final int[] own;
    private final long[] joinStep;
    private final long[] endStep;
    private final int[] place;

    RankState(int requests) {
      own = new int[requests];
      joinStep = new long[requests];
      endStep = new long[requests];
      place = new int[requests];
      Arrays.fill(place, Progress.NONE);
    }
  }

  /** When the front end is done with a request that comes now, after those before. */
  double throughFront(double now, int request) {
    double seconds = pool.host().frontSeconds(progress.trace.promptTokens(request));
    frontFree = Math.max(now, frontFree) + seconds;
    return frontFree;
  }

  /** Whether so many tokens of one request are ever held. */
  boolean canHold(double tokens) {
    return tokens + pool.room().tokensPerSequence() <= pool.room().tokens();
  }

  /** Requests that wait or run; over what may run at a time where sizes differ. */
  double load(boolean bySize) {
    return bySize ? outstanding / (double) pool.batching().mostRunning() : outstanding;
  }

  // What is held.

  private double grown() {
    return pool.acceptedTokens() * (running * step - joinSteps);
  }

  /** Tokens of caches that sequences use. */
  double held() {
    return cache.lockedTokens() + own + grown() + sequences * pool.room().tokensPerSequence();
  }

  /** Tokens of the leading part of a prompt that this rank's prefix cache has. */
  int cachedTokens(int request) {
    return cache.tokens(progress.trace, request, cache.leadingBlocks(progress.trace, request));
  }

  /** Tokens of all prompts' blocks that this rank's prefix cache has. */
  long prefixTokens() {
    return cache.tokens();
  }

  int running() {
    return running;
  }

  /** Requests that are read, arrive, or are decoded. */
  int inWork() {
    return reading.size() + incoming + ready.size() + running;
  }

  /** Sum of the running sequences' contexts in tokens. */
  double contextTokens() {
    return contexts + grown();
  }

  private void take(int request, int tokens) {
    state.own[request] = tokens;
    own += tokens;
    sequences++;
    cache.shrink(pool.room().tokens() - held());
  }

  private void give(int request) {
    own -= state.own[request];
    state.own[request] = 0;
    sequences--;
    if (progress.blocks[request] > 0 && pool.role() != Role.DECODE) {
      cache.release(progress.trace, request, progress.blocks[request]);
      progress.blocks[request] = 0;
    }
  }

  // Each running sequence will grow; where nothing is held, anything fits that was not refused.
  private boolean hasRoom(int request, int tokens) {
    double reserved = pool.reservedShare() * (left - grown() + progress.left(request));
    double next = pool.role() == Role.PREFILL ? 0 : pool.acceptedTokens() * (running + 1);
    return sequences == 0
        || held() + tokens + pool.room().tokensPerSequence() + Math.max(next, reserved)
            <= pool.room().tokens();
  }

  // Prompts.

  /** Chooses what the coming step reads. */
  void compose() {
    inStep.clear();
    chunkTokens = 0;
    finishing = 0;
    attendedPairs = 0;
    boolean mixed = pool.batching().order() == Batching.Order.MIXED;
    double queries = mixed ? running * pool.queryTokens() : 0;
    int budget = (int) (pool.batching().tokenBudget() - queries);
    boolean fits = true;
    for (int i = 0; fits && i < reading.size() && chunkTokens < budget; i++) {
      fits = read(reading.get(i), budget);
    }
    while (fits && chunkTokens < budget && !waiting.isEmpty() && letIn(waiting.first())) {
      int request = waiting.removeFirst();
      reading.addLast(request);
      fits = read(request, budget);
    }
  }

  // False where a prompt that must not be cut waits for a step of its own.
  private boolean read(int request, int budget) {
    int unread = progress.target[request] - progress.read[request];
    int room = (int) (budget - chunkTokens);
    boolean cut = unread > room;
    if (cut && !pool.batching().cutsPrompts() && chunkTokens > 0) {
      return false;
    }
    int chunk = cut && pool.batching().cutsPrompts() ? room : unread;
    progress.chunk[request] = chunk;
    inStep.addLast(request);
    chunkTokens += chunk;
    finishing += chunk == unread ? 1 : 0;
    attendedPairs += chunk * (progress.read[request] + chunk / 2.0);
    return true;
  }

  private boolean letIn(int request) {
    if (inWork() >= pool.batching().mostRunning() && pool.role() == Role.BOTH) {
      return false;
    }
    int blocks = cache.leadingBlocks(progress.trace, request);
    int kept = cache.tokens(progress.trace, request, blocks);
    cache.lock(progress.trace, request, blocks);
    int tokens = Math.max(0, progress.target[request] - kept);
    if (!hasRoom(request, tokens)) {
      cache.release(progress.trace, request, blocks);
      return false;
    }
    progress.blocks[request] = blocks;
    int prompt = progress.trace.promptTokens(request);
    int found = progress.trace.blocks(request) > 0 ? kept : (int) (cachedShare * prompt);
    progress.read[request] = Math.min(found, prompt - 1);
    progress.found[request] += progress.read[request];
    take(request, tokens);
    return true;
  }

  /** Ends what {@link #compose} chose; those whose prompt is read stand in {@code done}. */
  void endChunks(IntDeque done) {
    for (int i = 0; i < inStep.size(); i++) {
      int request = inStep.get(i);
      progress.read[request] += progress.chunk[request];
    }
    while (!reading.isEmpty()
        && progress.read[reading.first()] == progress.target[reading.first()]) {
      done.addLast(reading.removeFirst());
    }
    inStep.clear();
    chunkTokens = 0;
  }

  /** A prompt's blocks are in the cache from now on. */
  void keepBlocks(int request) {
    int blocks = cache.add(progress.trace, request, progress.blocks[request]);
    progress.blocks[request] = blocks;
    int rest = progress.target[request] - cache.tokens(progress.trace, request, blocks);
    own += rest - state.own[request];
    state.own[request] = rest;
    cache.shrink(pool.room().tokens() - held());
  }

  /** Lets go of a request that is complete, or decoded elsewhere. */
  void leave(int request) {
    give(request);
    outstanding--;
    instance.outstanding--;
  }

  // Sequences.

  /** Takes a cache in that waits for room; empty-handed where none fits. */
  boolean admitsCache() {
    if (waiting.isEmpty() || inWork() >= pool.batching().mostRunning()) {
      return false;
    }
    int request = waiting.first();
    if (!hasRoom(request, progress.target[request])) {
      return false;
    }
    take(request, progress.target[request]);
    incoming++;
    return true;
  }

  /** The cache of an admitted request is here. */
  void arrived(int request) {
    incoming--;
    ready.addLast(request);
  }

  /** A request whose cache is here decodes from the next step on. */
  void addReady(int request) {
    ready.addLast(request);
  }

  void joinReady() {
    while (!ready.isEmpty()) {
      join(ready.removeFirst());
    }
  }

  private void join(int request) {
    long steps = (long) Math.ceil(progress.left(request) / pool.acceptedTokens());
    state.joinStep[request] = step;
    state.endStep[request] = step + steps;
    ends.add((step + steps) << REQUEST_BITS | request);
    if (joinedCount == joined.length) {
      joined = Arrays.copyOf(joined, 2 * joinedCount);
    }
    state.place[request] = joinedCount;
    joined[joinedCount++] = request;
    running++;
    joinSteps += step;
    contexts += progress.target[request] + 1L;
    left += progress.left(request);
  }

  private void part(int request) {
    running--;
    joinSteps -= state.joinStep[request];
    contexts -= progress.target[request] + 1L;
    left -= progress.left(request);
    state.place[request] = Progress.NONE;
    while (joinedCount > 0 && !isRunning(joined[joinedCount - 1], joinedCount - 1)) {
      joinedCount--;
    }
  }

  private boolean isRunning(int request, int at) {
    return progress.decoder[request] == this && state.place[request] == at;
  }

  /** Makes room for the tokens of the next step: the last that came give way. */
  void makeRoom() {
    while (running > 0
        && sequences > 1
        && held() + pool.acceptedTokens() * running > pool.room().tokens()) {
      if (reading.isEmpty()) {
        giveWay(joined[joinedCount - 1]);
      } else {
        int request = reading.removeLast();
        progress.read[request] = 0;
        give(request);
        waiting.addFirst(request);
      }
      preempted++;
    }
    cache.shrink(pool.room().tokens() - held() - pool.acceptedTokens() * running);
  }

  // Its cache is lost, and is read again; where prompts are not read, it is kept in host memory.
  private void giveWay(int request) {
    long steps = step - state.joinStep[request];
    part(request);
    int more = (int) Math.min(progress.left(request) - 1.0, pool.acceptedTokens() * steps);
    progress.written[request] += more;
    progress.aside[request] = pool.role() == Role.DECODE;
    progress.target[request] =
        progress.trace.promptTokens(request)
            + progress.written[request]
            - (progress.aside[request] ? 1 : 0);
    progress.read[request] = 0;
    give(request);
    waiting.addFirst(request);
  }

  /** Steps after which the first running sequence ends, or memory is full. */
  long stepsToChange() {
    if (running == 0) {
      return Long.MAX_VALUE;
    }
    dropStale();
    long toEnd = (ends.peek() >> REQUEST_BITS) - step;
    double room = (pool.room().tokens() - held()) / (pool.acceptedTokens() * running);
    return Math.max(1, Math.min(toEnd, (long) room));
  }

  private void dropStale() {
    while (!ends.isEmpty()) {
      long end = ends.peek();
      int request = (int) (end & ((1L << REQUEST_BITS) - 1));
      if (state.place[request] != Progress.NONE
          && progress.decoder[request] == this
          && state.endStep[request] == end >> REQUEST_BITS) {
        return;
      }
      ends.poll();
    }
  }

  /** So many steps are done; those whose answers are complete stand in {@code done}. */
  void endSteps(long steps, IntDeque done) {
    step += steps;
    dropStale();
    while (!ends.isEmpty() && ends.peek() >> REQUEST_BITS <= step) {
      int request = (int) (ends.poll() & ((1L << REQUEST_BITS) - 1));
      part(request);
      progress.written[request] = progress.answer(request);
      done.addLast(request);
      dropStale();
    }
  }
}
