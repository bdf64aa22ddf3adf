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
    double last = host.stepSeconds(0, between(prompts.full(), prompts.alone(), tokens, fill), 1);
    return (chunks - 1) * heldSeconds(tokens, fill) + last;
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
