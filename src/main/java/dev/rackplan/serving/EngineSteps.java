package dev.rackplan.serving;

import dev.rackplan.problem.Batching;

/**
 * What steps of one attention rank take, and how its engine puts them together.
 *
 * @param times of a step's decode, and of its prompts
 * @param batching what goes into a step
 * @param host what it adds
 */
public record EngineSteps(StepTimes times, Batching batching, EngineHost host) {
  /** A step that decodes, in s. */
  double decodeSeconds(double sequences) {
    return host.stepSeconds(times.seconds(sequences, 0), 0, sequences);
  }

  /** A step that reads so many tokens of prompts beside, in s. */
  double mixedSeconds(double sequences, double promptTokens) {
    return host.stepSeconds(times.seconds(sequences, 0), times.seconds(0, promptTokens), sequences);
  }

  /** One prompt alone in s, in as many steps as the budget asks for. */
  public double readSeconds(Goal goal) {
    double chunks = Math.max(1, Math.ceil(goal.computedTokens() / batching.tokenBudget()));
    return chunks
        * host.stepSeconds(0, times.seconds(0, goal.computedTokens() / chunks), 1 / chunks);
  }

  /**
   * Mean time of a request in the front end in s, requests coming at random.
   *
   * @param requestsPerSecond of the rank
   */
  double frontSeconds(Goal goal, double requestsPerSecond) {
    double service = host.frontSeconds(goal.inputTokens());
    return ServedLoad.queueSeconds(requestsPerSecond * service, service) + service;
  }
}
