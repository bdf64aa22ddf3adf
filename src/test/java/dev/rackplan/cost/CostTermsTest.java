package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.KernelOverhead;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.PeakFlops;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Workload;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every cost term against figures worked by hand. */
class CostTermsTest {
  // Sustained: BF16 50e12, FP8 100e12 FLOP/s, 1.6e12 bytes/s.
  private static final GpuSpec GPU =
      new GpuSpec(
          "g",
          100e9,
          2e12,
          new PeakFlops(
              OptionalDouble.of(100e12), OptionalDouble.of(200e12), OptionalDouble.empty()),
          0.5,
          0.8,
          OptionalDouble.empty(),
          new KernelOverhead(3e-6, 7));
  // Sustained: ports 200e9, NICs 40e9 bytes/s.
  private static final LinkSpec SCALE_UP = new LinkSpec(400e9, 3e-6, 0.5);
  private static final LinkSpec NIC = new LinkSpec(50e9, 10e-6, 0.8);
  private static final Precision PRECISION =
      new Precision(Dtype.BF16, Dtype.FP8, Dtype.BF16, Dtype.FP8, Dtype.BF16);
  private static final double DIGITS = 1e-9;

  /**
   * GPUs 0, 1, 2 in one domain, 3 in another, one rack and leaf each, twice as much NIC as spine.
   */
  private static Topology topology(OptionalDouble uplink) {
    return new TopologyBuilder("t")
        .rack("a")
        .domain("d", SCALE_UP)
        .node("n", GPU, 3)
        .rack("b")
        .domain("d", SCALE_UP)
        .node("n", GPU, 1)
        .build(new ScaleOut(NIC, uplink, 1, 2));
  }

  private static StageShape shape(Integer... gpus) {
    return StageShape.of(topology(OptionalDouble.empty()), List.of(gpus));
  }

  private static void assertClose(double expected, double actual) {
    assertEquals(expected, actual, DIGITS * expected);
  }

  private static Attention attention(long parameters, int heads, int kvHeads, int dimension) {
    return new GroupedQueryAttention(
        parameters,
        heads,
        kvHeads,
        dimension,
        GroupedQueryAttention.Window.full(),
        Optional.empty());
  }

  // 16 heads, 4 KV heads of 64, 3e6 weights; 12 tokens of 3 sequences at 2,000. Scores 4·2000·16·64
  // = 8.192e6 FLOPs a token, so
  // 6e6·12/t FLOPs at BF16's rate and 8.192e6·12/t at the cache's, FP8's for FP4; 6e6/t bytes of
  // weights and 3·2·4·64·κ·2000/min(t,4) of KV.
  @ParameterizedTest
  @CsvSource({
    "1, BF16, 3.40608e-6, 7.59e-6",
    "2, BF16, 1.70304e-6, 3.795e-6",
    "2, FP8, 1.21152e-6, 2.835e-6",
    "2, FP4, 1.21152e-6, 2.355e-6",
    "8, BF16, 4.2576e-7, 1.42875e-6"
  })
  void attention_isTheLongerOfFlopsAndBytes(int degree, Dtype kv, double compute, double memory) {
    Precision precision = new Precision(Dtype.BF16, Dtype.FP4, kv, Dtype.FP8, Dtype.BF16);
    Roof roof =
        AttentionTime.of(
            attention(3_000_000, 16, 4, 64),
            precision,
            shape(0, 1),
            new Batch(99, 7, 3, 12, 2000, Contexts.of(5000)),
            degree);
    assertClose(compute, roof.computeSeconds());
    assertClose(memory, roof.memorySeconds());
    assertClose(memory, roof.seconds());
    assertTrue(roof.memoryBound());
  }

  // As above in FP8 with a cache in BF16: 6e6·12 over 100e12, 8.192e6·12 over 50e12.
  @Test
  void attention_scoresRunAtTheCachesRate() {
    Precision precision = new Precision(Dtype.FP8, Dtype.FP8, Dtype.BF16, Dtype.FP8, Dtype.BF16);
    Roof roof =
        AttentionTime.of(
            attention(3_000_000, 16, 4, 64),
            precision,
            shape(0),
            new Batch(99, 7, 3, 12, 2000, Contexts.of(5000)),
            1);
    assertClose(7.2e-7 + 1.96608e-6, roof.computeSeconds());
  }

