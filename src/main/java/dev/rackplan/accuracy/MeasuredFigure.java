package dev.rackplan.accuracy;

import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.RestsOn;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import java.util.Optional;

/**
 * A figure that was measured and predicted.
 *
 * @param figure what it is
 * @param model of the row
 * @param gpu catalogue key
 * @param generation of the GPU, where known
 * @param engine as laws name it; empty where rows of its kind name none
 * @param ratio measured over predicted
 * @param restsOn what the prediction rests on
 * @param alike rows of which two make a pair: same conditions, other layouts
 * @param layout of the row
 */
record MeasuredFigure(
    ModelledFigure figure,
    String model,
    String gpu,
    Optional<String> generation,
    Optional<String> engine,
    double ratio,
    RestsOn restsOn,
    String alike,
    String layout) {

  /** On the first GPU of a deployment's cluster. */
  static MeasuredFigure of(
      ModelledFigure figure,
      Deployment deployment,
      String model,
      double ratio,
      RestsOn restsOn,
      String alike,
      String layout) {
    Problem problem = deployment.problem();
    GpuSpec gpu = problem.topology().usableGpus().get(0).spec();
    return new MeasuredFigure(
        figure,
        model,
        gpu.name(),
        gpu.generationKey(),
        figure.isOfTraining() ? Optional.empty() : Optional.of(problem.engine().lawName()),
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
