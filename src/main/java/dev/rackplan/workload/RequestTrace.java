package dev.rackplan.workload;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Requests one by one, in the order in which they come: when, how long their prompts and answers
 * are, and which blocks of tokens a prompt is made of.
 *
 * <p>A request comes at a time of its own, or follows another one of its session, some time after
 * that one's answer has ended. Immutable.
 */
public final class RequestTrace {
  private static final long[] NO_BLOCKS = {};
  private static final int NONE = -1;

  private final double[] seconds;
  private final int[] previous;
  private final int[] prompts;
  private final int[] answers;
  private final long[][] blocks;
  private final int blockTokens;
  private final boolean timed;

  private RequestTrace(
      double[] seconds,
      int[] previous,
      int[] prompts,
      int[] answers,
      long[][] blocks,
      int blockTokens,
      boolean timed) {
    this.seconds = seconds;
    this.previous = previous;
    this.prompts = prompts;
    this.answers = answers;
    this.blocks = blocks;
    this.blockTokens = blockTokens;
    this.timed = timed;
  }

  /**
   * Requests that come independently of each other, all of one length.
   *
   * <p>Of several instances that go by load, requests of one length that began together end
   * together, and the next ones come together again: {@link #withVariedAnswers}.
   *
   * @param count how many
   * @param perSecond mean rate
   * @param promptTokens of each prompt
   * @param answerTokens of each answer
   * @param seed of the times between them
   */
  public static RequestTrace poisson(
      int count, double perSecond, int promptTokens, int answerTokens, long seed) {
    int[] prompts = new int[count];
    int[] answers = new int[count];
    Arrays.fill(prompts, promptTokens);
    Arrays.fill(answers, answerTokens);
    return new RequestTrace(
        poissonSeconds(count, perSecond, seed),
        filled(count, NONE),
        prompts,
        answers,
        noBlocks(count),
        1,
        true);
  }

