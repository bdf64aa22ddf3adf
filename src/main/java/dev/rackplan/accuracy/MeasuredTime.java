package dev.rackplan.accuracy;

import dev.rackplan.law.ModelledTime;
import dev.rackplan.law.RestsOn;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import java.util.Optional;

/**
 * A time that was measured and predicted.
 *
 * @param time what it is
 * @param model of the row
 * @param gpu catalogue key
 * @param generation of the GPU, where known
 * @param engine as laws name it; empty where rows of its kind name none
 * @param ratio measured over predicted
 * @param restsOn what the prediction rests on
 * @param alike rows of which two make a pair: same conditions, other layouts
 * @param layout of the row
 */
record MeasuredTime(
    ModelledTime time,
    String model,
    String gpu,
    Optional<String> generation,
    Optional<String> engine,
    double ratio,
    RestsOn restsOn,
    String alike,
    String layout) {

  /** On the first GPU of a deployment's cluster. */
  static MeasuredTime of(
      ModelledTime time,
      Deployment deployment,
      String model,
      double ratio,
      RestsOn restsOn,
      String alike,
      String layout) {
    Problem problem = deployment.problem();
    GpuSpec gpu = problem.topology().usableGpus().get(0).spec();
    return new MeasuredTime(
        time,
        model,
        gpu.name(),
        gpu.generation().map(known -> known.key()),
        time == ModelledTime.TRAINING ? Optional.empty() : Optional.of(problem.engine().lawName()),
        ratio,
        restsOn,
        alike,
        layout);
  }

  /** {@code |measured/predicted - 1|}. */
  double error() {
    return Math.abs(ratio - 1);
  }
}
