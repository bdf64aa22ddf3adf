package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cost.link.CollectiveTime;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.TransferStart;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What slices of an expert exchange in training, by hand on {@link TrainingCase}'s domain. */
class SlicedTrainingTest {
  private static final MoeFfn MOE = new MoeFfn(4, 2, 3 * 48 * 16, 3 * 48 * 8, 192, 48, 1, 1);

  // 50 tokens a GPU, 2 copies each of 48 elements, gathered over two: 9,600 elements of two bytes;
  // 3 µs and half of them over 200 GB/s; forward and backward, once more where layers are repeated.
  @ParameterizedTest
  @CsvSource({"NONE, 2, 1", "FULL, 3, 1", "NONE, 0, 2"})
  void tokensAreGatheredAndSumsScattered(Recompute recompute, int passes, int experts) {
    Problem problem =
        TrainingCase.problem(
            TrainingCase.training(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, recompute, true),
            8,
            1);
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, experts)
            .with(Degree.EXPERT_TENSOR_PARALLEL, 2 / experts)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2);
    StageShape shape = StageShape.of(problem.topology(), List.of(0, 1));
    TransferStart slices =
        new StageCollectives(
                problem,
                layout,
                Batch.of(problem, layout),
                PhaseCost.of(problem, layout),
                new CollectiveTime(shape, (kind, domains) -> Optional.empty()))
            .slices(MOE);
    double once = 3e-6 + 19_200 / 2 / 200e9;
    assertEquals(passes * once, slices.dispatchSeconds(), 1e-12);
    assertEquals(passes * once, slices.combineSeconds(), 1e-12);
  }
}
