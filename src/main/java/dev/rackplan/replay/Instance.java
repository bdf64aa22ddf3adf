package dev.rackplan.replay;

import dev.rackplan.problem.Batching;
import dev.rackplan.serving.EngineHost;

/**
 * One copy of the model: attention ranks that step together. A step begins where the last one
 * ended, as long as there is work.
 *
 * <p>Steps that only decode, and between which nothing changes, are one event; what comes meanwhile
 * cuts it at the end of the step that it comes in.
 */
final class Instance {
  private static final long MOST_STEPS = 1L << 30;

  final int index;
  final int poolIndex;
  final Rank[] ranks;
  int outstanding;
  double busySeconds;
  long steps;

  private final Pool pool;
  private final EngineHost hostOfStage;
  private final Progress progress;
  private final Events events;
  private boolean busy;
  private boolean decodes;
  private boolean reads;
  private double began;
  private double ends;
  private double afterEndSeconds;
  private int version;
  // Of steps that only decode: how many, the first one's time, and by how much each is longer.
  private long count;
  private double firstSeconds;
  private double growth;

  Instance(
      int index,
      int poolIndex,
      Pool pool,
      Progress progress,
      Rank.RankState state,
      Events events,
      double cachedShare) {
    this.index = index;
    this.poolIndex = poolIndex;
    this.pool = pool;
    this.hostOfStage = pool.host().ofStage(pool.times().stages());
    this.progress = progress;
    this.events = events;
    this.ranks = new Rank[pool.ranks()];
    for (int i = 0; i < ranks.length; i++) {
      ranks[i] = new Rank(this, pool, progress, state, cachedShare);
    }
  }

  /** Something came: begins a step, or ends steps that nothing was to change early. */
  void wake(double now) {
    if (!busy) {
      begin(now);
    } else if (!reads && count > 1) {
      cut(now);
    }
  }

  boolean isBusy() {
    return busy;
  }

  boolean isCurrent(int versionOfEvent) {
    return busy && versionOfEvent == version;
  }

  private void begin(double now) {
    boolean mixed = pool.batching().order() == Batching.Order.MIXED;
    decodes = false;
    reads = false;
    for (Rank rank : ranks) {
      rank.joinReady();
      if (mixed) {
        rank.makeRoom();
      }
      if (pool.role() != Role.DECODE) {
        rank.compose();
        reads |= rank.chunkTokens > 0;
      }
    }
    if (mixed || !reads) {
      for (Rank rank : ranks) {
        if (!mixed) {
          rank.makeRoom();
        }
        decodes |= rank.running() > 0;
      }
    }
    busy = reads || decodes;
    if (busy) {
      began = now;
      markBegun(now);
      price();
      version++;
      events.add(ends, Events.Kind.STEP, index, version);
    }
  }

  private void markBegun(double now) {
    if (reads) {
      for (Rank rank : ranks) {
        for (int i = 0; i < rank.inStep.size(); i++) {
          int request = rank.inStep.get(i);
          if (Double.isNaN(progress.began[request])) {
            progress.began[request] = now;
          }
        }
      }
    }
  }

  private void price() {
    count = 1;
    growth = 0;
    afterEndSeconds = 0;
    double decoding = decodes ? priceDecode() : 0;
    if (reads) {
      pricePrompts(decoding);
    } else {
      firstSeconds = hostOfStage.stepSeconds(decoding, 0, fullest);
      count = Math.max(1, Math.min(MOST_STEPS, stepsToChange()));
    }
    ends = began + seconds(count);
  }

  private double seconds(long number) {
    return number * firstSeconds + growth * (0.5 * number * (number - 1));
  }

  private int fullest;
  private double fullestContext;
  private double rankGrowth;

  private double priceDecode() {
    fullest = 0;
    int all = 0;
    double most = 0;
    int growing = 0;
    for (Rank rank : ranks) {
      all += rank.running();
      fullest = Math.max(fullest, rank.running());
      double contexts = rank.running() == 0 ? 0 : rank.contextTokens();
      if (contexts > most || contexts == most && rank.running() > growing) {
        most = contexts;
        growing = rank.running();
      }
    }
    fullestContext = most / fullest;
    rankGrowth = pool.acceptedTokens() * growing / fullest;
    double fill = all / ((double) fullest * ranks.length);
    growth = rankGrowth * pool.times().decodeSlope(fullest, fullestContext);
    return pool.times().decodeSeconds(fullest, fill, fullestContext, ranks.length);
  }

  private void pricePrompts(double decoding) {
    long most = 0;
    long all = 0;
    int finishing = 0;
    double pairs = 0;
    for (Rank rank : ranks) {
      most = Math.max(most, rank.chunkTokens);
      finishing = Math.max(finishing, rank.finishing);
      all += rank.chunkTokens;
      pairs = Math.max(pairs, rank.attendedPairs);
    }
    double fill = all / ((double) most * ranks.length);
    double attended = pairs / most;
    StepTimes times = pool.times();
    growth = 0;
    double held = times.promptHeldSeconds(most, fill, attended, ranks.length);
    double whole = times.promptSeconds(most, fill, attended, ranks.length);
    afterEndSeconds =
        Math.max(0, pool.host().stepSeconds(0, whole, 0) - hostOfStage.stepSeconds(0, held, 0));
    firstSeconds = hostOfStage.stepSeconds(decoding, held, decodes ? fullest : finishing);
  }

  // Until a sequence ends, a memory is full, times grow otherwise, or another rank sees more.
  private long stepsToChange() {
    double until = (pool.times().contextEnd(fullestContext) - fullestContext) / rankGrowth;
    double most = fullestContext * fullest;
    long least = until >= MOST_STEPS ? MOST_STEPS : (long) until + 1;
    for (Rank rank : ranks) {
      least = Math.min(least, rank.stepsToChange());
      double faster = pool.acceptedTokens() * rank.running() - rankGrowth * fullest;
      if (faster > 0) {
        least = Math.min(least, (long) ((most - rank.contextTokens()) / faster) + 1);
      }
    }
    return least;
  }

  private void cut(double now) {
    double since = now - began;
    long done = 1;
    long most = count;
    while (done < most) {
      long middle = (done + most) / 2;
      if (seconds(middle) >= since) {
        most = middle;
      } else {
        done = middle + 1;
      }
    }
    if (done < count) {
      count = done;
      ends = began + seconds(count);
      version++;
      events.add(ends, Events.Kind.STEP, index, version);
    }
  }

  /**
   * The step ends.
   *
   * @param complete takes requests whose answers are complete
   * @param read takes requests whose prompts are read
   * @return how long these prompts still are on their way through later stages, in s
   */
  double end(double now, IntDeque complete, IntDeque read) {
    busySeconds += now - began;
    steps += count;
    for (Rank rank : ranks) {
      if (decodes) {
        rank.endSteps(count, complete);
      }
      if (reads) {
        rank.endChunks(read);
      }
    }
    busy = false;
    return afterEndSeconds;
  }
}