  // The first case above in two halves: the weights are read twice, 12e6 bytes, each sequence's
  // cache once.
  @Test
  void attentionOfTwoHalves_readsItsWeightsTwice() {
    Precision precision = new Precision(Dtype.BF16, Dtype.FP4, Dtype.BF16, Dtype.FP8, Dtype.BF16);
    Roof roof =
        AttentionTime.of(
            attention(3_000_000, 16, 4, 64),
            precision,
            shape(0, 1),
            new Batch(99, 7, 3, 12, 2000, Contexts.of(5000), 2),
            1);
    assertClose(3.40608e-6, roof.computeSeconds());
    assertClose(7.59e-6 + 6e6 / 1.6e12, roof.memorySeconds());
  }

  // 4,000 tokens in 2 chunks of 3 sequences: they see 1,000 and 3,000 tokens, or 1,000 and 2,000
  // through a window. (6e6 + 4·c·16·64)·6000 over 50e12, mean; 6e6 + 3·2·4·64·2·c bytes.
  @ParameterizedTest
  @CsvSource({"100000, 1.70304e-3, 7.59e-6", "2000, 1.45728e-3, 6.63e-6"})
  void prefillAttention_isTheMeanOverGrowingContexts(int window, double compute, double memory) {
    Roof roof =
        AttentionTime.ofChunks(
            new GroupedQueryAttention(
                3_000_000,
                16,
                4,
                64,
                GroupedQueryAttention.Window.sliding(window),
                Optional.empty()),
            PRECISION,
            shape(0),
            new Batch(99, 7, 3, 6000, 2000, Contexts.of(4000)),
            1,
            2);
    assertClose(compute, roof.computeSeconds());
    assertClose(memory, roof.memorySeconds());
    // One chunk sees half of the prompt.
    Roof whole =
        AttentionTime.ofChunks(
            attention(3_000_000, 16, 4, 64),
            PRECISION,
            shape(0),
            new Batch(99, 7, 3, 12_000, 2000, Contexts.of(4000)),
            1,
            1);
    assertClose(2 * 1.70304e-3, whole.computeSeconds());
  }

  // Prompts of 4,000 tokens, 3,000 of them cached, one chunk: a computed token sees 3,500, of
  // lengths with variation 2 five times as much in the mean; each prompt's cache is read once.
  // 6e6·3000 over 50e12 and 4·c·16·64·3000 over 50e12; 6e6 + 3·2·4·64·2·3500 bytes.
  @ParameterizedTest
  @CsvSource({"0, 3500", "2, 17500"})
  void prefillAttention_seesWhatIsCachedAndLongPromptsMore(double variation, double seen) {
    Roof roof =
        AttentionTime.ofChunks(
            attention(3_000_000, 16, 4, 64),
            PRECISION,
            shape(0),
            new Batch(
                99, 7, 3, 3000, 0, new Contexts(4000, variation, OptionalDouble.empty(), 3000)),
            1,
            1);
    double compute = (6e6 + 4 * seen * 16 * 64) * 3000 / 50e12;
    assertEquals(compute, roof.computeSeconds(), 1e-6 * compute);
    assertClose((6e6 + 3 * 2 * 4 * 64 * 2 * 3500) / 1.6e12, roof.memorySeconds());
  }

  // The same in four chunks of 250, which see 3,125 … 3,875 tokens. A token of a prompt five times
  // as long sees, and a chunk of it reads, five times as much; short prompts fill no chunk.
  @Test
  void prefillAttention_ofLongPromptsHasMoreChunks() {
    Contexts alike = new Contexts(4000, 0, OptionalDouble.empty(), 3000);
    Contexts varied = new Contexts(4000, 2, OptionalDouble.empty(), 3000);
    Roof one = chunked(alike);
    assertClose((6e6 + 3 * 2 * 4 * 64 * 2 * 3500) / 1.6e12, one.memorySeconds());
    double read = (chunked(varied).memorySeconds() * 1.6e12 - 6e6) / (3 * 2 * 4 * 64 * 2 * 3500);
    assertTrue(read > 5 && read < 5.5, "read " + read);
  }

  private static Roof chunked(Contexts contexts) {
    return AttentionTime.ofChunks(
        attention(3_000_000, 16, 4, 64),
        PRECISION,
        shape(0),
        new Batch(99, 7, 3, 750, 0, contexts),
        1,
        4);
  }

