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
  private static final int ROUNDS = 12;

  // Of the places: where fewer are taken, next to nobody waits for one.
  private static final double RARE = 0.1;

  /**
   * Prompts and decode on the same GPUs, with {@code sequences} decoding at a time.
   *
   * <p>A sequence takes {@code S = (answer - 1) / tokens per step} decode steps; in the mean {@code
   * sequences/S} prompts begin with each. Steps that mix: a share f of a rank's steps reads a
   * prompt, or its part, after its decode; where that is more than one a step, each step reads so
   * much. Prompts first: each step that reads stops every sequence of the instance. TPOT is the
   * mean step.
   *
   * <p>Prompts that came in the same step are read together, as far as the ranks hold them, which
   * step together: a step that reads follows on a decode d, or on another r that reads, where a
   * prompt came meanwhile. With prompts first that is {@code (1 - e^(-λd)) e^(λr)} of them for each
   * decode step; of steps that mix the share {@code some / (some + e^(-λr))} with {@code some = 1 -
   * e^(-λd)}. Of prompts that take several steps {@code 1 - (1-f)^R} of the steps of R ranks read
   * on one at least.
   *
   * <p>TTFT is the front end, the step that runs, the queue of other prompts ({@link Queue}), the
   * own prompt, and the wait for one of {@code slots}. A full server has no finite queue. Who comes
   * meets steps by their length, {@code E[t²]/E[t]} long in the mean where they mix; prompts that
   * come in the same one are read beside, as far as the budget has room.
   *
   * @param tokensPerStep that a step yields for a sequence
   * @param slots sequences that a rank can hold at a time
   */
  public static ServedLoad shared(
      EngineSteps steps, Goal goal, double tokensPerStep, double sequences, double slots) {
    double decodes = Math.max(1, goal.laterTokens() / tokensPerStep);
    double prompts = sequences / decodes;
    Stop stop =
        steps.batching().order() == Batching.Order.PROMPTS_FIRST
            ? promptsFirst(steps, goal, sequences, prompts)
            : mixed(steps, goal, sequences, prompts);
    return of(steps, goal, sequences, decodes, slots, stop);
  }

  // A mean step with what stops it, and a prompt's time until it is read.
  private record Stop(double step, double ttft) {}

  private static Stop promptsFirst(EngineSteps steps, Goal goal, double sequences, double prompts) {
    double decode = steps.decodeSeconds(sequences);
    double come = steps.ranks() * prompts;
    double held = heldPrompts(goal, steps.batching().tokenBudget());
    double most = steps.ranks() * held;
    double reads = come;
    double read = steps.reading(goal, 1).heldSeconds();
    double step = decode + reads * read;
    for (int round = 0; most > 1 && round < ROUNDS; round++) {
      double again = (1 - Math.exp(-come * decode / step)) * Math.exp(come * read / step);
      reads = Math.max(come / most, Math.min(come, again));
      read = steps.reading(goal, come / reads).heldSeconds();
      step = decode + reads * read;
    }
    double met = (decode * decode + reads * read * read) / step;
    double together = met / 2 + steps.reading(goal, 1 + come / step * met).seconds();
    double alone = alone(steps, goal, prompts, decode, step, come / reads);
    return new Stop(step, held > 1 ? (alone + (held - 1) * together) / held : alone);
  }

  // A prompt's time until it is read, where each rank reads one at a time.
  private static double alone(
      EngineSteps steps, Goal goal, double prompts, double decode, double step, double atOnce) {
    int ranks = steps.ranks();
    double fill = Math.min(1, atOnce / ranks);
    double read = steps.heldSeconds(goal, fill);
    double queue = Queue.waitSeconds(ranks, prompts * read / step, read);
    double busy = 1 - decode / step;
    double met = ranks == 1 ? decode : (1 - busy) * decode + busy * read;
    return met / 2 + queue + steps.readSeconds(goal, fill);
  }

  private static Stop mixed(EngineSteps steps, Goal goal, double sequences, double prompts) {
    double budget = Math.max(1, steps.batching().tokenBudget() - sequences);
    double tokens = goal.computedTokens();
    return tokens <= budget && prompts * tokens < budget
        ? mixedWhole(steps, goal, sequences, prompts, budget)
        : mixedParts(steps, goal, sequences, prompts, budget);
  }

  // Prompts are read whole, those together that came in the same step.
  private static Stop mixedWhole(
      EngineSteps steps, Goal goal, double sequences, double prompts, double budget) {
    double busy = prompts * goal.computedTokens() / budget;
    double come = steps.ranks() * prompts;
    double decode = steps.decodeSeconds(sequences);
    double reads = Math.min(1, come);
    double mixed = steps.mixedSeconds(goal, sequences, come / reads);
    double step = (1 - reads) * decode + reads * mixed;
    for (int round = 0; round < ROUNDS; round++) {
      double none = Math.exp(-come * mixed / step);
      double some = 1 - Math.exp(-come * decode / step);
      reads = Math.max(busy, Math.min(Math.min(1, come), some / (some + none)));
      mixed = steps.mixedSeconds(goal, sequences, come / reads);
      step = (1 - reads) * decode + reads * mixed;
    }
    double met = ((1 - reads) * decode * decode + reads * mixed * mixed) / step;
    double held = heldPrompts(goal, budget);
    double beside = come / step * met * (1 - 1 / (held * steps.ranks()));
    double together = Math.min(1 + beside, held * steps.ranks());
    double own = steps.mixedSeconds(goal, sequences, together) + steps.afterSeconds(goal, together);
    return new Stop(step, met / 2 + Queue.waitSeconds(1, busy, mixed) + own);
  }

  // Prompts of a rank that one step reads, the last one in part; one that takes several counts one.
  private static double heldPrompts(Goal goal, double budget) {
    return Math.max(1, budget / goal.computedTokens());
  }

  // Each prompt takes several steps, one after another.
  private static Stop mixedParts(
      EngineSteps steps, Goal goal, double sequences, double prompts, double budget) {
    double chunks = EngineSteps.chunks(goal, budget);
    double share = prompts * chunks;
    double decode = steps.decodeSeconds(sequences);
    double any = 1 - Math.pow(1 - Math.min(1, share), steps.ranks());
    double fill = any > 0 ? Math.min(1, share) / any : 1;
    double mixed = steps.mixedSeconds(sequences, goal.computedTokens() / chunks, fill);
    double step =
        share <= 1
            ? (1 - any) * decode + any * mixed
            : steps.mixedSeconds(sequences, Math.min(budget, prompts * goal.computedTokens()), 1);
    double busy = prompts * goal.computedTokens() / budget;
    double read = chunks * mixed;
    double met = share <= 1 ? ((1 - any) * decode * decode + any * mixed * mixed) / step : step;
    double after = steps.afterSeconds(goal.computedTokens() / chunks, fill);
    return new Stop(step, met / 2 + Queue.waitSeconds(1, busy, read) + read + after);
  }

  private static ServedLoad of(
      EngineSteps steps, Goal goal, double sequences, double decodes, double slots, Stop stop) {
    double rate = sequences / (decodes * stop.step());
    double slot = placeSeconds(steps, sequences, decodes, slots, stop.step());
    return new ServedLoad(
        sequences,
        stop.ttft() + steps.frontSeconds(goal, rate) + slot,
        goal.laterTokens() == 0 ? 0 : decodes * stop.step() / goal.laterTokens(),
        rate);
  }

  // The wait for a place; with more of them taken, steps are longer and places are held longer.
  private static double placeSeconds(
      EngineSteps steps, double sequences, double decodes, double slots, double step) {
    if (sequences < RARE * slots) {
      return 0;
    }
    double full = step + steps.decodeSeconds(slots) - steps.decodeSeconds(sequences);
    return Queue.waitSeconds(
        steps.ranks() * slots, sequences / slots, decodes * step, decodes * full);
  }

  /**
   * Only decode; prompts come with their KV cache, and wait for one of {@code slots}, and where
   * anything decodes for the end of its step.
   */
  public static ServedLoad decodeOnly(
      EngineSteps steps, Goal goal, double tokensPerStep, double sequences, double slots) {
    double decodes = Math.max(1, goal.laterTokens() / tokensPerStep);
    double step = steps.decodeSeconds(sequences);
    double running = 1 - Math.exp(-sequences * steps.ranks());
    double slot = placeSeconds(steps, sequences, decodes, slots, step);
    return new ServedLoad(
        sequences,
        running * step / 2 + slot,
        goal.laterTokens() == 0 ? 0 : decodes * step / goal.laterTokens(),
        sequences / (decodes * step));
  }

  /** Whether both means are within the goal's limits. */
  public boolean within(Goal goal) {
    return ttftSeconds <= goal.ttftSeconds().orElse(Double.MAX_VALUE)
        && tpotSeconds <= goal.tpotSeconds().orElse(Double.MAX_VALUE);
  }
}
