package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.StagePrices;
import dev.rackplan.cost.TrainingCase;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Streaming;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.SparseIndex;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * An indexer in training, by hand: {@link TrainingCase}'s attention with 2 index heads of 8
 * elements that pick 10 of a sequence's 100 tokens, of which a query sees 50 in the mean.
 */
class TrainedIndexTest {
  private static Problem problem(Optional<SparseIndex> index, Recompute recompute) {
    Problem plain =
        TrainingCase.problem(
            TrainingCase.training(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, recompute, true),
            8,
            1);
    Layer layer = plain.model().layers().get(0);
    GroupedQueryAttention attention =
        new GroupedQueryAttention(9216, 4, 4, 12, GroupedQueryAttention.Window.full(), index);
    Model model =
        plain.model().withLayers(Collections.nCopies(8, new Layer(attention, layer.ffn(), 0, 1)));
    return plain.withModel(model, plain.workload());
  }

  private static TrainingOps ops(Problem problem, Layout layout) {
    StagePrices prices = new StagePrices(problem, StageShape.of(problem.topology(), List.of(0)));
    return TrainingOps.of(
        problem.model().layers().get(0), problem, layout, Batch.of(problem, layout), prices.of(0));
  }

  private static double indexFlops(List<PricedOp> ops) {
    return ops.stream()
        .filter(op -> op.kind() == OpKind.GEMM && op.op() instanceof Gemm gemm && gemm.depth() == 8)
        .mapToDouble(
            op -> {
              Gemm gemm = (Gemm) op.op();
              return op.count() * 2 * gemm.rows() * gemm.width() * gemm.depth();
            })
        .sum();
  }

  private static double cores(List<PricedOp> ops) {
    return ops.stream()
        .filter(op -> op.kind() == OpKind.PREFILL_ATTENTION)
        .mapToDouble(PricedOp::count)
        .sum();
  }

  // 100 queries of 2 heads, 50 keys of 8 elements; backward three times 10 of these keys.
  @Test
  void scoresAreTakenOnceForAllKeysAndThriceForChosenOnes() {
    TrainingOps ops =
        ops(problem(Optional.of(new SparseIndex(10, 2, 8)), Recompute.NONE), Layout.neutral());
    assertEquals(2.0 * 200 * 50 * 8, indexFlops(ops.forward()), 1e-6);
    assertEquals(3 * 2.0 * 200 * 10 * 8, indexFlops(ops.inputs()), 1e-6);
    assertEquals(0, indexFlops(ops.weights()));
  }

  // 100 queries and 50 keys, 8 bytes of each pair; GPUs that multiply without a pause are slower at
  // products, not at moving bytes.
  @Test
  void scoresMoveOnceWhateverProductsSustain() {
    PricedOp scores =
        new PricedOp(Term.ATTENTION, OpKind.GEMM, null, new Gemm(200, 50, 8), 1 / 0.9);
    TrainedIndex index = new TrainedIndex(scores, 0.2, 100 * 50, scores);
    Problem problem = problem(Optional.empty(), Recompute.NONE);
    StagePrices prices = new StagePrices(problem, StageShape.of(problem.topology(), List.of(0)));
    PricedOp moved = index.forward(prices.of(0)).get(1);
    assertEquals(new Streaming(40_000), moved.op());
    assertEquals(1, moved.count());
  }

  // The target is half a core in each pass.
  @Test
  void targetIsHalfACoreEachWay() {
    Layout one = Layout.neutral();
    Optional<SparseIndex> own = Optional.of(new SparseIndex(10, 2, 8));
    Optional<SparseIndex> shared = own.map(SparseIndex::takenOver);
    TrainingOps with = ops(problem(own, Recompute.NONE), one);
    TrainingOps without = ops(problem(shared, Recompute.NONE), one);
    assertEquals(1.5, cores(with.forward()) / cores(without.forward()), 1e-12);
    double backward = 2.5 * 73 / 63;
    assertEquals(
        (backward + 0.5) / backward, cores(with.inputs()) / cores(without.inputs()), 1e-12);
    assertEquals(0, indexFlops(without.forward()));
  }

  @Test
  void repeatedLayersTakeTheForwardPassAgainAndPartsOfSequencesTheirShare() {
    Optional<SparseIndex> own = Optional.of(new SparseIndex(10, 2, 8));
    TrainingOps full = ops(problem(own, Recompute.FULL), Layout.neutral());
    assertEquals(indexFlops(full.forward()), indexFlops(full.again()), 1e-6);
    TrainingOps half =
        ops(
            problem(own, Recompute.NONE),
            Layout.neutral().with(Degree.PREFILL_CONTEXT_PARALLEL, 2));
    assertEquals(indexFlops(full.forward()) / 2, indexFlops(half.forward()), 1e-6);
    assertTrue(indexFlops(half.inputs()) > 0);
  }
}