  // Through a window of 2,000 the decode of contexts around 2,000 reads less than 2,000 in the
  // mean: E[min(x, 1)] = 2·Φ(-σ/2) of a log-normal, σ² = ln 2: 0.6773.
  @Test
  void decodeAttention_ofUnlikeContextsReadsLessThroughAWindow() {
    Attention window =
        new GroupedQueryAttention(
            3_000_000, 16, 4, 64, GroupedQueryAttention.Window.sliding(2000), Optional.empty());
    Batch batch = new Batch(99, 7, 3, 12, 2000, new Contexts(2000, 1, OptionalDouble.empty(), 0));
    Roof roof = AttentionTime.of(window, PRECISION, shape(0), batch, 1);
    double expected = (6e6 + 0.6773 * 3 * 2 * 4 * 64 * 2 * 2000) / 1.6e12;
    assertEquals(expected, roof.memorySeconds(), 0.005 * expected);
  }

  // 7e6 weights in FP8, 12 or 2400 tokens: 2·7e6·n/t over 100e12; 7e6/t over 1.6e12.
  @ParameterizedTest
  @CsvSource({
    "12, 1, 2, 8.4e-7, 2.1875e-6",
    "2400, 1, 4, 8.4e-5, 1.09375e-6",
    "2400, 2, 4, 8.4e-5, 2.1875e-6"
  })
  void denseFfn_isDividedOverItsRank(
      double tokens, int parts, int degree, double compute, double memory) {
    Precision precision = new Precision(Dtype.FP8, Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16);
    Roof roof = DenseTime.of(7_000_000, precision, shape(0), tokens, parts, degree);
    assertClose(compute, roof.computeSeconds());
    assertClose(memory, roof.memorySeconds());
  }

  // 12 tokens · 1000 · 2 bytes; t = 2: 24 kB, t = 3: 32 kB, t = 4: 36 kB. Over ports 3 µs + /200e9,
  // over NICs 10 µs + /40e9.
  @Test
  void allReduce_goesOverNicsWhereARankCrossesDomains() {
    Batch batch = new Batch(99, 7, 3, 12, 2000, Contexts.of(5000));
    assertEquals(0, TensorParallelTime.allReduceSeconds(shape(0, 1), batch, 1, 1000));
    assertClose(3.12e-6, TensorParallelTime.allReduceSeconds(shape(0, 1), batch, 2, 1000));
    assertClose(3.16e-6, TensorParallelTime.allReduceSeconds(shape(0, 1, 2), batch, 3, 1000));
    assertClose(10.6e-6, TensorParallelTime.allReduceSeconds(shape(0, 1, 2, 3), batch, 2, 1000));
    assertClose(10.9e-6, TensorParallelTime.allReduceSeconds(shape(0, 1, 2, 3), batch, 4, 1000));
  }

  // 5 tokens · 1000 · 2 bytes · residuals.
  @Test
  void hop_waitsForTheSlowestPair() {
    Batch batch = new Batch(99, 5, 3, 12, 2000, Contexts.of(5000));
    assertClose(3.05e-6, HopTime.seconds(shape(0), shape(1), batch, 1000, 1));
    assertClose(3.15e-6, HopTime.seconds(shape(0), shape(1), batch, 1000, 3));
    assertClose(10.75e-6, HopTime.seconds(shape(0, 1), shape(2, 3), batch, 1000, 3));
  }

  @Test
  void rates_areOfTheNarrowestUnitAtLeastAsWide() {
    assertClose(100e12, GpuRates.flopsPerSecond(GPU, Dtype.MXFP4));
    assertClose(100e12, GpuRates.flopsPerSecond(GPU, Dtype.INT8));
    assertClose(50e12, GpuRates.flopsPerSecond(GPU, Dtype.FP16));
    assertClose(25e12, GpuRates.flopsPerSecond(GPU, Dtype.FP32));
    assertClose(1.6e12, GpuRates.bytesPerSecond(GPU));
    GpuSpec narrow =
        new GpuSpec(
            "n",
            1e9,
            1e12,
            new PeakFlops(
                OptionalDouble.empty(), OptionalDouble.of(8e12), OptionalDouble.of(12e12)),
            0.25,
            1,
            OptionalDouble.empty());
    assertClose(3e12, GpuRates.flopsPerSecond(narrow, Dtype.NVFP4));
    assertClose(2e12, GpuRates.flopsPerSecond(narrow, Dtype.FP8));
    assertThrows(IllegalArgumentException.class, () -> GpuRates.flopsPerSecond(narrow, Dtype.BF16));
  }

