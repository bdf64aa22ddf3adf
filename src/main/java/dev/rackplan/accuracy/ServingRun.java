package dev.rackplan.accuracy;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.RankBalance;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * How a row was served, as problems.
 *
 * @param family what it has in common with other rows
 * @param decode every running sequence at its mean context: the prompt and half of the answer
 * @param prompt one prompt alone
 * @param apart who reads prompts, where others decode; empty where the same GPUs do both
 * @param batching how steps of the GPUs that decode are put together
 * @param conditions what rows have in common whose steps take equally long
 * @param clients who asks
 */
public record ServingRun(
    RowFamily family,
    Deployment decode,
    Deployment prompt,
    Optional<Apart> apart,
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
   * @param balance how attention ranks wait for each other's prompts; they don't where empty
   */
  public record Clients(
      double answerTokens,
      double spread,
      int pollSteps,
      Optional<Boolean> worksAhead,
      Optional<RankBalance> balance) {}

  /**
   * Instances that read prompts, and how many others decode.
   *
   * @param reading one that reads, asked as if it decoded one sequence
   * @param batching how its steps are put together
   * @param readers how many read
   * @param writers how many decode
   * @param linkBytesPerSecond sustained, over which caches go from instance to instance
   * @param clientsSaid whether so many clients asked; else so many sequences ran all the time,
   *     whoever asked
   */
  public record Apart(
      Deployment reading,
      Batching batching,
      int readers,
      int writers,
      double linkBytesPerSecond,
      boolean clientsSaid) {
    private Apart repriced(UnaryOperator<Problem> laws) {
      return new Apart(
          reading.repriced(laws), batching, readers, writers, linkBytesPerSecond, clientsSaid);
    }
  }

  /** The same under other laws. */
  ServingRun repriced(UnaryOperator<Problem> laws) {
    return new ServingRun(
        family,
        decode.repriced(laws),
        prompt.repriced(laws),
        apart.map(pools -> pools.repriced(laws)),
        batching,
        conditions,
        clients);
  }
}
