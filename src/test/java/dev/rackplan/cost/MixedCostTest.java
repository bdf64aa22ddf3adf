package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.TermOp;
import dev.rackplan.law.DecodeAttention;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.PrefillAttention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PromptShare;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Three sequences decode at a context of 100 while a GPU reads prompts. */
class MixedCostTest {
  private static final double ROUNDING = 1e-9;
  // 16 + 2·4 heads of 64 in, 16 heads out.
  private static final Layer LAYER =
      new Layer(
          new GroupedQueryAttention(2 * 128 * 64 * 20, 16, 4, 64, Window.full(), Optional.empty()),
          new DenseFfn(300),
          0,
          1);
  private static final Layout THREE = Layout.of(Map.of(Degree.SEQUENCES_PER_MICRO_BATCH, 3));

  private static List<TermOp> ops(Optional<PromptShare> prompts) {
    Problem problem = OpsCase.DECODE.problem(LAYER);
    Problem mixed =
        prompts
            .map(read -> problem.withWorkload(problem.workload().withPrompts(read)))
            .orElse(problem);
    InferenceCost cost = (InferenceCost) PhaseCost.of(mixed, THREE);
    return cost.ofPart(LAYER, OpsCase.DECODE.prices(LAYER), Batch.of(mixed, THREE), THREE);
  }

  private static List<Gemm> products(List<TermOp> ops) {
    return ops.stream().filter(op -> op.op() instanceof Gemm).map(op -> (Gemm) op.op()).toList();
  }

  @Test
  void promptTokens_goThroughTheDecodesProducts() {
    PromptShare read = new PromptShare(40, 40, Contexts.of(50));
    List<Gemm> alone = products(ops(Optional.empty()));
    List<Gemm> mixed = products(ops(Optional.of(read)));

    assertEquals(alone.size(), mixed.size());
    for (int i = 0; i < alone.size(); i++) {
      assertEquals(3, alone.get(i).rows());
      assertEquals(43, mixed.get(i).rows());
      assertEquals(alone.get(i).width(), mixed.get(i).width());
    }
  }

  // A chunk of 40 of 50 tokens comes after 5 in the mean; 110 tokens are 2.2 prompts.
  @Test
  void attention_runsAKernelForEachKind() {
    Contexts prompts = new Contexts(60, 0, OptionalDouble.empty(), 10);
    List<TermOp> chunk = ops(Optional.of(new PromptShare(40, 40, prompts)));
    List<TermOp> several = ops(Optional.of(new PromptShare(110, 110, prompts)));

    assertEquals(new DecodeAttention(3, 16, 4, 64, 100), core(chunk, DecodeAttention.class));
    assertEquals(
        new PrefillAttention(1, 40, 15, 16, 4, 64, 55), core(chunk, PrefillAttention.class));
    assertEquals(
        new PrefillAttention(2.2, 50, 10, 16, 4, 64, 60), core(several, PrefillAttention.class));
  }

  private static <T> T core(List<TermOp> ops, Class<T> kind) {
    return ops.stream().map(TermOp::op).filter(kind::isInstance).map(kind::cast).findFirst().get();
  }

  // The head computes the next token of three sequences and of the prompts that end.
  @Test
  void head_seesThePromptsThatEnd() {
    Problem problem = OpsCase.DECODE.problem(LAYER);
    Problem mixed =
        problem.withWorkload(
            problem.workload().withPrompts(new PromptShare(40, 40, Contexts.of(50))));

    Batch batch = Batch.of(mixed, THREE);
    assertEquals(43, batch.tokens());
    assertEquals(3, batch.sequencesPerRank());
    assertEquals(3.8, PhaseCost.of(mixed, THREE).headTokens(batch), ROUNDING);
    assertEquals(3, PhaseCost.of(mixed, THREE).tokensPerCycle(THREE));
    assertTrue(PhaseCost.of(mixed, THREE) instanceof DecodeCost);
  }

  @Test
  void shareOfPrompts_isCheckedAndBelongsToDecode() {
    assertThrows(IllegalArgumentException.class, () -> new PromptShare(4, 5, Contexts.of(50)));
    Problem prefill = OpsCase.DECODE.of(Phase.PREFILL, Contexts.of(50), 50).problem(LAYER);
    assertThrows(
        IllegalArgumentException.class,
        () -> prefill.workload().withPrompts(new PromptShare(5, 5, Contexts.of(50))));
  }
}
