package dev.rackplan.accuracy;

import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.problem.Batching;
import dev.rackplan.serving.EngineSteps;
import dev.rackplan.serving.SharedPool;
import java.util.Optional;

/**
 * GPUs that several rows were measured on.
 *
 * @param steps what steps of those take that decode
 * @param mostRunning sequences that each of their attention ranks decodes at a time
 * @param reading what steps of others take that read prompts; empty where they are the same
 */
record MeasuredPool(EngineSteps steps, int mostRunning, Optional<EngineSteps> reading) {
  /** A row ran, whatever memory is counted: one sequence at least. */
  static MeasuredPool of(ServingRun run) {
    SharedPool pool = pool(run, run.decode(), run.batching());
    return new MeasuredPool(
        steps(pool),
        Math.max(1, pool.mostRunning()),
        run.apart().map(apart -> steps(pool(run, apart.reading(), apart.batching()))));
  }

  private static EngineSteps steps(SharedPool pool) {
    return pool.engineSteps(ProblemRouting.of(pool.decode()));
  }

  private static SharedPool pool(ServingRun run, Deployment instance, Batching batching) {
    return new SharedPool(
        instance.problem(),
        run.prompt().problem().workload().contexts(),
        instance.layout(),
        batching);
  }
}