  // Stages of 3, 5 and 4 s.
  @Test
  void pipeline_isBoundByItsSlowestStageOrByTooFewMicroBatches() {
    List<Double> stages = List.of(3.0, 5.0, 4.0);
    assertEquals(12, PipelineCost.tpotSeconds(stages, 2));
    assertEquals(20, PipelineCost.tpotSeconds(stages, 4));
    assertEquals(22, PipelineCost.ttftSeconds(stages, 3));
    // One prompt of 3 chunks: its last chunk leaves after 12 + 2·5; two prompts: 6 passes of 5 s.
    assertEquals(22, PipelineCost.prefillCycleSeconds(stages, 1, 3));
    assertEquals(30, PipelineCost.prefillCycleSeconds(stages, 2, 3));
    assertClose(1 - 6 * 12 / (3 * 30.0), PipelineCost.bubbleFraction(stages, 6, 30));
    assertClose(
        1 / 3.0, PipelineCost.bubbleFraction(stages, 2, PipelineCost.tpotSeconds(stages, 2)));
    assertClose(0.2, PipelineCost.bubbleFraction(stages, 4, PipelineCost.tpotSeconds(stages, 4)));
    assertEquals(1.25, PipelineCost.stageImbalance(stages));
  }

  @Test
  void layer_isASumOrTheLongerOfComputeAndNetwork() {
    Breakdown terms =
        Breakdown.of(Term.ATTENTION, 2)
            .with(Term.EXPERT_FETCH, 4)
            .with(Term.ALL_REDUCE, 5)
            .with(Term.DISPATCH, 6)
            .with(Term.COMBINE, 7)
            .with(Term.OVERHEAD, 0.5);
    StreamOverlap sideBySide = new StreamOverlap(true);
    assertEquals(24.5, new StreamOverlap(false).seconds(terms));
    assertEquals(13.5, sideBySide.seconds(terms));
    assertEquals(16.5, sideBySide.seconds(terms.with(Term.EXPERT_FETCH, 9)));
    assertEquals(11, sideBySide.hiddenSeconds(11, 13));
    // Beside 7 of other compute, 13 of network add 6; experts that take longer add themselves.
    assertEquals(6, sideBySide.addedSeconds(4, 13, 7));
    assertEquals(9, sideBySide.addedSeconds(9, 13, 7));
    assertEquals(17, new StreamOverlap(false).addedSeconds(4, 13, 7));
  }

  @Test
  void uplinks_areTheDomainsNicsAndTheLeafsShareOfThem() {
    // 3 · 50e9 · 0.8; half of it to the spine; GPU 1 alone still has the whole domain's.
    StageShape shape = shape(1, 3);
    assertClose(120e9, shape.domainUplinkBytesPerSecond(0));
    assertClose(40e9, shape.domainUplinkBytesPerSecond(1));
    assertClose(60e9, shape.leafUplinkBytesPerSecond(0));
    assertEquals(1, shape.domainSize(0));
    StageShape given = StageShape.of(topology(OptionalDouble.of(70e9)), List.of(1, 3));
    assertClose(56e9, given.domainUplinkBytesPerSecond(0));
    assertClose(28e9, given.leafUplinkBytesPerSecond(1));
  }