  /**
   * The same with answers that differ: each length within {@code share} of its own on either side
   * is as likely, so that means stay.
   *
   * @param share in [0, 1); 0 changes nothing
   * @param seed of the lengths
   */
  public RequestTrace withVariedAnswers(double share, long seed) {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException("share must be in [0, 1), was " + share);
    }
    // Stream 0 are the times.
    SplitMix64 random = SplitMix64.stream(seed, 1);
    int[] varied = new int[size()];
    for (int i = 0; i < varied.length; i++) {
      int most = (int) Math.max(0, Math.min(answers[i] - 1, Math.round(share * answers[i])));
      varied[i] = answers[i] - most + random.next(2 * most + 1);
    }
    return new RequestTrace(seconds, previous, prompts, varied, blocks, blockTokens, timed);
  }

  // Times between two requests are exponential: the inverse of their distribution.
  private static double[] poissonSeconds(int count, double perSecond, long seed) {
    if (!(perSecond > 0) || Double.isInfinite(perSecond)) {
      throw new IllegalArgumentException("perSecond must be > 0, was " + perSecond);
    }
    SplitMix64 random = SplitMix64.stream(seed, 0);
    double[] seconds = new double[count];
    double now = 0;
    for (int i = 0; i < count; i++) {
      seconds[i] = now;
      now -= StrictMath.log(1 - random.nextDouble()) / perSecond;
    }
    return seconds;
  }

  private static int[] filled(int count, int value) {
    int[] values = new int[count];
    Arrays.fill(values, value);
    return values;
  }

  private static long[][] noBlocks(int count) {
    long[][] blocks = new long[count][];
    Arrays.fill(blocks, NO_BLOCKS);
    return blocks;
  }

  /** How many. */
  public int size() {
    return prompts.length;
  }

  /** Whether each has a time, its own or after another one's end. */
  public boolean timed() {
    return timed;
  }

  /** Whether {@code request} comes after another one has ended. */
  public boolean follows(int request) {
    return previous[request] != NONE;
  }

  /**
   * The one that it follows, which stands before it.
   *
   * @throws IllegalStateException where it follows none
   */
  public int previous(int request) {
    if (previous[request] == NONE) {
      throw new IllegalStateException("request " + request + " follows none");
    }
    return previous[request];
  }

  /**
   * When it comes, in s after the first request; of one that follows, in s after that one's end.
   */
  public double seconds(int request) {
    return seconds[request];
  }

  /** Tokens of its prompt. */
  public int promptTokens(int request) {
    return prompts[request];
  }

  /** Tokens of its answer; 0 where none was recorded. */
  public int answerTokens(int request) {
    return answers[request];
  }

  /** How many blocks its prompt is made of; 0 where that is unknown. */
  public int blocks(int request) {
    return blocks[request].length;
  }

  /** What stands for a block; equal blocks after equal blocks hold the same tokens. */
  public long block(int request, int index) {
    return blocks[request][index];
  }

  /** Tokens of a block, of the last one of a prompt perhaps less. */
  public int blockTokens() {
    return blockTokens;
  }

  /** The same requests, first of them only. */
  public RequestTrace first(int count) {
    int kept = Math.min(count, size());
    return new RequestTrace(
        Arrays.copyOf(seconds, kept),
        Arrays.copyOf(previous, kept),
        Arrays.copyOf(prompts, kept),
        Arrays.copyOf(answers, kept),
        Arrays.copyOf(blocks, kept),
        blockTokens,
        timed);
  }

  /** From the first to the last request that comes at a time of its own, in s. */
  public double spanSeconds() {
    return IntStream.range(0, size())
        .filter(i -> previous[i] == NONE)
        .mapToDouble(i -> seconds[i])
        .max()
        .orElse(0);
  }

  /**
   * The same requests at another rate, the pattern of their times kept; those that follow others
   * follow as before.
   *
   * @throws IllegalStateException where fewer than two times are known, or all are one
   */
  public RequestTrace atRate(double perSecond) {
    double span = spanSeconds();
    if (!timed || span == 0) {
      throw new IllegalStateException("there is no rate to change");
    }
    long own = Arrays.stream(previous).filter(before -> before == NONE).count();
    double factor = (own - 1) / span / perSecond;
    double[] scaled = seconds.clone();
    for (int i = 0; i < size(); i++) {
      scaled[i] *= previous[i] == NONE ? factor : 1;
    }
    return new RequestTrace(scaled, previous, prompts, answers, blocks, blockTokens, true);
  }

  /** The same requests in the same order, coming independently of each other at this rate. */
  public RequestTrace withPoissonTimes(double perSecond, long seed) {
    return new RequestTrace(
        poissonSeconds(size(), perSecond, seed),
        filled(size(), NONE),
        prompts,
        answers,
        blocks,
        blockTokens,
        true);
  }

  /** Takes requests one by one, in any order of time. */
  public static final class Builder {
    private final int blockTokens;
    private double[] seconds = new double[1024];
    private int[] previous = new int[1024];
    private int[] prompts = new int[1024];
    private int[] answers = new int[1024];
    private long[][] blocks = new long[1024][];
    private int count;
    private boolean timed = true;

    /**
     * @param blockTokens tokens of a block
     */
    public Builder(int blockTokens) {
      this.blockTokens = blockTokens;
    }

    /** One whose time is not known. */
    public void addUntimed(int promptTokens, int answerTokens, long[] promptBlocks) {
      timed = false;
      add(0, promptTokens, answerTokens, promptBlocks);
    }

    /**
     * One at a time of its own.
     *
     * @param at in s, on any clock
     * @param promptTokens at least 1
     * @param answerTokens 0 where none was recorded
     * @param promptBlocks empty where they are unknown; not copied
     */
    public void add(double at, int promptTokens, int answerTokens, long[] promptBlocks) {
      add(at, NONE, promptTokens, answerTokens, promptBlocks);
    }

    /**
     * One that follows another.
     *
     * @param after the other, counted from 0 as they were added
     * @param delaySeconds from the end of its answer in s
     */
    public void addAfter(
        int after, double delaySeconds, int promptTokens, int answerTokens, long[] promptBlocks) {
      if (after < 0 || after >= count) {
        throw new IllegalArgumentException("no request " + after + " before this one");
      }
      add(delaySeconds, after, promptTokens, answerTokens, promptBlocks);
    }

    private void add(double at, int after, int prompt, int answer, long[] promptBlocks) {
      if (prompt < 1 || answer < 0 || !Double.isFinite(at)) {
        throw new IllegalArgumentException(
            "a request of " + prompt + " tokens, " + answer + " more, at " + at);
      }
      if (count == prompts.length) {
        seconds = Arrays.copyOf(seconds, 2 * count);
        previous = Arrays.copyOf(previous, 2 * count);
        prompts = Arrays.copyOf(prompts, 2 * count);
        answers = Arrays.copyOf(answers, 2 * count);
        blocks = Arrays.copyOf(blocks, 2 * count);
      }
      seconds[count] = at;
      previous[count] = after;
      prompts[count] = prompt;
      answers[count] = answer;
      blocks[count] = promptBlocks;
      count++;
    }

    /** Requests so far. */
    public int count() {
      return count;
    }

    /** All of them by time, the first at 0; those that follow others stand right behind them. */
    public RequestTrace trace() {
      int[] order = order();
      int[] place = new int[count];
      for (int i = 0; i < count; i++) {
        place[order[i]] = i;
      }
      double first =
          IntStream.range(0, count)
              .filter(i -> previous[i] == NONE)
              .mapToDouble(i -> seconds[i])
              .min()
              .orElse(0);
      return new RequestTrace(
          Arrays.stream(order)
              .mapToDouble(i -> previous[i] == NONE ? seconds[i] - first : seconds[i])
              .toArray(),
          Arrays.stream(order).map(i -> previous[i] == NONE ? NONE : place[previous[i]]).toArray(),
          Arrays.stream(order).map(i -> prompts[i]).toArray(),
          Arrays.stream(order).map(i -> answers[i]).toArray(),
          Arrays.stream(order).mapToObj(i -> blocks[i]).toArray(long[][]::new),
          blockTokens,
          timed);
    }

    private int[] order() {
      double[] root = new double[count];
      for (int i = 0; i < count; i++) {
        root[i] = previous[i] == NONE ? seconds[i] : root[previous[i]];
      }
      return IntStream.range(0, count)
          .boxed()
          .sorted(Comparator.comparingDouble(i -> root[i]))
          .mapToInt(Integer::intValue)
          .toArray();
    }
  }
}
