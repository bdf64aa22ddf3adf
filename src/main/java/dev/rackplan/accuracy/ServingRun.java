package dev.rackplan.accuracy;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Problem;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * How a row was served, as problems.
 *
 * @param family what it has in common with other rows
 * @param pools who decodes and who reads prompts
 * @param decode every running sequence at its mean context: the prompt and half of the answer
 * @param prompt one prompt alone
 * @param readers attention ranks that read prompts, each one after the other
 * @param batching how steps are put together where the same GPUs do both
 * @param conditions what rows have in common whose steps take equally long
 * @param clients who asks
 */
public record ServingRun(
    RowFamily family,
    Pools pools,
    Deployment decode,
    Deployment prompt,
    int readers,
    Batching batching,
    String conditions,
    Clients clients)
    implements RowRun {

  /**
   * Who asks, and how an engine looks for them.
   *
   * @param answerTokens of an answer, mean, the first one included
   * @param spread answers are evenly {@code 1 ± spread} times as long
   * @param pollSteps decode steps between looks for new requests
   * @param worksAhead whether the engine puts a step together while the one before runs; its
   *     version's default where empty
   */
  public record Clients(
      double answerTokens, double spread, int pollSteps, Optional<Boolean> worksAhead) {}

  /** Who decodes and who reads prompts. */
  public enum Pools {
    /** The same GPUs, whose steps are put together by {@link #batching}. */
    AGGREGATED,
    /** Others: nothing of one phase is waited for in the other. */
    DISAGGREGATED
  }

  /** The same under other laws. */
  ServingRun repriced(UnaryOperator<Problem> laws) {
    return new ServingRun(
        family,
        pools,
        decode.repriced(laws),
        prompt.repriced(laws),
        readers,
        batching,
        conditions,
        clients);
  }
}
