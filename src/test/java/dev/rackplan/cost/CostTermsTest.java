package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rackplan.TreeUplinks;
import dev.rackplan.cost.link.CollectiveTime;
import dev.rackplan.cost.link.HopTime;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.memory.WorkingMemory;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.GpuRates;
import dev.rackplan.cost.operation.LayerCost;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.pipeline.PipelineCost;
import dev.rackplan.law.Answer;
import dev.rackplan.law.CollectiveLaw;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Provenance;
import dev.rackplan.law.Setting;
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
  // Sustained: BF16 50e12, FP8 100e12 FLOP/s, 1.6e12 bytes/s. A kernel starts in 2 µs.
  static final GpuSpec GPU =
      new GpuSpec(
          "g",
          100e9,
          2e12,
          new PeakFlops(
              OptionalDouble.of(100e12), OptionalDouble.of(200e12), OptionalDouble.empty()),
          0.5,
          0.8,
          OptionalDouble.empty(),
          2e-6);
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

  // 12 tokens · 1000 · 2 bytes; t = 2: 24 kB, t = 3: 32 kB over ports, 3 µs + /200e9. Ranks over
  // both domains: 24 kB each way round, since one of the domains has a single GPU of the rank, over
  // that one's leaf, whose uplinks carry half of its NIC, 10 µs + /20e9; three GPUs in the other
  // domain sum up among themselves first.
  @Test
  void allReduce_isWithinDomainsAndThenBetweenThem() {
    assertEquals(0, allReduceSeconds(1, 0, 1));
    assertClose(3.12e-6, allReduceSeconds(2, 0, 1));
    assertClose(3.16e-6, allReduceSeconds(3, 0, 1, 2));
    assertClose(11.2e-6, allReduceSeconds(2, 0, 1, 2, 3));
    assertClose(3.16e-6 + 11.2e-6, allReduceSeconds(4, 0, 1, 2, 3));
  }

  // Two domains of two GPUs, one rank: 24 kB within each, then each NIC has half of the vector,
  // 12 kB; both domains' leaves have uplinks for one of their two NICs.
  @Test
  void allReduce_dividesWhatCrossesOverTheDomainsNics() {
    Topology pairs =
        new TopologyBuilder("t")
            .rack("a")
            .domain("d", SCALE_UP)
            .node("n", GPU, 2)
            .rack("b")
            .domain("d", SCALE_UP)
            .node("n", GPU, 2)
            .build(new ScaleOut(NIC, OptionalDouble.empty(), 1, 2));
    StageShape shape = StageShape.of(pairs, List.of(0, 1, 2, 3));
    assertClose(3.12e-6 + 10.6e-6, allReduce(shape, Optional.empty(), 4));
    // A law takes the ring's place within domains: 1 µs + 2 · 0.5 µs + 12,000 bytes / 12e9.
    Answer law =
        new Answer(
            List.of(new CollectiveLaw(1e-6, 5e-7, 0, 12e9, 1)),
            List.of(new Setting(1, 1, 1, 2, 2)),
            List.of(),
            Optional.empty(),
            Provenance.OWN);
    assertClose(3e-6 + 10.6e-6, allReduce(shape, Optional.of(law), 4));
  }

  private static double allReduceSeconds(int degree, Integer... gpus) {
    return allReduce(shape(gpus), Optional.empty(), degree);
  }

  // 12 tokens of 1,000 elements in BF16.
  private static double allReduce(StageShape shape, Optional<Answer> law, int degree) {
    return new CollectiveTime(shape, (kind, domains) -> law)
        .seconds(OpKind.ALL_REDUCE, 12_000, 2, degree, 1);
  }

  // 5 tokens · 1000 · 2 bytes · residuals; between domains half of GPU 3's NIC.
  @Test
  void hop_waitsForTheSlowestPair() {
    Batch batch = new Batch(99, 5, 3, 12, 2000, Contexts.of(5000));
    assertClose(3.05e-6, HopTime.seconds(shape(0), shape(1), batch, 1000, 1));
    assertClose(3.15e-6, HopTime.seconds(shape(0), shape(1), batch, 1000, 3));
    assertClose(11.5e-6, HopTime.seconds(shape(0, 1), shape(2, 3), batch, 1000, 3));
  }

  @Test
  void rates_areOfTheNarrowestUnitAtLeastAsWide() {
    // Without a unit for four bits they are widened to BF16.
    assertClose(50e12, GpuRates.flopsPerSecond(GPU, Dtype.MXFP4));
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
            .with(Term.HEAD, 0.5);
    StreamOverlap sideBySide = new StreamOverlap(true, 0, false);
    assertEquals(24.5, StreamOverlap.NOTHING.seconds(terms));
    assertEquals(13.5, sideBySide.seconds(terms));
    assertEquals(16.5, sideBySide.seconds(terms.with(Term.EXPERT_FETCH, 9)));
    assertEquals(11, sideBySide.hiddenSeconds(11, 13));
    // Beside 7 of other compute, 13 of network add 6; experts that take longer add themselves.
    assertEquals(6, sideBySide.addedSeconds(4, 13, 7, 0));
    assertEquals(9, sideBySide.addedSeconds(9, 13, 7, 0));
    assertEquals(17, StreamOverlap.NOTHING.addedSeconds(4, 13, 7, 0));
  }

  // A quarter of the shorter side stays visible: 13 + 11/4 + 0.5; hidden 3/4 · 11; 15.75 - 7.
  @Test
  void layer_showsAShareOfTheShorterSide() {
    Breakdown terms = Breakdown.of(Term.ATTENTION, 11).with(Term.COMBINE, 13).with(Term.HOP, 0.5);
    StreamOverlap partly = new StreamOverlap(true, 0.25, false);
    assertEquals(16.25, partly.seconds(terms));
    assertEquals(8.25, partly.hiddenSeconds(11, 13));
    assertEquals(8.25, partly.hiddenSeconds(13, 11));
    assertEquals(8.75, partly.addedSeconds(4, 13, 7, 0));
  }

  // Routed experts and their transfers take 7: they hide 5 of shared experts, or hide behind 9.
  @Test
  void sharedExperts_ofAStreamOfTheirOwnHideTheShorterOfTheTwo() {
    Breakdown terms =
        Breakdown.of(Term.ATTENTION, 2)
            .with(Term.SHARED, 5)
            .with(Term.EXPERT_FETCH, 4)
            .with(Term.DISPATCH, 1)
            .with(Term.COMBINE, 2);
    StreamOverlap apart = new StreamOverlap(false, 0, true);
    assertEquals(14, StreamOverlap.NOTHING.seconds(terms));
    assertEquals(9, apart.seconds(terms));
    assertEquals(11, apart.seconds(terms.with(Term.SHARED, 9)));
    assertEquals(2, apart.addedSeconds(4, 3, 7, 5));
  }

  @Test
  void uplinks_areTheDomainsNicsAndTheLeafsShareOfThem() {
    // 3 · 50e9 · 0.8; half of it to the spine; GPU 1 alone still has the whole domain's.
    StageShape shape = shape(1, 3);
    assertClose(120e9, TreeUplinks.ofDomain(shape, 0));
    assertClose(40e9, TreeUplinks.ofDomain(shape, 1));
    assertClose(60e9, TreeUplinks.ofLeaf(shape, 0));
    assertEquals(1, shape.domainSize(0));
    StageShape given = StageShape.of(topology(OptionalDouble.of(70e9)), List.of(1, 3));
    assertClose(56e9, TreeUplinks.ofDomain(given, 0));
    // NICs over oversubscription, whatever lies between.
    assertClose(20e9, TreeUplinks.ofLeaf(given, 1));
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
  @CsvSource({"PER_EXPERT, 640", "PER_GPU, 160", "PER_DOMAIN, 160"})
  void memory_isTheSumOfItsParts(CopyRule copyRule, double received) {
    Problem problem = problem(Phase.DECODE, 1, copyRule, denseLayer(), moeLayer());
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 4)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
            .with(Degree.MICRO_BATCHES, 3)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10)
            .with(Degree.REDUNDANT_EXPERTS, 2);
    MemoryUse use = MemoryUse.of(problem, layout, 0, 1);
    double buffers = 3840 + received;
    WorkingMemory working = new WorkingMemory(3840, received, 0, 0, buffers);
    assertEquals(
        new MemoryUse(2140, 6000, 162, 1000, 48000, 0, 96000, working, Optional.empty()), use);
    assertEquals(153_302 + buffers, use.bytes());
    assertEquals(24000, MemoryUse.of(problem, layout, 0, 0).embeddingBytes());
    assertEquals(
        new MemoryUse(1080, 0, 162, 1000, 24000, 0, 48000, working, Optional.empty()),
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

  // As above with FP8 weights, EP 4, TP 2: 1000/2 + 60 and 1000/2 + 80, 6000/2, 70 + 11·2; norms,
  // gate, embedding and head stay in BF16.
  @Test
  void memory_keepsWhatCheckpointsDontQuantiseInBf16() {
    Problem problem =
        problem(Phase.DECODE, 1, CopyRule.PER_GPU, denseLayer(), moeLayer())
            .withPrecision(new Precision(Dtype.FP8, Dtype.FP8, Dtype.BF16, Dtype.FP8, Dtype.BF16));
    MemoryUse use =
        MemoryUse.of(
            problem,
            Layout.neutral()
                .with(Degree.EXPERT_PARALLEL, 4)
                .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
                .with(Degree.MICRO_BATCHES, 3)
                .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10)
                .with(Degree.REDUNDANT_EXPERTS, 2),
            0,
            1);
    WorkingMemory working = new WorkingMemory(3840, 160, 0, 0, 4000);
    assertEquals(
        new MemoryUse(1140, 3000, 92, 1000, 48000, 0, 96000, working, Optional.empty()), use);
  }

  // One rank spans the stage's 4 GPUs: shared experts are divided, 70/4·2; the gate is not, 11·2.
  @Test
  void memory_dividesSharedExpertsWhereEveryGpuHasEveryToken() {
    Problem problem = problem(Phase.DECODE, 1, CopyRule.PER_GPU, moeLayer());
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 4)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 4)
            .with(Degree.REDUNDANT_EXPERTS, 2);
    assertEquals(57, MemoryUse.of(problem, layout, 0, 0).sharedBytes());
  }

  // Vocabulary 500 over TP 2, hidden size 48, fullest rank 5 sequences of 3 tokens: a product of 15
  // tokens in decode, 5 in prefill. 2·12,000 + 2·n·(48 + 250) bytes bind, and it starts in 2 µs.
  @Test
  void head_seesEveryTokenInDecodeAndOneASequenceInPrefill() {
    // Logits of 2 bytes are gathered from the other GPU after 10 µs, two groups at 20 GB/s each on
    // the uplink of 40, copied (6 bytes) and searched for the largest (4), each from 2 µs on: 7,500
    // of them in decode, 2,500 in prefill.
    assertClose(
        3 * 2e-6 + (32_940 + 10 * 7500) / 1.6e12 + 10e-6 + 7500 / 20e9,
        head(Phase.DECODE).headSeconds());
    assertClose(
        3 * 2e-6 + (26_980 + 10 * 2500) / 1.6e12 + 10e-6 + 2500 / 20e9,
        head(Phase.PREFILL).headSeconds());
  }

  private static StageModel head(Phase phase) {
    return new StageModel(
        problem(phase, 3, CopyRule.PER_GPU, moeLayer()), twoRanks(), shape(0, 1, 2, 3));
  }

  private static Layout twoRanks() {
    return Layout.neutral()
        .with(Degree.EXPERT_PARALLEL, 4)
        .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
        .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10)
        .with(Degree.REDUNDANT_EXPERTS, 2);
  }

  // TP 2 over NICs, fullest rank 15 tokens: one all-reduce is 10 µs + 15·48·2 bytes / 40e9. On one
  // GPU: products 48 → 2·8 + 2·8 and 2·8 → 48, the core of 5 sequences with 2·3 heads that see 100
  // keys of one KV head; memory binds everywhere.
  @Test
  void layers_haveAnAllReduceAfterMixerAndDenseFfn() {
    Problem problem = problem(Phase.DECODE, 3, CopyRule.PER_GPU, denseLayer(), moeLayer());
    StageModel stage = new StageModel(problem, twoRanks(), shape(0, 1, 2, 3));
    Breakdown dense = stage.denseLayer(0).terms();
    double mixer =
        (2 * 48 * 32 + 2 * 15 * (48 + 32))
            + (2 * 16 * 48 + 2 * 15 * (16 + 48))
            + 2 * 5 * 8 * 100 * 2;
    assertClose(3 * 2e-6 + mixer / 1.6e12, dense.of(Term.ATTENTION));
    // 3000 weights: an inner layer of 3000/3/48.
    double inner = 3000.0 / 3 / 48;
    double ffn = 2 * 2000 + 30 * (48 + 2 * inner) + 2 * 1000 + 30 * (48 + inner);
    assertClose(2 * 2e-6 + ffn / 1.6e12, dense.of(Term.DENSE));
    // Two norms of 4 passes, positions of 16 + 8 elements twice, the activation function's 3
    // passes.
    double streamed = 2 * 4 * 2 * 15 * 48 + 3 * 2 * 15 * inner + 2 * 2 * 15 * 24;
    assertClose(4 * 2e-6 + streamed / 1.6e12, dense.of(Term.ELEMENTWISE));
    assertClose(2 * 10.072e-6, dense.of(Term.ALL_REDUCE));
    assertClose(
        9 * 2e-6 + (mixer + ffn + streamed) / 1.6e12 + 20.144e-6, stage.denseLayer(0).seconds());
  }

  // The same mixer; the router and shared experts of 70 weights for 7.5 tokens of the GPU's own.
  @Test
  void moeLayers_haveARouterAndSharedExperts() {
    Problem problem = problem(Phase.DECODE, 3, CopyRule.PER_GPU, denseLayer(), moeLayer());
    StageModel stage = new StageModel(problem, twoRanks(), shape(0, 1, 2, 3));
    LayerCost moe =
        stage.moeLayer(
            1,
            stage.expertLayer(1),
            Breakdown.of(Term.EXPERT_FETCH, 3e-6)
                .with(Term.DISPATCH, 5e-6)
                .with(Term.COMBINE, 7e-6));
    Breakdown terms = moe.terms();
    assertClose(10.072e-6, terms.of(Term.ALL_REDUCE));
    assertClose(2e-6 + (2 * 6 * 48 + 15 * (6 + 48)) / 1.6e12, terms.of(Term.ROUTER));
    double inner = 70.0 / 3 / 48;
    double shared = 2 * 70 + 15 * (48 + 2 * inner) + 15 * (48 + inner);
    assertClose(2 * 2e-6 + shared / 1.6e12, terms.of(Term.SHARED));
    double streamed = 2 * 4 * 2 * 15 * 48 + 3 * 2 * 7.5 * inner + 2 * 2 * 15 * 24;
    assertClose(4 * 2e-6 + streamed / 1.6e12, terms.of(Term.ELEMENTWISE));
    assertEquals(0, terms.of(Term.DENSE));
    assertClose(
        terms.of(Term.ATTENTION)
            + terms.of(Term.ROUTER)
            + terms.of(Term.SHARED)
            + terms.of(Term.ELEMENTWISE)
            + 10.072e-6
            + 15e-6,
        moe.seconds());
  }

  // 500 weights an expert in FP8: over 100e12 and 1.6e12; N 30 tokens, 1.4 pairs a token, 1.75
  // active experts; the kernel starts in 2 µs.
  @Test
  void experts_areTheLongerOfComputeAndFetchAndAStart() {
    StageModel stage =
        new StageModel(
            problem(Phase.DECODE, 3, CopyRule.PER_GPU, moeLayer()), twoRanks(), shape(0, 1, 2, 3));
    ExpertLayerModel model = stage.expertLayer(0);
    ExpertTime time = model.gpuTime(2, 1.4, 1.75);
    assertClose(2 * 500 * 1.4 * 30 / 100e12, time.computeSeconds());
    assertClose(500 * 1.75 / 1.6e12, time.fetchSeconds());
    assertClose(2e-6, time.restSeconds());
    assertClose(2e-6 + 500 * 1.75 / 1.6e12, time.seconds());
    // 16 elements, FP8 out and BF16 back, NIC latency each way.
    assertClose(10e-6 + 16 * 0.5, model.exchange().dispatchSeconds(0.5));
    assertClose(10e-6 + 32 * 0.5, model.exchange().combineSeconds(0.5));
    Breakdown fetches = model.terms(new ExpertTime(2, 3, 0.5, Double.POSITIVE_INFINITY), 0.5);
    assertEquals(3.5, fetches.of(Term.EXPERT_FETCH));
    assertEquals(0, fetches.of(Term.EXPERT_COMPUTE));
    assertClose(10e-6 + 32 * 0.5, fetches.of(Term.COMBINE));
    assertEquals(7, model.terms(new ExpertTime(4, 3, 0, 1), 0).of(Term.EXPERT_COMPUTE));
  }
}
