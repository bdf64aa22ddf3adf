package dev.rackplan.serving;

import dev.rackplan.problem.Batching;

/**
 * What steps of an instance take, and how its engine puts them together. Its attention ranks step
 * together.
 *
 * @param times of a step's decode
 * @param prompts of its prompts
 * @param ranks attention ranks of the instance
 * @param stages of the instance
 * @param batching what goes into a step of a rank
 * @param host what it adds
 */
public record EngineSteps(
    StepTimes times, Prompts prompts, int ranks, int stages, Batching batching, EngineHost host) {
  /**
   * Steps that read prompts, which go through a pipeline whole.
   *
   * @param full of each rank as many
   * @param alone where one rank has prompts and the others have none
   * @param fullHeld how long {@code full} holds the slowest stage, so that the next step waits
   * @param aloneHeld the same of {@code alone}
   */
  public record Prompts(StepTimes full, StepTimes alone, StepTimes fullHeld, StepTimes aloneHeld) {}

  /** Of one rank in one stage. */
  public EngineSteps(StepTimes times, Batching batching, EngineHost host) {
    this(times, new Prompts(times, times, times, times), 1, 1, batching, host);
  }

  /** The same on a host that works otherwise. */
  public EngineSteps withHost(EngineHost other) {
    return new EngineSteps(times, prompts, ranks, stages, batching, other);
  }

  /** The same put together otherwise. */
  public EngineSteps with(Batching other) {
    return new EngineSteps(times, prompts, ranks, stages, other, host);
  }

  /** A step that decodes, in s. */
  double decodeSeconds(double sequences) {
    return host.stepSeconds(times.seconds(sequences, 0), 0, sequences);
  }

  /**
   * A step that reads prompts beside, in s.
   *
   * @param promptTokens of the ranks that read
   * @param fill share of the ranks that do
   */
  double mixedSeconds(double sequences, double promptTokens, double fill) {
    return host.ofStage(stages)
        .stepSeconds(
            times.seconds(sequences, 0),
            between(prompts.fullHeld(), prompts.aloneHeld(), promptTokens, fill),
            sequences);
  }

  /**
   * A step that reads so many prompts whole beside, in s.
   *
   * @param prompts of the instance, shared evenly among its ranks
   */
  double mixedSeconds(Goal goal, double sequences, double prompts) {
    double deepest = Math.max(1, prompts / ranks);
    return mixedSeconds(sequences, deepest * goal.computedTokens(), Math.min(1, prompts / ranks));
  }

  /**
   * What prompts take through a pipeline's other stages after the step that reads them, in s.
   *
   * @param tokens of each rank that reads
   * @param fill share of the ranks that do
   */
  double afterSeconds(double tokens, double fill) {
    return stages == 1 ? 0 : stepSeconds(tokens, fill, 0) - heldSeconds(tokens, fill);
  }

  /** The same of so many prompts of the instance, whole. */
  double afterSeconds(Goal goal, double prompts) {
    double deepest = Math.max(1, prompts / ranks);
    return afterSeconds(deepest * goal.computedTokens(), Math.min(1, prompts / ranks));
  }

  /**
   * A prompt, or a part of it, in a pass of its own in s.
   *
   * @param tokens of each rank that reads
   * @param fill share of the ranks that do
   */
  double promptSeconds(double tokens, double fill) {
    return fill >= 1
        ? times.seconds(0, tokens)
        : between(prompts.full(), prompts.alone(), tokens, fill);
  }

  private double between(StepTimes full, StepTimes alone, double tokens, double fill) {
    if (ranks == 1 || fill >= 1) {
      return full.seconds(0, tokens);
    }
    double least = 1.0 / ranks;
    double share = Math.max(0, (fill - least) / (1 - least));
    return share * full.seconds(0, tokens) + (1 - share) * alone.seconds(0, tokens);
  }

  /**
   * One prompt of each rank that reads in s, in as many steps as the budget asks for.
   *
   * @param fill share of the ranks that read
   */
  public double readSeconds(Goal goal, double fill) {
    double chunks = chunks(goal, batching.tokenBudget());
    double tokens = goal.computedTokens() / chunks;
    return (chunks - 1) * heldSeconds(tokens, fill) + stepSeconds(tokens, fill, 1);
  }

  /** How long that keeps the next prompt waiting, in s. */
  double heldSeconds(Goal goal, double fill) {
    double chunks = chunks(goal, batching.tokenBudget());
    return chunks * heldSeconds(goal.computedTokens() / chunks, fill) + host.sequenceSeconds();
  }

  private double heldSeconds(double tokens, double fill) {
    return host.ofStage(stages)
        .stepSeconds(0, between(prompts.fullHeld(), prompts.aloneHeld(), tokens, fill), 0);
  }

  /**
   * What reading takes.
   *
   * @param seconds until the last of the prompts is read
   * @param heldSeconds until others may begin
   */
  record Reading(double seconds, double heldSeconds) {}

  /** Prompts of so many tokens that a rank reads in one step: those that the budget holds. */
  int promptsTogether(double tokens) {
    return Math.max(1, (int) Math.min(batching.mostRunning(), batching.tokenBudget() / tokens));
  }

  /**
   * Reads so many prompts together, shared evenly among the ranks; one that exceeds the budget in
   * parts, where the engine cuts it.
   *
   * @param tokens of a prompt
   * @param prompts at most {@link #promptsTogether} for each rank
   */
  Reading reading(double tokens, int prompts) {
    double chunks = batching.cutsPrompts() ? chunks(tokens, batching.tokenBudget()) : 1;
    double deepest = Math.ceil(prompts / (double) ranks);
    return reading(tokens, chunks, deepest, prompts / (ranks * deepest));
  }

  /**
   * The same in the mean of so many, as far as the ranks hold them in one pass; {@code seconds} are
   * those of the last one's end.
   */
  Reading reading(Goal goal, double prompts) {
    double tokens = goal.computedTokens();
    double budget = batching.tokenBudget();
    double chunks = chunks(tokens, budget);
    double deepest = Math.max(1, Math.min(prompts / ranks, budget / tokens));
    return reading(tokens, chunks, deepest, Math.min(1, prompts / ranks));
  }

  // So many prompts on each rank that reads, in so many steps; a share of the ranks reads.
  private Reading reading(double tokens, double chunks, double deepest, double fill) {
    double part = deepest * tokens / chunks;
    double held = heldSeconds(part, fill);
    return new Reading(
        (chunks - 1) * held + stepSeconds(part, fill, deepest),
        chunks * held + host.sequenceSeconds() * deepest);
  }

  private double stepSeconds(double tokens, double fill, double sequences) {
    return host.stepSeconds(0, between(prompts.full(), prompts.alone(), tokens, fill), sequences);
  }

  /** Steps that a prompt takes. */
  static double chunks(Goal goal, double budget) {
    return chunks(goal.computedTokens(), budget);
  }

  /** The same of so many tokens that are computed. */
  static double chunks(double tokens, double budget) {
    return Math.max(1, Math.ceil(tokens / budget));
  }

  /**
   * Mean time of a request in the front end in s, requests coming at random.
   *
   * @param requestsPerSecond of the rank
   */
  double frontSeconds(Goal goal, double requestsPerSecond) {
    double service = host.frontSeconds(goal.inputTokens());
    return Queue.waitSeconds(1, requestsPerSecond * service, service) + service;
  }
}
