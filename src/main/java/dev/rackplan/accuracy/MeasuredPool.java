package dev.rackplan.accuracy;

import dev.rackplan.serving.SharedPool;
import dev.rackplan.serving.StepTimes;

/**
 * GPUs that several rows were measured on.
 *
 * @param steps what their steps take
 * @param mostRunning sequences that each attention rank decodes at a time
 */
record MeasuredPool(StepTimes steps, int mostRunning) {
  /** A row ran, whatever memory is counted: one sequence at least. */
  static MeasuredPool of(ServingRun run) {
    SharedPool pool =
        new SharedPool(
            run.decode().problem(),
            run.prompt().problem().workload().contexts(),
            run.decode().layout(),
            run.batching());
    return new MeasuredPool(pool.steps(), Math.max(1, pool.mostRunning()));
  }
}