  private static Problem problem(
      Phase phase, double queryTokens, CopyRule copyRule, Layer... layers) {
    Model model = new Model("m", "test", 48, 500, false, List.of(layers));
    LayerRouting loads = LayerRouting.ofLoads(new double[] {1, 2, 3, 4, 5, 6}, 2);
    RoutingProfile profile =
        new RoutingProfile("p", 1, Collections.nCopies(model.moeLayers().size(), loads));
    Routing routing = model.moeLayers().isEmpty() ? Routing.none() : Routing.of(profile);
    Workload workload = new Workload(phase, 100, OptionalLong.empty(), queryTokens, 1, routing);
    return new Problem(
        "p",
        model,
        topology(OptionalDouble.empty()),
        workload,
        PRECISION,
        new Engine("e", DispatchRule.EVEN, copyRule, false),
        LayoutSpace.open(),
        new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0),
        Objective.THROUGHPUT);
  }

  private static Layer denseLayer() {
    return new Layer(attention(1000, 4, 2, 8), new DenseFfn(6000), 30, 1);
  }

  private static Layer moeLayer() {
    return new Layer(attention(1000, 4, 2, 8), new MoeFfn(6, 2, 500, 70, 11, 16, 1, 1), 40, 1);
  }

  @Test
  void batch_countsTheFullestRank() {
    // 10 sequences of 3 query tokens on 3 ranks of 2 GPUs: 4 sequences on the fullest.
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 6)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10);
    assertEquals(
        new Batch(30, 5, 4, 12, 100, Contexts.of(100)),
        Batch.of(problem(Phase.DECODE, 3, CopyRule.PER_GPU, denseLayer()), layout));
    assertEquals(
        new Batch(30, 5, 4, 12, 50, Contexts.of(100)),
        Batch.of(problem(Phase.PREFILL, 3, CopyRule.PER_GPU, denseLayer()), layout));
  }

  // EP 4, TP 2, M 3, 10 sequences (5 on a rank), 2 redundant experts: 2 slots. Attention (2000/2 +
  // 60) + (2000/2 + 80); dense 12000/2;
  // shared 81·2; experts 2·500; embedding and head 2·24000·2/2; KV 2 layers · 2·2·8·2·100/2 · 3·5;
  // activations 8·5·48·2 = 3840; receive
  // 2·10·2·16 = 640 (every token for each slot) or 2·2.5·2·16 = 160 (expected copies).
  @ParameterizedTest
  @CsvSource({"PER_EXPERT, 4480", "PER_GPU, 4000", "PER_DOMAIN, 4000"})
  void memory_isTheSumOfItsParts(CopyRule copyRule, double buffers) {
    Problem problem = problem(Phase.DECODE, 1, copyRule, denseLayer(), moeLayer());
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 4)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
            .with(Degree.MICRO_BATCHES, 3)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10)
            .with(Degree.REDUNDANT_EXPERTS, 2);
    MemoryUse use = MemoryUse.of(problem, layout, 0, 1);
    assertEquals(new MemoryUse(2140, 6000, 162, 1000, 48000, 96000, buffers), use);
    assertEquals(153_302 + buffers, use.bytes());
    assertEquals(24000, MemoryUse.of(problem, layout, 0, 0).embeddingBytes());
    assertEquals(
        new MemoryUse(1080, 0, 162, 1000, 24000, 48000, buffers),
        MemoryUse.of(problem, layout, 1, 1));
    // Nine slots on four GPUs: the first holds three, and a token for each.
    MemoryUse uneven =
        MemoryUse.of(
            problem,
            Layout.neutral()
                .with(Degree.EXPERT_PARALLEL, 4)
                .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
                .with(Degree.MICRO_BATCHES, 3)
                .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10)
                .with(Degree.REDUNDANT_EXPERTS, 3),
            0,
            1);
    assertEquals(1500, uneven.expertBytes());
    assertEquals(copyRule == CopyRule.PER_EXPERT ? 4800 : buffers, uneven.bufferBytes());
    // 2·2·8·2 bytes over 2 shards, both layers.
    assertEquals(64, MemoryUse.growingKvBytesPerToken(problem, layout, 0, 1));
  }

  @Test
  void pipelineStages_cancelInKvPerGpu() {
    // Lecture: P stages hold 1/P of the layers each and need P micro-batches in flight.
    Problem problem =
        problem(Phase.DECODE, 1, CopyRule.PER_GPU, moeLayer(), moeLayer(), moeLayer(), moeLayer());
    double whole =
        MemoryUse.of(
                problem,
                Layout.neutral()
                    .with(Degree.EXPERT_PARALLEL, 4)
                    .with(Degree.SEQUENCES_PER_MICRO_BATCH, 8)
                    .with(Degree.REDUNDANT_EXPERTS, 2),
                0,
                3)
            .kvBytes();
    // 4 layers · 6400 bytes · 2 sequences on a rank.
    assertEquals(51_200, whole);
    for (int stages : new int[] {2, 4}) {
      MemoryUse use =
          MemoryUse.of(
              problem,
              Layout.neutral()
                  .with(Degree.PIPELINE_STAGES, stages)
                  .with(Degree.EXPERT_PARALLEL, 4)
                  .with(Degree.MICRO_BATCHES, stages)
                  .with(Degree.SEQUENCES_PER_MICRO_BATCH, 8)
                  .with(Degree.REDUNDANT_EXPERTS, 2),
              0,
              4 / stages - 1);
      assertEquals(whole, use.kvBytes());
      assertEquals(4000.0 / stages, use.expertBytes());
    }
  }

  // 24,000 weights, TP 2, fullest rank 5 sequences of 3 tokens: decode 2·24000·15/2 FLOPs, prefill
  // one token a sequence; 24,000 bytes.
  @Test
  void head_seesEveryTokenInDecodeAndOneASequenceInPrefill() {
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 4)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10)
            .with(Degree.REDUNDANT_EXPERTS, 2);
    Roof decode =
        new StageModel(
                problem(Phase.DECODE, 3, CopyRule.PER_GPU, moeLayer()), layout, shape(0, 1, 2, 3))
            .head();
    Roof prefill =
        new StageModel(
                problem(Phase.PREFILL, 3, CopyRule.PER_GPU, moeLayer()), layout, shape(0, 1, 2, 3))
            .head();
    assertClose(7.2e-9, decode.computeSeconds());
    assertClose(2.4e-9, prefill.computeSeconds());
    assertClose(1.5e-8, decode.memorySeconds());
    assertClose(1.5e-8, prefill.memorySeconds());
  }

  // TP 2 over NICs, fullest rank 15 tokens: one all-reduce is 10 µs + 15·48·2 bytes / 40e9.
  @Test
  void layers_haveAnAllReduceAfterMixerAndDenseFfn() {
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 4)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10)
            .with(Degree.REDUNDANT_EXPERTS, 2);
    Problem problem = problem(Phase.DECODE, 3, CopyRule.PER_GPU, denseLayer(), moeLayer());
    StageModel stage = new StageModel(problem, layout, shape(0, 1, 2, 3));
    LayerCost dense = stage.denseLayer(0);
    assertClose(2 * 10.036e-6, dense.terms().of(Term.ALL_REDUCE));
    // 6000 weights: 2·6000·15/2 over 50e12 (1.8e-9) against 6000 bytes over 1.6e12.
    assertClose(3.75e-9, dense.terms().of(Term.DENSE));
    double mixer = dense.terms().of(Term.ATTENTION);
    assertClose(mixer + 3.75e-9 + 20.072e-6, dense.seconds());
    LayerCost moe =
        stage.moeLayer(
            1,
            stage.expertLayer(1),
            Breakdown.of(Term.EXPERT_FETCH, 3e-6)
                .with(Term.DISPATCH, 5e-6)
                .with(Term.COMBINE, 7e-6));
    assertClose(10.036e-6, moe.terms().of(Term.ALL_REDUCE));
    // 3 µs, and 7 passes over 48 + 2·16 elements of 2 bytes for each of 7.5 tokens.
    double overhead = 3e-6 + 7 * 80 * 2 * 7.5 / 1.6e12;
    assertClose(overhead, moe.terms().of(Term.OVERHEAD));
    assertClose(
        moe.terms().of(Term.ATTENTION) + 3e-6 + 10.036e-6 + 12e-6 + overhead, moe.seconds());
    assertEquals(0, dense.terms().of(Term.OVERHEAD));
  }

  // 500 weights an expert: FP8 over 100e12 and 1.6e12; shared and router 81 in BF16; N 30 tokens,
  // 7.5 on a GPU; 1.4 pairs a token.
  @Test
  void expertRoof_countsRoutedInTheirDtypeAndSharedInTheOthers() {
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 4)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10)
            .with(Degree.REDUNDANT_EXPERTS, 2);
    StageModel stage =
        new StageModel(
            problem(Phase.DECODE, 3, CopyRule.PER_GPU, moeLayer()), layout, shape(0, 1, 2, 3));
    ExpertLayerModel model = stage.expertLayer(0);
    Roof roof = model.gpuRoof(2, 1.4, 1.75);
    // (2·500·1.4·30)/100e12 + (2·81·7.5)/50e12; (500·1.75 + 2·81)/1.6e12.
    assertClose(4.2e-10 + 2.43e-11, roof.computeSeconds());
    assertClose(1037 / 1.6e12, roof.memorySeconds());
    // 16 elements, FP8 out and BF16 back, NIC latency each way.
    assertClose(10e-6 + 16 * 0.5, model.dispatchSeconds(0.5));
    assertClose(10e-6 + 32 * 0.5, model.combineSeconds(0.5));
    Breakdown fetches = model.terms(new Roof(2, 3), 0.5);
    assertEquals(3, fetches.of(Term.EXPERT_FETCH));
    assertEquals(0, fetches.of(Term.EXPERT_COMPUTE));
    assertClose(10e-6 + 32 * 0.5, fetches.of(Term.COMBINE));
    assertEquals(4, model.terms(new Roof(4, 3), 0).of(Term.EXPERT_COMPUTE));
  }
}
