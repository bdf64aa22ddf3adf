package dev.rackplan.cost;

import static dev.rackplan.cost.StartLaws.start;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.NoAttention;
import dev.rackplan.model.NoFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Where all work is done at once, a layer takes what its kernels take to start, one by one, and
 * nothing else: no constant is left.
 */
class LayerStartsTest {
  private static final double ROUNDING = 1e-12;
  private static final Set<OpKind> MESH = Set.of(OpKind.MESH_DISPATCH, OpKind.MESH_COMBINE);

  private static final Attention GROUPED =
      new GroupedQueryAttention(5000, 4, 2, 8, Window.full(), Optional.empty());
  private static final Attention LATENT =
      new LatentAttention(
          128 * 24 + 24 * 512 + 128 * 48 + 8 * 32 * 88 + 8 * 40 * 128,
          8,
          32,
          16,
          48,
          40,
          OptionalInt.of(24),
          Optional.empty());
  private static final MoeFfn SHARED = new MoeFfn(6, 2, 600, 70, 11, 128, 1, 1);
  private static final MoeFfn ROUTED = new MoeFfn(6, 2, 600, 0, 11, 128, 1, 1);

  private static OpsCase decode(String engine) {
    return OpsCase.DECODE.under(engine).with(StartLaws.of(engine, kind -> !MESH.contains(kind)));
  }

  private static OpsCase prefill(String engine) {
    return decode(engine).of(Phase.PREFILL, Contexts.of(64), 64);
  }

  private static Layout layout(int expertParallel, int attentionTensorParallel) {
    return Layout.neutral()
        .with(Degree.EXPERT_PARALLEL, expertParallel)
        .with(Degree.ATTENTION_TENSOR_PARALLEL, attentionTensorParallel)
        .with(Degree.SEQUENCES_PER_MICRO_BATCH, 8);
  }

  /** All terms of a layer, its experts somehow placed: whatever they have to do is done at once. */
  private static Breakdown terms(OpsCase one, Layout layout, Layer layer) {
    StageModel stage = one.stage(layout, layer);
    if (layer.ffn() instanceof MoeFfn) {
      ExpertLayerModel experts = stage.expertLayer(0);
      return stage.moeLayer(0, experts, experts.terms(experts.gpuTime(0, 1.5, 2.5), 0)).terms();
    }
    return stage.denseLayer(0).terms();
  }

  private static double sum(OpKind... kinds) {
    double sum = 0;
    for (OpKind kind : kinds) {
      sum += start(kind);
    }
    return sum;
  }

  private static void assertTerm(double expected, Breakdown terms, Term term) {
    assertEquals(expected, terms.of(term), ROUNDING * expected, () -> term + " of " + terms);
  }

  @Test
  void groupedDenseLayer_startsItsKernels() {
    Breakdown terms =
        terms(decode("sglang"), layout(1, 1), new Layer(GROUPED, new DenseFfn(900), 9, 1));
    assertTerm(sum(OpKind.GEMM, OpKind.GEMM, OpKind.DECODE_ATTENTION), terms, Term.ATTENTION);
    assertTerm(2 * start(OpKind.GEMM), terms, Term.DENSE);
    assertTerm(4 * start(OpKind.ELEMENTWISE), terms, Term.ELEMENTWISE);
    double all =
        4 * start(OpKind.GEMM) + start(OpKind.DECODE_ATTENTION) + 4 * start(OpKind.ELEMENTWISE);
    assertEquals(all, terms.sum(), ROUNDING * all);
    assertEquals(
        start(OpKind.GEMM) + 2 * start(OpKind.ELEMENTWISE),
        decode("sglang")
            .stage(layout(1, 1), new Layer(GROUPED, new DenseFfn(900), 9, 1))
            .headSeconds(),
        ROUNDING);
  }

