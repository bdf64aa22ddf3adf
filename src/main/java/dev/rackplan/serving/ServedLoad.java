package dev.rackplan.serving;

import dev.rackplan.problem.Batching;

/**
 * What one attention rank serves in a steady state, requests coming at random.
 *
 * @param sequences that decode at a time, mean
 * @param ttftSeconds mean time to first token
 * @param tpotSeconds mean time per output token, drafts that are accepted counted
 * @param requestsPerSecond of the rank
 */
public record ServedLoad(
    double sequences, double ttftSeconds, double tpotSeconds, double requestsPerSecond) {

  /**
   * Prompts and decode on the same GPUs, with {@code sequences} decoding at a time.
   *
   * <p>A sequence takes {@code S = (answer - 1) / tokens per step} decode steps; in the mean {@code
   * sequences/S} prompts begin with each. Steps that mix: a share f of the steps reads a prompt, or
   * its part, after its decode; where that is more than one a step, each step reads so much. TPOT
   * is the mean step. Prompts first: each prompt stops every sequence while it is read.
   *
   * <p>TTFT is half a step, the queue of other prompts as of a server whose service takes a fixed
   * time and whose customers come at random (M/D/1: {@code ρ/(2(1-ρ))} services), and the own
   * prompt. A full server has no finite queue.
   *
   * @param tokensPerStep that a step yields for a sequence
   */
  public static ServedLoad shared(
      StepTimes times, Batching batching, Goal goal, double tokensPerStep, double sequences) {
    double steps = Math.max(1, goal.laterTokens() / tokensPerStep);
    double decode = times.seconds(sequences, 0);
    double prompts = sequences / steps;
    if (batching.order() == Batching.Order.PROMPTS_FIRST) {
      double read = readSeconds(times, batching, goal);
      double step = decode + prompts * read;
      return of(goal, sequences, steps, step, decode / 2, read, prompts * read / step);
    }
    double budget = Math.max(1, batching.tokenBudget() - sequences);
    double chunks = Math.max(1, Math.ceil(goal.computedTokens() / budget));
    double chunk = goal.computedTokens() / chunks;
    double share = prompts * chunks;
    double mixed = decode + times.seconds(0, chunk);
    double step =
        share <= 1
            ? (1 - share) * decode + share * mixed
            : decode + times.seconds(0, Math.min(budget, prompts * goal.computedTokens()));
    double busy = prompts * goal.computedTokens() / budget;
    return of(goal, sequences, steps, step, step / 2, chunks * mixed, busy);
  }

  private static ServedLoad of(
      Goal goal,
      double sequences,
      double steps,
      double step,
      double residual,
      double read,
      double busy) {
    return new ServedLoad(
        sequences,
        residual + queueSeconds(busy, read) + read,
        goal.laterTokens() == 0 ? 0 : steps * step / goal.laterTokens(),
        sequences / (steps * step));
  }

  /** Only decode; prompts come with their KV cache. */
  public static ServedLoad decodeOnly(
      StepTimes times, Goal goal, double tokensPerStep, double sequences) {
    double steps = Math.max(1, goal.laterTokens() / tokensPerStep);
    double step = times.seconds(sequences, 0);
    return of(goal, sequences, steps, step, 0, 0, 0);
  }

  /** One prompt alone in s, in as many steps as the budget asks for. */
  public static double readSeconds(StepTimes times, Batching batching, Goal goal) {
    double chunks = Math.max(1, Math.ceil(goal.computedTokens() / batching.tokenBudget()));
    return chunks * times.seconds(0, goal.computedTokens() / chunks);
  }

  /**
   * Mean wait in s before a service of fixed time, arrivals at random.
   *
   * @param busy share ρ of the time that the server works; no finite wait from 1 on
   * @param serviceSeconds of one customer
   */
  public static double queueSeconds(double busy, double serviceSeconds) {
    return busy >= 1 ? Double.POSITIVE_INFINITY : busy * serviceSeconds / (2 * (1 - busy));
  }

  /** The largest share ρ of work whose mean wait stays within {@code seconds}. */
  public static double busyWithin(double seconds, double serviceSeconds) {
    return seconds <= 0 ? 0 : seconds / (seconds + serviceSeconds / 2);
  }

  /** Whether both means are within the goal's limits. */
  public boolean within(Goal goal) {
    return ttftSeconds <= goal.ttftSeconds().orElse(Double.MAX_VALUE)
        && tpotSeconds <= goal.tpotSeconds().orElse(Double.MAX_VALUE);
  }
}
