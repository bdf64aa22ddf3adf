package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.ContextSpread;
import dev.rackplan.cost.OpsCase;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.StartLaws;
import dev.rackplan.cost.TrainingCase;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.Streaming;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What experts take, who gets which tokens, and what two batches hide; worked by hand. */
class ExpertPriceTest {
  private static final double DIGITS = 1e-12;
  private static final MoeFfn MOE = new MoeFfn(6, 2, 600, 70, 11, 128, 1, 1);
  private static final Layer LAYER =
      new Layer(
          new GroupedQueryAttention(5000, 4, 2, 8, Window.full(), Optional.empty()), MOE, 9, 1);

  private static Layout layout(int expertParallel, int tensorParallel, int sequences) {
    return Layout.neutral()
        .with(Degree.EXPERT_PARALLEL, expertParallel)
        .with(Degree.ATTENTION_TENSOR_PARALLEL, tensorParallel)
        .with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences);
  }

  private static void assertClose(double expected, double actual) {
    assertEquals(expected, actual, DIGITS * expected);
  }

  // 12 pairs of 600 weights, 2 experts to read. Sustained: BF16 50e12, FP8 100e12, FP4 200e12;
  // 1.6e12 bytes/s. MXFP4 has 4.25 bits and runs times MXFP8 where there is a unit for four bits,
  // else in BF16; so does FP8 without a unit for eight.
  @ParameterizedTest
  @CsvSource({
    "BF16, 200e12, 400e12, 50e12, 2",
    "FP8, 200e12, 400e12, 100e12, 1",
    "FP8, -1, -1, 50e12, 1",
    "MXFP4, 200e12, -1, 50e12, 0.53125",
    "MXFP4, 200e12, 400e12, 100e12, 0.53125",
    "NVFP4, 200e12, -1, 50e12, 0.5625",
    "NVFP4, 200e12, 400e12, 200e12, 0.5625",
    "FP4, 200e12, -1, 50e12, 0.5"
  })
  void experts_runAtTheRateThatKernelsOfTheirFormatHave(
      Dtype experts, double fp8, double fp4, double rate, double bytes) {
    GpuSpec gpu = OpsCase.gpu(rate(fp8), rate(fp4));
    Precision precision = new Precision(Dtype.BF16, experts, Dtype.BF16, Dtype.BF16, Dtype.BF16);
    ExpertTime time =
        OpsCase.DECODE
            .in(precision)
            .on(gpu)
            .stage(layout(1, 1, 8), LAYER)
            .expertLayer(0)
            .gpuTime(0, 1.5, 2);
    assertClose(2 * 600 * 12 / rate, time.computeSeconds());
    assertClose(2 * 600 * bytes / 1.6e12, time.fetchSeconds());
    assertClose(2e-6, time.restSeconds());
  }

  private static OptionalDouble rate(double given) {
    return given < 0 ? OptionalDouble.empty() : OptionalDouble.of(given);
  }

  @Test
  void exchange_isAnAllToAllWhereAttentionIsDataParallel() {
    Problem problem = OpsCase.DECODE.problem(LAYER);
    assertEquals(Exchange.NONE, Exchange.of(problem, layout(1, 1, 8)));
    assertEquals(Exchange.ALL_TO_ALL, Exchange.of(problem, layout(4, 1, 8)));
    assertEquals(Exchange.ALL_TO_ALL, Exchange.of(problem, layout(4, 2, 8)));
    assertEquals(Exchange.ALL_REDUCE, Exchange.of(problem, layout(4, 4, 8)));
    Training training =
        TrainingCase.training(
            PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, Recompute.SELECTIVE, true);
    assertEquals(
        Exchange.ALL_TO_ALL, Exchange.of(TrainingCase.problem(training, 2, 1), layout(4, 4, 8)));
  }

  // A law of 5 bytes for each of 128 elements of a handled token and nothing else. Where all tokens
  // come to each GPU it handles them all; where they are sent, 2 choices reach 4·(1 - (3/4)²) =
  // 1.75
  // GPUs, so 0.875 tokens for each of 12 pairs. Halves are handled one after the other.
  @Test
  void tokensThatExpertsHandle_areAllOrThoseSent() {
    double token = 5 * 128 / 2e12;
    OpsCase one = OpsCase.DECODE.with(StartLaws.ofTokens(5));
    assertClose(8 * token, price(one, layout(4, 4, 8)));
    assertClose(8 * token, price(one, layout(1, 1, 8)));
    assertClose(0.875 * 12 * token, price(one, layout(4, 2, 8)));
    assertClose(2 * 4 * token, price(one.halved(), layout(4, 4, 8)));
    assertClose(2 * 0.875 * 12 * token, price(one.halved(), layout(4, 2, 8)));
  }

  private static double price(OpsCase one, Layout layout) {
    return one.stage(layout, LAYER).expertLayer(0).price(0).seconds(12, 2);
  }

  // Sent: the router and shared experts see the GPU's own 2 of 8 tokens, shared experts are whole.
  // One rank: all 8 tokens, a quarter of the shared experts' inner layer of 70/3/128.
  @Test
  void sharedExperts_areWholeForOwnTokensOrDividedForAll() {
    double inner = 70.0 / 3 / 128;
    List<TermOp> sent = OpsCase.DECODE.ops(layout(4, 2, 8), LAYER);
    assertEquals(List.of(new Gemm(2, 6, 128)), of(Term.ROUTER, sent));
    assertEquals(
        List.of(new Gemm(2, 2 * inner, 128), new Gemm(2, 128, inner)), of(Term.SHARED, sent));
    List<TermOp> summed = OpsCase.DECODE.ops(layout(4, 4, 8), LAYER);
    assertEquals(List.of(new Gemm(8, 6, 128)), of(Term.ROUTER, summed));
    assertEquals(
        List.of(new Gemm(8, 2 * inner / 4, 128), new Gemm(8, 128, inner / 4)),
        of(Term.SHARED, summed));
  }

  private static List<Object> of(Term term, List<TermOp> ops) {
    return ops.stream().filter(op -> op.term() == term).<Object>map(TermOp::op).toList();
  }

  // FP8 weights: projections and shared experts in it, head and router in BF16.
  @Test
  void denseFfnAndHead_areTwoProductsAndAFunction_andAProduct() {
    List<TermOp> ops = FfnOps.gated(Term.DENSE, KernelFormat.FP8, 12, 3 * 100 * 200, 100);
    assertEquals(
        List.of(new Gemm(12, 400, 100), new Streaming(3 * 200 * 2 * 12), new Gemm(12, 100, 200)),
        ops.stream().map(TermOp::op).toList());
    assertEquals(KernelFormat.FP8, ops.get(2).format());
    Precision eight = new Precision(Dtype.FP8, Dtype.FP8, Dtype.BF16, Dtype.FP8, Dtype.BF16);
    OpsCase narrow = OpsCase.DECODE.in(eight);
    // 8 tokens, 500 outputs: 2·128·500 bytes of weights; logits are copied, 6 bytes each, and the
    // largest is found, 4.
    assertClose(
        3 * 2e-6 + (2 * 128 * 500 + 2 * 8 * 628 + 10 * 8 * 500) / 1.6e12,
        narrow.stage(layout(1, 1, 8), LAYER).headSeconds());
    List<TermOp> layer = narrow.ops(layout(1, 1, 8), LAYER);
    for (TermOp op : layer) {
      if (op.term() == Term.ROUTER) {
        assertEquals(KernelFormat.BF16, op.format());
      } else if (op.term() == Term.SHARED) {
        assertEquals(KernelFormat.FP8_BLOCK, op.format());
      }
    }
  }

  // Each half is a batch of half as many tokens.
  @Test
  void twoBatches_areTwiceHalfABatch() {
    StageModel halves = OpsCase.DECODE.halved().stage(layout(4, 1, 8), LAYER);
    StageModel half = OpsCase.DECODE.stage(layout(4, 1, 4), LAYER);
    Breakdown of8 = halves.expertLayer(0).beside();
    Breakdown of4 = half.expertLayer(0).beside();
    for (Term term : Term.values()) {
      assertClose(2 * of4.of(term), of8.of(term));
    }
    ExpertTime experts = halves.expertLayer(0).gpuTime(1, 1.5, 2);
    assertClose(2 * half.expertLayer(0).gpuSeconds(1, 1.5, 2), experts.seconds());
    // Dispatch and combine start twice; bytes are sent once.
    assertClose(20e-6 + 256 * 3e-9, halves.expertLayer(0).exchange().dispatchSeconds(3e-9));
    assertClose(10e-6 + 256 * 3e-9, half.expertLayer(0).exchange().dispatchSeconds(3e-9));
  }

  // How much is calibrated: DeepSeek's kernels in decode leave less than those that all have.
  @Test
  void twoBatches_leaveAShareOfTheShorterSideVisible() {
    OpsCase halved = OpsCase.DECODE.halved();
    StreamOverlap open = StreamOverlap.of(halved.problem(LAYER), layout(4, 1, 8));
    assertTrue(open.sideBySide() && open.visibleShare() > 0 && open.visibleShare() < 1);
    StreamOverlap own = StreamOverlap.of(halved.under("DeepSeek").problem(LAYER), layout(4, 1, 8));
    assertTrue(own.sideBySide() && own.visibleShare() < open.visibleShare());
    OpsCase prompts = halved.under("deepseek").of(Phase.PREFILL, Contexts.of(64), 64);
    assertEquals(open, StreamOverlap.of(prompts.problem(LAYER), layout(4, 1, 8)));
    assertEquals(
        StreamOverlap.NOTHING, StreamOverlap.of(OpsCase.DECODE.problem(LAYER), layout(4, 1, 8)));
    // A token can't be halved.
    assertEquals(
        StreamOverlap.NOTHING,
        StreamOverlap.of(OpsCase.DECODE.halved().problem(LAYER), layout(1, 1, 1)));
  }

  // The mean of the largest of R standard normal values, from tables of order statistics.
  @ParameterizedTest
  @CsvSource({
    "2, 0.56419",
    "3, 0.84628",
    "4, 1.02938",
    "5, 1.16296",
    "8, 1.42360",
    "10, 1.53875",
    "20, 1.86748",
    "50, 2.24907",
    "100, 2.50759"
  })
  void contextSpread_isTheLargestOfNormalSums(int ranks, double mean) {
    double alone = ContextSpread.factor(ranks, 1, lengths(1)) - 1;
    assertEquals(mean, alone, 1e-5);
    // Sums of 9 contexts vary a third as much, and half as much of them half of that.
    assertEquals(alone / 3, ContextSpread.factor(ranks, 9, lengths(1)) - 1, 1e-9);
    assertEquals(alone / 6, ContextSpread.factor(ranks, 9, lengths(0.5)) - 1, 1e-9);
    // Less than a sequence is one.
    assertEquals(alone, ContextSpread.factor(ranks, 0.2, lengths(1)) - 1, 1e-9);
    assertEquals(1, ContextSpread.factor(ranks, 9, lengths(0)));
    assertEquals(1, ContextSpread.factor(1, 9, lengths(1)));
  }

  private static Contexts lengths(double variation) {
    return new Contexts(1000, variation, OptionalDouble.empty(), 0);
  }

  // Contexts of 1000 ± 300: evenly spread over 600, a deviation of 600/√12 = 173.2. Two ranks of
  // three: 1 + 0.56419·0.1732/√3. Of 64 ranks of one, no context is above 1300. With lengths that
  // differ by 0.1: √(0.03 + 0.01) = 0.2.
  @ParameterizedTest
  @CsvSource({"2, 3, 0, 1.056419", "64, 1, 0, 1.3", "2, 1, 0.1, 1.112838", "1, 3, 0, 1"})
  void contextSpread_countsHowFarAnswersAre(
      int ranks, double sequences, double variation, double factor) {
    Contexts contexts = lengths(variation).withAnswerTokens(600);
    assertEquals(factor, ContextSpread.factor(ranks, sequences, contexts), 1e-6);
  }
}
