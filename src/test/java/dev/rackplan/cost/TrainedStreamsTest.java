package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.ElementwiseTime;
import dev.rackplan.cost.operation.HyperConnections;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.PricedOp;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.operation.TrainingOps;
import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What four residual streams of 48 elements move in training, 100 tokens a sequence. */
class TrainedStreamsTest {
  private static final Layout ALONE = Layout.neutral();
  private static final double MIXED = new HyperConnections(4, 48).movedBytes() * 100;

  private static Training training(Recompute recompute, ElementwiseKernels kernels) {
    return TrainingCase.training(
        PipelineSchedule.ONE_FORWARD_ONE_BACKWARD,
        1,
        recompute,
        true,
        TrainingCase.runtime(TensorOverlap.BACKWARD, kernels, Set.of()));
  }

  private static Layer layer(Problem problem) {
    return problem.model().layers().get(0);
  }

  private static double bytes(ElementwiseKernels kernels, int streams) {
    Problem problem = TrainingCase.problem(training(Recompute.NONE, kernels), 8, 1);
    Layer layer = layer(problem);
    return ElementwiseTime.bytes(
        streams == 1 ? layer : layer.mixing(streams), problem, Batch.of(problem, ALONE), ALONE);
  }

  // 14h of additions give way, and norms that are not fused move as much as with one stream.
  @Test
  void streams_takeThePlaceOfAdditionsAlone() {
    for (ElementwiseKernels kernels : ElementwiseKernels.values()) {
      assertEquals(
          bytes(kernels, 1) - 14 * 48 * 100 + MIXED, bytes(kernels, 4), 1e-6, kernels.name());
    }
  }

  // A quarter of the layers goes through the whole forward pass again, the others mix again.
  @Test
  void streams_areMixedAgainInLayersThatAreNotRepeated() {
    Problem problem =
        TrainingCase.problem(training(Recompute.FULL, ElementwiseKernels.FUSED), 8, 1);
    TrainingOps ops =
        TrainingOps.of(
            layer(problem).mixing(4),
            problem,
            ALONE.with(Degree.RECOMPUTED_LAYERS, 2),
            Batch.of(problem, ALONE),
            new OpPrices(problem, problem.topology().gpus().get(0).spec()));
    double forward = PricedOp.terms(ops.forward()).of(Term.ELEMENTWISE);
    assertEquals(
        0.25 * forward + 0.75 * MIXED / 1.6e12,
        PricedOp.terms(ops.again()).of(Term.ELEMENTWISE),
        1e-18);
  }
}