  @Test
  void latentLayer_startsItsKernelsOrItsBlock() {
    Layer layer = new Layer(LATENT, new DenseFfn(900), 9, 1);
    assertTerm(
        3 * start(OpKind.GEMM) + 2 * start(OpKind.HEAD_PRODUCT) + start(OpKind.LATENT_DECODE),
        terms(decode("sglang"), layout(1, 1), layer),
        Term.ATTENTION);
    assertTerm(
        start(OpKind.LATENT_DECODE_BLOCK),
        terms(decode("vllm"), layout(1, 1), layer),
        Term.ATTENTION);
    // Three projections, and the expansion of keys and values.
    assertTerm(
        4 * start(OpKind.GEMM) + start(OpKind.LATENT_PREFILL),
        terms(prefill("sglang"), layout(1, 1), layer),
        Term.ATTENTION);
    assertTerm(
        start(OpKind.LATENT_PREFILL_BLOCK),
        terms(prefill("vllm"), layout(1, 1), layer),
        Term.ATTENTION);
  }

  @Test
  void expertsOnOneGpu_startOnceWithRouterAndSharedExperts() {
    Breakdown terms = terms(decode("sglang"), layout(1, 1), new Layer(GROUPED, SHARED, 9, 1));
    assertTerm(start(OpKind.GEMM), terms, Term.ROUTER);
    assertTerm(2 * start(OpKind.GEMM), terms, Term.SHARED);
    assertTerm(4 * start(OpKind.ELEMENTWISE), terms, Term.ELEMENTWISE);
    double all =
        5 * start(OpKind.GEMM)
            + sum(OpKind.DECODE_ATTENTION, OpKind.EXPERTS)
            + 4 * start(OpKind.ELEMENTWISE);
    assertEquals(all, terms.sum(), ROUNDING * all);
  }

  // Tokens that are sent have chosen before; low-latency kernels do the rest.
  @Test
  void expertsThatTokensAreSentTo_startWithTransfers() {
    Breakdown terms = terms(decode("sglang"), layout(4, 1), new Layer(GROUPED, ROUTED, 9, 1));
    assertTerm(start(OpKind.LOW_LATENCY_DISPATCH), terms, Term.DISPATCH);
    assertTerm(start(OpKind.LOW_LATENCY_COMBINE), terms, Term.COMBINE);
    assertTerm(4 * start(OpKind.ELEMENTWISE), terms, Term.ELEMENTWISE);
    double all =
        3 * start(OpKind.GEMM)
            + sum(
                OpKind.DECODE_ATTENTION,
                OpKind.EXPERTS_AFTER_DISPATCH,
                OpKind.LOW_LATENCY_DISPATCH,
                OpKind.LOW_LATENCY_COMBINE)
            + 4 * start(OpKind.ELEMENTWISE);
    assertEquals(all, terms.sum(), ROUNDING * all);
  }

  // In BF16 nothing is quantised before; what shared experts give is added at the end.
  @Test
  void prefillOfExperts_startsThroughputKernels() {
    Breakdown terms = terms(prefill("sglang"), layout(4, 1), new Layer(GROUPED, SHARED, 9, 1));
    assertTerm(start(OpKind.THROUGHPUT_DISPATCH), terms, Term.DISPATCH);
    assertTerm(start(OpKind.THROUGHPUT_COMBINE), terms, Term.COMBINE);
    // Norms, positions, the shared experts' function, their sum, the choice of experts.
    assertTerm(6 * start(OpKind.ELEMENTWISE), terms, Term.ELEMENTWISE);
    double all =
        5 * start(OpKind.GEMM)
            + sum(
                OpKind.PREFILL_ATTENTION,
                OpKind.EXPERTS_AFTER_PREFILL_DISPATCH,
                OpKind.THROUGHPUT_DISPATCH,
                OpKind.THROUGHPUT_COMBINE)
            + 6 * start(OpKind.ELEMENTWISE);
    assertEquals(all, terms.sum(), ROUNDING * all);
  }

  @Test
  void transfers_areTheEnginesAndTheMachines() {
    Layer layer = new Layer(GROUPED, ROUTED, 9, 1);
    Breakdown nvlink = terms(decode("trtllm"), layout(2, 1), layer);
    assertTerm(sum(OpKind.TRANSFER_PREPARE, OpKind.NVLINK_DISPATCH), nvlink, Term.DISPATCH);
    assertTerm(start(OpKind.NVLINK_COMBINE), nvlink, Term.COMBINE);
    OpsCase mesh = OpsCase.DECODE.with(StartLaws.of("sglang", kind -> true));
    assertTerm(start(OpKind.MESH_DISPATCH), terms(mesh, layout(4, 1), layer), Term.DISPATCH);
    assertTerm(start(OpKind.MESH_COMBINE), terms(mesh, layout(4, 1), layer), Term.COMBINE);
    // Nothing measured: the network's latency each way.
    Breakdown flat = terms(OpsCase.DECODE, layout(4, 1), layer);
    assertTerm(10e-6, flat, Term.DISPATCH);
    assertTerm(10e-6, flat, Term.COMBINE);
  }

