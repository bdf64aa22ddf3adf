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
   * <p>Before that comes the front end, a server of the same kind.
   *
   * @param tokensPerStep that a step yields for a sequence
   */
  public static ServedLoad shared(
      EngineSteps steps, Goal goal, double tokensPerStep, double sequences) {
    Batching batching = steps.batching();
    double decodes = Math.max(1, goal.laterTokens() / tokensPerStep);
    double decode = steps.decodeSeconds(sequences);
    double prompts = sequences / decodes;
    if (batching.order() == Batching.Order.PROMPTS_FIRST) {
      double read = steps.readSeconds(goal);
      double step = decode + prompts * read;
      double queue = queueSeconds(prompts * read / step, read);
      return of(steps, goal, sequences, decodes, step, decode / 2 + queue + read);
    }
    double budget = Math.max(1, batching.tokenBudget() - sequences);
    double chunks = Math.max(1, Math.ceil(goal.computedTokens() / budget));
    double share = prompts * chunks;
    double mixed = steps.mixedSeconds(sequences, goal.computedTokens() / chunks);
    double step =
        share <= 1
            ? (1 - share) * decode + share * mixed
            : steps.mixedSeconds(sequences, Math.min(budget, prompts * goal.computedTokens()));
    double read = chunks * mixed;
    double queue = queueSeconds(prompts * goal.computedTokens() / budget, read);
    return of(steps, goal, sequences, decodes, step, step / 2 + queue + read);
  }

  private static ServedLoad of(
      EngineSteps steps, Goal goal, double sequences, double decodes, double step, double ttft) {
    double rate = sequences / (decodes * step);
    return new ServedLoad(
        sequences,
        ttft + steps.frontSeconds(goal, rate),
        goal.laterTokens() == 0 ? 0 : decodes * step / goal.laterTokens(),
        rate);
  }

  /** Only decode; prompts come with their KV cache, first tokens are told elsewhere. */
  public static ServedLoad decodeOnly(
      EngineSteps steps, Goal goal, double tokensPerStep, double sequences) {
    double decodes = Math.max(1, goal.laterTokens() / tokensPerStep);
    double step = steps.decodeSeconds(sequences);
    return new ServedLoad(
        sequences,
        0,
        goal.laterTokens() == 0 ? 0 : decodes * step / goal.laterTokens(),
        sequences / (decodes * step));
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
