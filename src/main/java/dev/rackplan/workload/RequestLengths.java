package dev.rackplan.workload;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What recorded requests say of lengths and rates.
 *
 * @param requests how many
 * @param perSecond rate of requests between the first and the last; empty where times are unknown
 * @param prompts tokens of prompts, cached ones included
 * @param cachedTokens mean tokens of a prompt that were found in a cache; 0 where that is unknown
 * @param answers tokens of answers; empty where none was recorded
 * @param contexts of a sequence while its answer is written: each request counts as often as it has
 *     answer tokens, its context is the prompt and half the answer, and at the 99th percentile all
 *     of it
 */
public record RequestLengths(
    long requests,
    OptionalDouble perSecond,
    Spread prompts,
    double cachedTokens,
    Optional<Spread> answers,
    Optional<Spread> contexts) {

  /**
   * Lengths in tokens.
   *
   * @param variation standard deviation over mean
   * @param p99 the smallest that 99 of 100 stay within
   */
  public record Spread(double mean, double variation, double p99) {}

  /** Counts requests one by one. */
  public static final class Counter {
    private int[] prompts = new int[1024];
    private int[] answers = new int[1024];
    private int count;
    private double cached;
    private double first = Double.POSITIVE_INFINITY;
    private double last = Double.NEGATIVE_INFINITY;
    private boolean timed = true;

    /**
     * @param prompt tokens, at least 1
     * @param cachedTokens of them, fewer
     * @param answer tokens, 0 where none was written
     * @param seconds when it came, on any clock
     */
    public void add(int prompt, int cachedTokens, int answer, OptionalDouble seconds) {
      if (prompt < 1 || cachedTokens < 0 || cachedTokens >= prompt || answer < 0) {
        throw new IllegalArgumentException(
            "a request of " + prompt + " tokens, " + cachedTokens + " cached, " + answer + " more");
      }
      if (count == prompts.length) {
        prompts = Arrays.copyOf(prompts, 2 * count);
        answers = Arrays.copyOf(answers, 2 * count);
      }
      prompts[count] = prompt;
      answers[count] = answer;
      count++;
      cached += cachedTokens;
      timed &= seconds.isPresent();
      first = Math.min(first, seconds.orElse(first));
      last = Math.max(last, seconds.orElse(last));
    }

    /** Requests so far. */
    public int count() {
      return count;
    }

    /**
     * What they say together.
     *
     * @throws IllegalStateException where there is none
     */
    public RequestLengths lengths() {
      if (count == 0) {
        throw new IllegalStateException("no requests");
      }
      int[] once = new int[count];
      Arrays.fill(once, 1);
      int[] whole = Arrays.copyOf(prompts, count);
      Optional<Spread> spoken = Optional.empty();
      Optional<Spread> held = Optional.empty();
      int[] written = Arrays.copyOf(answers, count);
      if (Arrays.stream(written).anyMatch(answer -> answer > 0)) {
        spoken = Optional.of(spread(written, new int[count], once));
        held = Optional.of(spread(whole, written, written));
      }
      boolean span = timed && last > first;
      return new RequestLengths(
          count,
          span ? OptionalDouble.of((count - 1) / (last - first)) : OptionalDouble.empty(),
          spread(whole, new int[count], once),
          cached / count,
          spoken,
          held);
    }

    // Lengths that grow evenly from start by growth; each as often as its weight.
    private static Spread spread(int[] start, int[] growth, int[] weights) {
      double weight = 0;
      double sum = 0;
      for (int i = 0; i < start.length; i++) {
        weight += weights[i];
        sum += weights[i] * (start[i] + growth[i] / 2.0);
      }
      double mean = sum / weight;
      double square = 0;
      for (int i = 0; i < start.length; i++) {
        double off = start[i] + growth[i] / 2.0 - mean;
        // A length that is even over a stretch varies by a twelfth of its square.
        square += weights[i] * (off * off + (double) growth[i] * growth[i] / 12);
      }
      return new Spread(
          mean, Math.sqrt(square / weight) / mean, percentile(start, growth, weights, weight));
    }

    private static double percentile(int[] start, int[] growth, int[] weights, double weight) {
      // Length above, weight below: sorted by length.
      long[] sorted = new long[start.length];
      for (int i = 0; i < start.length; i++) {
        sorted[i] = ((long) start[i] + growth[i]) << 31 | weights[i];
      }
      Arrays.sort(sorted);
      double reached = 0;
      for (long entry : sorted) {
        reached += entry & Integer.MAX_VALUE;
        if (reached >= 0.99 * weight) {
          return entry >>> 31;
        }
      }
      return sorted[sorted.length - 1] >>> 31;
    }
  }
}