  // TensorRT-LLM's rows of them hold the router.
  @Test
  void wideExperts_haveNoRouterOfTheirOwn() {
    Set<OpKind> apart =
        Set.of(OpKind.EXPERTS_AFTER_DISPATCH, OpKind.EXPERTS_AFTER_PREFILL_DISPATCH);
    OpsCase wide =
        OpsCase.DECODE
            .under("trtllm")
            .with(StartLaws.of("trtllm", kind -> !MESH.contains(kind) && !apart.contains(kind)));
    Breakdown terms = terms(wide, layout(2, 1), new Layer(GROUPED, ROUTED, 9, 1));
    assertTerm(0, terms, Term.ROUTER);
    assertTerm(2 * start(OpKind.ELEMENTWISE), terms, Term.ELEMENTWISE);
    assertEquals(
        start(OpKind.WIDE_EXPERTS),
        terms.of(Term.EXPERT_FETCH) + terms.of(Term.EXPERT_COMPUTE),
        ROUNDING);
  }

  // One rank on both GPUs: an all-reduce after the mixer and one that sums up experts.
  @Test
  void expertsOfOneRank_areSummedUpAndNothingIsSent() {
    Breakdown terms = terms(decode("sglang"), layout(2, 2), new Layer(GROUPED, SHARED, 9, 1));
    assertTerm(2 * start(OpKind.ALL_REDUCE), terms, Term.ALL_REDUCE);
    assertTerm(0, terms, Term.DISPATCH);
    assertTerm(0, terms, Term.COMBINE);
    double all =
        5 * start(OpKind.GEMM)
            + sum(OpKind.DECODE_ATTENTION, OpKind.EXPERTS)
            + 4 * start(OpKind.ELEMENTWISE)
            + 2 * start(OpKind.ALL_REDUCE);
    assertEquals(all, terms.sum(), ROUNDING * all);
  }

  @Test
  void twoBatches_startEverythingTwice() {
    Layer layer = new Layer(GROUPED, SHARED, 9, 1);
    Breakdown whole = terms(decode("sglang"), layout(4, 1), layer);
    Breakdown halves = terms(decode("sglang").halved(), layout(4, 1), layer);
    for (Term term : Term.values()) {
      assertEquals(2 * whole.of(term), halves.of(term), ROUNDING, term.toString());
    }
  }

  @Test
  void layersWithoutOperations_takeNothing() {
    Breakdown empty =
        terms(decode("sglang"), layout(1, 1), new Layer(new NoAttention(), new NoFfn(), 9, 1));
    assertEquals(Breakdown.NONE.sum(), empty.sum());
    assertEquals(
        0,
        terms(OpsCase.DECODE, layout(2, 2), new Layer(new NoAttention(), new NoFfn(), 9, 1)).sum());
    // A mixer or an FFN alone has one norm, and one all-reduce; grouped heads get positions.
    Breakdown mixer = terms(decode("sglang"), layout(2, 2), new Layer(GROUPED, new NoFfn(), 9, 1));
    assertTerm(2 * start(OpKind.ELEMENTWISE), mixer, Term.ELEMENTWISE);
    assertTerm(start(OpKind.ALL_REDUCE), mixer, Term.ALL_REDUCE);
    Breakdown ffn =
        terms(
            decode("sglang"), layout(2, 2), new Layer(new NoAttention(), new DenseFfn(900), 9, 1));
    assertTerm(2 * start(OpKind.ELEMENTWISE), ffn, Term.ELEMENTWISE);
    assertTerm(start(OpKind.ALL_REDUCE), ffn, Term.ALL_REDUCE);
  }
}
