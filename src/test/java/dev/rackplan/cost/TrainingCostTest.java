package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.link.RankGroup;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.memory.TrainingMemory;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.HostTime;
import dev.rackplan.cost.operation.LayerCost;
import dev.rackplan.cost.operation.LayerTraining;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.PassCounts;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.operation.WrittenScores;
import dev.rackplan.cost.pipeline.StageFloors;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.RecomputedModule;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Training's terms against figures worked by hand, for the model of {@link TrainingCase}. */
class TrainingCostTest {
  private static final PipelineSchedule PLAIN = PipelineSchedule.ONE_FORWARD_ONE_BACKWARD;

  private static void assertClose(double expected, double actual) {
    assertEquals(expected, actual, 1e-9 * Math.abs(expected));
  }

  private static Problem problem(Training training) {
    return TrainingCase.problem(training, 8, 1);
  }

  // h 48, a 4, s 100, bytes a token and layer: 34h = 1632 and 5as = 2000; full 2h; norms and
  // activation functions again: 4h + 2·4h + 2·(2/3)·8h = 1088. Fused attention comes without
  // dropout,
  // whose masks take 2h. 1 or 3 sequences of 100 tokens on a
  // rank; TP 2 halves it all, or without sequence parallelism all but 10h: 480 + 24·48/2 = 1056.
  @ParameterizedTest
  @CsvSource({
    "NONE, false, true, 1, 1, 363200",
    "NONE, true, true, 1, 1, 153600",
    "SELECTIVE, false, true, 3, 1, 489600",
    "SELECTIVE, false, true, 1, 2, 81600",
    "SELECTIVE, false, false, 1, 2, 105600",
    "POINTWISE, true, true, 1, 1, 108800",
    "POINTWISE, true, false, 3, 2, 192000",
    "FULL, true, true, 3, 1, 28800",
    "FULL, true, true, 1, 2, 4800"
  })
  void activations_areKorthikantis(
      Recompute recompute,
      boolean fused,
      boolean sequenceParallel,
      int sequences,
      int degree,
      double perLayer) {
    Training training =
        new Training(
            PLAIN,
            1,
            recompute,
            fused,
            sequenceParallel,
            false,
            12,
            Sharding.OPTIMIZER,
            Dtype.FP32,
            Dtype.BF16,
            false,
            TrainingRuntime.USUAL);
    Layout layout =
        Layout.neutral()
            .with(Degree.ATTENTION_TENSOR_PARALLEL, degree)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences);
    TrainingMemory memory = new TrainingMemory(problem(training), layout);
    assertClose(perLayer, memory.activationBytes(0, 3, 3));
    assertClose(5 * perLayer, memory.activationBytes(0, 2, 6));
    assertEquals(
        0,
        new TrainingMemory(problem(TrainingCase.reversible(training)), layout)
            .activationBytes(0, 0, 7));
  }

  // Two racks of one domain of three: rings of three positions leave each leaf, whose three NICs of
  // 40e9 have a fourth of that to the spine, so that sums take four times as long. Within one leaf
  // nothing changes.
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 4, 4", "2, 4, 1"})
  void gradients_shareTheLeaf(int racksPerLeaf, double oversubscription, double times) {
    Training training =
        TrainingCase.training(
            PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, Recompute.SELECTIVE, true);
    double wide = gradientSeconds(training, 2, 1);
    assertEquals(
        times, gradientSeconds(training, racksPerLeaf, oversubscription) / wide, 1e-9 * times);
  }

  private static double gradientSeconds(
      Training training, int racksPerLeaf, double oversubscription) {
    Topology topology =
        new TopologyBuilder("t")
            .equalRacks(2, 1, 1, 3, CostTermsTest.GPU, new LinkSpec(400e9, 0, 1))
            .build(
                new ScaleOut(
                    new LinkSpec(40e9, 0, 1),
                    OptionalDouble.empty(),
                    racksPerLeaf,
                    oversubscription));
    Problem problem = problem(training).withTopology(topology);
    Plan plan = TrainingCase.plan(problem, Layout.neutral().with(Degree.REPLICAS, 6));
    return new GradientTime(problem, plan, 0).gradientSeconds();
  }

  // P 4. Interleaved in 3: (2·(3-s) + 2·4 + 1)/3. At most M.
  @ParameterizedTest
  @CsvSource({
    "ONE_FORWARD_ONE_BACKWARD, 1, 0, 16, 4",
    "ONE_FORWARD_ONE_BACKWARD, 1, 3, 16, 1",
    "ONE_FORWARD_ONE_BACKWARD, 1, 0, 2, 2",
    "INTERLEAVED, 3, 0, 16, 5",
    "INTERLEAVED, 3, 3, 16, 3",
    "INTERLEAVED, 1, 1, 16, 3",
    "ZERO_BUBBLE, 1, 2, 16, 4",
    "DUAL_PIPE, 1, 2, 16, 5"
  })
  void microBatchesHeld_dependOnScheduleAndStage(
      PipelineSchedule schedule, int virtualStages, int stage, int batches, double held) {
    Training training = TrainingCase.training(schedule, virtualStages, Recompute.SELECTIVE, true);
    TrainingMemory memory =
        new TrainingMemory(
            problem(training),
            Layout.neutral().with(Degree.PIPELINE_STAGES, 4).with(Degree.MICRO_BATCHES, batches));
    assertClose(held, memory.microBatchesHeld(stage));
  }

  // P 4, slowest stage 3, all 8, alone 12, tails 6. DualPipe: ((M-4)·8 + 4·12 + (4/2-1)·6)/4, of 2
  // micro-batches (2·12 + 6)/4. 1F1B: 8·3, since
  // 8/(1 - (7/8)^4) = 19.3 is less; of 2 micro-batches 8/(1 - (1/2)^4).
  @ParameterizedTest
  @CsvSource({
    "ONE_FORWARD_ONE_BACKWARD, 8, 24",
    "ONE_FORWARD_ONE_BACKWARD, 2, 8.533333333333333",
    "ZERO_BUBBLE, 8, 24",
    "DUAL_PIPE, 8, 21.5",
    "DUAL_PIPE, 2, 7.5"
  })
  void leastStep_hasTheBubbleOfItsSchedule(PipelineSchedule schedule, int batches, double seconds) {
    Training training = TrainingCase.training(schedule, 1, Recompute.SELECTIVE, true);
    Layout layout =
        Layout.neutral().with(Degree.PIPELINE_STAGES, 4).with(Degree.MICRO_BATCHES, batches);
    assertClose(
        seconds,
        new TrainingCost(problem(training), layout)
            .leastStepSeconds(layout, new StageFloors(3, 8, 12, 6)));
  }

  // 2 layers of 27,648 weights and 24,000 of embedding (first stage), TP 2: 39,648 on a GPU, 2
  // replicas. BF16 weights 79,296; FP32 gradients 158,592; optimizer 12·39,648/2. DualPipe: both
  // twice, the optimizer's share once.
  @ParameterizedTest
  @CsvSource({
    "ONE_FORWARD_ONE_BACKWARD, 79296, 158592, 237888",
    "DUAL_PIPE, 158592, 317184, 237888"
  })
  void memory_holdsWeightsGradientsAndItsShareOfTheOptimizer(
      PipelineSchedule schedule, double weights, double gradients, double optimizer) {
    Training training = TrainingCase.training(schedule, 1, Recompute.SELECTIVE, true);
    Layout layout =
        Layout.neutral()
            .with(Degree.REPLICAS, 2)
            .with(Degree.PIPELINE_STAGES, 4)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
            .with(Degree.MICRO_BATCHES, 8)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 4);
    MemoryUse use = MemoryUse.of(problem(training), layout, 0, 0, 1, layer -> 0);
    assertClose(weights, use.weightBytes());
    MemoryUse.Trained trained = use.training().orElseThrow();
    assertClose(gradients, trained.gradientBytes());
    assertClose(optimizer, trained.optimizerBytes());
    assertEquals(0, use.kvBytes());
    assertClose(
        weights + gradients + optimizer + trained.activationBytes() + use.bufferBytes(),
        use.bytes());
  }

  @ParameterizedTest
  @CsvSource({
    "NONE, BACKWARD, 3, 2, 1.5",
    "SELECTIVE, NONE, 3, 2, 2",
    "FULL, BACKWARD, 4, 3, 2.5",
    "FULL, NONE, 4, 3, 3",
    "NONE, ALL, 3, 2, 0.6",
    "FULL, ALL, 4, 3, 1"
  })
  void passes_areForwardBackwardAndAgain(
      Recompute recompute, TensorOverlap overlap, double products, double network, double tensor) {
    Training training =
        TrainingCase.training(
            PLAIN,
            1,
            recompute,
            true,
            TrainingCase.runtime(overlap, ElementwiseKernels.FUSED, Set.of()));
    PassCounts counts = PassCounts.of(training, recompute == Recompute.FULL ? 1 : 0);
    assertEquals(products, counts.products());
    assertEquals(network, counts.network());
    assertClose(tensor, counts.tensor());
  }

  // A product without a law: the longer of 2mnk over 50e12 and of weights and activations
  // in BF16 over 1.6e12.
  private static double product(double m, double n, double k) {
    return Math.max(2 * m * n * k / 50e12, 2 * (n * k + m * (n + k)) / 1.6e12);
  }

  private static double stream(double bytes) {
    return bytes / 1.6e12;
  }

  // 2 sequences, TP 2 on one domain, fused, selective. FFN as gate and up 48 to 2·64 and down 64 to
  // 48: forward, gradients of inputs, gradients of weights, each added up in FP32. 2 all-reduces,
  // 1.5 times: a gather and a scatter of 3 µs + 200·48·2/2/200e9, half as long again in training.
  // Norms 22·48/2 and activation function 2·18432/48/2 bytes, 2.5 times, queries' and keys' rotary
  // positions as often. The host launches 39 kernels forward, twice as many backward, 20 µs each.
  @Test
  void layer_isForwardAndBackward() {
    Problem problem = problem(TrainingCase.training(PLAIN, 1, Recompute.SELECTIVE, true));
    Layout layout =
        Layout.neutral()
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
            .with(Degree.MICRO_BATCHES, 32)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 2);
    LayerCost cost =
        new StageModel(problem, layout, StageShape.of(problem.topology(), List.of(0, 1)))
            .denseLayer(0);
    double forward = product(200, 128, 48) + product(200, 48, 64);
    double inputs = product(200, 48, 128) + product(200, 64, 48);
    double weights =
        product(128, 48, 200) + product(48, 64, 200) + stream(8 * 128 * 48) + stream(8 * 48 * 64);
    assertClose(forward + inputs + weights, cost.terms().of(Term.DENSE));
    double ring = 3e-6 + 19_200 / 2 / 200e9;
    assertClose(1.5 * 2 * 1.5 * 2 * ring, cost.terms().of(Term.ALL_REDUCE));
    double elementwise = stream((528 + 384) * 200) + stream(4 * 200 * 48);
    assertClose(2.5 * elementwise, cost.terms().of(Term.ELEMENTWISE));
    LayerTraining passes = cost.training().orElseThrow();
    assertClose(cost.seconds(), passes.forwardSeconds() + passes.backwardSeconds());
    // The host binds: a little more than its 780 and 1560 µs.
    assertTrue(passes.forwardSeconds() > 780e-6 && passes.forwardSeconds() < 781e-6);
    assertTrue(passes.backwardSeconds() > 1560e-6 && passes.backwardSeconds() < 1561e-6);
    double launches = cost.terms().of(Term.LAUNCH);
    assertClose(cost.seconds() - launches, cost.terms().sum(term -> term != Term.LAUNCH));
    assertTrue(passes.weightGradientSeconds() > weights);
  }

  // The longer of compute and network, 1.5 ms, and 20/132 of the shorter, against a host that
  // launches 35 kernels forward and
  // 70 backward, 20 µs each: 2.1 ms.
  @ParameterizedTest
  @CsvSource({"0.0015, 0", "0.0015, 0.001", "0.0007, 0.0015"})
  void dualPipe_waitsForTheHostOfBothPasses(double compute, double network) {
    Problem problem =
        problem(TrainingCase.training(PipelineSchedule.DUAL_PIPE, 1, Recompute.SELECTIVE, true));
    Layout layout = Layout.neutral().with(Degree.PIPELINE_STAGES, 2).with(Degree.MICRO_BATCHES, 64);
    StagePrices prices = new StagePrices(problem, StageShape.of(problem.topology(), List.of(0)));
    Breakdown device = Breakdown.NONE.with(Term.ATTENTION, compute).with(Term.DISPATCH, network);
    Breakdown settled =
        new TrainingCost(problem, layout)
            .settled(
                problem.model().layers().get(0),
                device,
                prices,
                Batch.of(problem, layout),
                StreamOverlap.of(problem, layout));
    double together = 1e3 * (Math.max(compute, network) + 20.0 / 132 * Math.min(compute, network));
    double both = Math.pow(Math.pow(together, 4) + Math.pow(2.1, 4), 0.25) * 1e-3;
    assertClose(both, StreamOverlap.of(problem, layout).seconds(settled));
  }

  // 100 tokens, 4 heads, 100 tokens of context: 40,000 scores, 9 bytes forward, 13 backward.
  @Test
  void writtenScores_areReadAndWritten() {
    Problem problem = problem(TrainingCase.training(PLAIN, 1, Recompute.SELECTIVE, false));
    OpPrices prices = new StagePrices(problem, StageShape.of(problem.topology(), List.of(0))).of(0);
    WrittenScores scores = new WrittenScores(prices, 1, 40_000, 1.92e6);
    assertClose(stream(9 * 40_000), scores.forward().get(1).seconds());
    assertClose(stream(13 * 40_000), scores.backward().get(1).seconds());
    // Two products: 3.84e-8 s of FLOPs and 1e-7 s of bytes, p 1.3.
    double both = Math.pow(Math.pow(3.84e-8, 1.3) + Math.pow(1e-7, 1.3), 1 / 1.3);
    assertClose(both, scores.forward().get(0).seconds());
  }

  // 24,000 weights of the head on 100 tokens: three products, logits of 20 bytes, gradients added
  // up.
  // The hop takes 3 µs + 100·48·2/200e9 and no stage's time, since chunks send beside each other;
  // reduction over the pairs {GPU, GPU + 1} of 4 layers and embedding: 134,592 weights, half of 4 +
  // 2 bytes each. Stage 0 lies in one domain: 2·3 µs + /200e9; stage 1 crosses: 2·10 µs + /40e9, a
  // fifth longer for two domains. Optimizer: half of them, 2·12 + 4 + 2 bytes, over 1.6e12.
  @Test
  void step_endsWithReductionAndOptimizer() {
    Problem problem =
        problem(TrainingCase.training(PipelineSchedule.INTERLEAVED, 3, Recompute.SELECTIVE, true));
    Layout layout =
        Layout.neutral()
            .with(Degree.REPLICAS, 2)
            .with(Degree.PIPELINE_STAGES, 2)
            .with(Degree.MICRO_BATCHES, 32);
    List<CostedStage> stages = TrainingCase.stages(problem, TrainingCase.plan(problem, layout));
    assertClose(
        product(100, 500, 48)
            + product(100, 48, 500)
            + product(500, 48, 100)
            + stream(8 * 24_000)
            + stream(20 * 500 * 100),
        stages.get(1).terms().of(Term.HEAD));
    assertEquals(0, stages.get(0).terms().of(Term.HOP));
    assertClose(3e-6 + 9600 / 200e9, stages.get(0).training().orElseThrow().boundarySeconds());
    double bytes = 134_592 * 3;
    assertClose(6e-6 + bytes / 200e9, stages.get(0).training().orElseThrow().reductionSeconds());
    double crossing = 20e-6 + 1.2 * bytes / 40e9;
    assertClose(crossing, stages.get(1).training().orElseThrow().reductionSeconds());
    double optimizer = 67_296 * 30 / 1.6e12;
    assertClose(optimizer, stages.get(1).training().orElseThrow().optimizerSeconds());
    TrainingCost cost = new TrainingCost(problem, layout);
    assertClose(
        cost.run(32, stages).seconds() + crossing + optimizer, cost.stepSeconds(32, stages));
    // 6·(24,000 + 8·27,648) + 3·8·4·100·48.
    assertClose(1_931_904, new ModelFlops(problem).perToken());
  }

  @ParameterizedTest
  @EnumSource(PipelineSchedule.class)
  void fasterNics_neverMakeAStepLonger(PipelineSchedule schedule) {
    int chunks = schedule == PipelineSchedule.INTERLEAVED ? 2 : 1;
    Training training = TrainingCase.training(schedule, chunks, Recompute.SELECTIVE, true);
    double before = Double.POSITIVE_INFINITY;
    for (double factor : new double[] {0.25, 0.5, 1, 3, 10}) {
      Problem problem = TrainingCase.problem(training, 8, factor);
      Layout layout =
          Layout.neutral()
              .with(Degree.REPLICAS, 2)
              .with(Degree.PIPELINE_STAGES, 4)
              .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
              .with(Degree.MICRO_BATCHES, 16)
              .with(Degree.SEQUENCES_PER_MICRO_BATCH, 2);
      double step =
          new TrainingCost(problem, layout)
              .stepSeconds(16, TrainingCase.stages(problem, TrainingCase.plan(problem, layout)));
      assertTrue(step < before, "with NICs " + factor + " times as fast");
      before = step;
    }
  }

  // Two replicas of 3 GPUs in domains of 3: six hold parts of what all share, over 3 NICs of
  // 40e9 bytes/s together; experts are held by one GPU of each replica, over its own NIC. Groups of
  // half of the ranks have one of the two.
  @Test
  void experts_areGatheredOverTheirOwnNics() {
    Problem problem =
        TrainingCase.problem(
            TrainingCase.training(
                PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, Recompute.NONE, true),
            8,
            1);
    Layout layout = Layout.neutral().with(Degree.REPLICAS, 2).with(Degree.EXPERT_PARALLEL, 3);
    Sharding all = new Sharding(3, OptionalInt.empty());
    Sharding halves = new Sharding(3, OptionalInt.of(3));

    assertClose(5.0 / 6 * 1.2 / 120e9, RankGroup.ofShards(problem, layout, all).partSeconds(1));
    assertClose(1.0 / 2 * 1.2 / 40e9, RankGroup.ofExperts(problem, layout, all).partSeconds(1));
    assertEquals(1, RankGroup.ofExperts(problem, layout, halves).members());
    assertEquals(0, RankGroup.ofExperts(problem, layout, halves).partSeconds(1));
    assertEquals(3, all.expertGroupOf(12, 3));
    assertEquals(2, new Sharding(3, OptionalInt.of(4)).expertGroupOf(8, 4));
  }

  // Experts over 2 GPUs, 2 x 2,304 weights of 8 layers on each: a ring between copies sends twice
  // (c-1)/c of a rank's part, in FP32 over 40e9 bytes/s. Four replicas hold experts in two groups
  // of
  // two or four of one; of two replicas there are two copies, of one there is one, however many
  // groups share the rest.
  @ParameterizedTest
  @CsvSource({"4, 4, 0.25, 18432", "4, 2, 0.75, 55296", "2, 1, 1.5, 36864", "1, 1, 1, 0"})
  void copiesOfExperts_areSummedUpBetweenTheirHolders(
      int replicas, int group, double partsOfShared, double expertWeights) {
    Training training =
        TrainingCase.training(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, Recompute.NONE, true)
            .with(new Sharding(3, OptionalInt.of(group)));
    Problem dense = TrainingCase.problem(training, 8, 1);
    Layer layer =
        new Layer(
            dense.model().layers().get(0).attention(),
            new MoeFfn(4, 2, 3 * 48 * 16, 3 * 48 * 8, 192, 48, 1, 1),
            0,
            1);
    List<LayerRouting> even =
        Collections.nCopies(8, LayerRouting.ofLoads(new double[] {0.5, 0.5, 0.5, 0.5}, 2));
    Problem problem =
        dense.withModel(
            dense.model().withLayers(Collections.nCopies(8, layer)),
            dense.workload().withRouting(Routing.of(new RoutingProfile("even", 1, even))));
    Layout layout =
        Layout.neutral().with(Degree.REPLICAS, replicas).with(Degree.EXPERT_PARALLEL, 2);
    double shared = new TrainingMemory(problem, layout).sharedParameters(0, 7);

    assertClose(
        (partsOfShared * shared + expertWeights) * 4 / 40e9,
        new GradientTime(problem, layout, new Stage(0, 7, List.of(0, 1)), any -> 4)
            .gradientSeconds());
  }

  // Two predictions: head and loss twice, and the projection of 96 to 48 in front of the second.
  @Test
  void furtherTokens_haveHeadsOfTheirOwn() {
    Problem one =
        TrainingCase.problem(
            TrainingCase.training(
                PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, Recompute.NONE, true),
            8,
            1);
    Problem two =
        one.withModel(one.model().withPredictions(one.model().layers(), 2), one.workload());
    Layout layout = Layout.neutral();
    double head = head(one, layout);
    double projection = 3 * 2 * 100 * 48 * 96 / 50e12 + 3 * 48 * 96 * 2 * 4 / 1.6e12;

    assertEquals(2 * head + projection, head(two, layout), 0.5 * projection);
    assertTrue(head(two, layout) > 2 * head);
  }

  private static double head(Problem problem, Layout layout) {
    List<CostedStage> stages = TrainingCase.stages(problem, TrainingCase.plan(problem, layout));
    return stages.get(stages.size() - 1).terms().of(Term.HEAD);
  }

  // 8 members of 2 domains: 7/8 of 8e9 bytes at 1e9, then 8 broadcasts over 1 hop of 3 µs; within
  // one domain over 7.
  @Test
  void broadcasts_followOneAnother() {
    assertClose(7 + 8 * 3e-6, new RankGroup(8, 2, 1e9, 3e-6).broadcastSeconds(8e9));
    assertClose(7 + 56 * 3e-6, new RankGroup(8, 1, 1e9, 3e-6).broadcastSeconds(8e9));
  }

  // 25 launches of 20 µs for each part: both norms, the core. A dense layer has no mixture.
  @ParameterizedTest
  @CsvSource({"LAYERNORM, 50", "CORE_ATTN, 25", "MOE, 0", "MLP, 25"})
  void namedModules_areLaunchedAgain(RecomputedModule module, double launches) {
    Training plain = TrainingCase.training(PLAIN, 1, Recompute.SELECTIVE, true);
    Training named =
        TrainingCase.training(
            PLAIN,
            1,
            Recompute.SELECTIVE,
            true,
            TrainingCase.runtime(TensorOverlap.BACKWARD, ElementwiseKernels.FUSED, Set.of(module)));
    Layer layer = problem(plain).model().layers().get(0);
    assertClose(
        new HostTime(problem(plain), Layout.neutral(), layer).backwardSeconds() + launches * 20e-6,
        new HostTime(problem(named), Layout.neutral(), layer).backwardSeconds());
  }

  // What both passes take together, each its part.
  @Test
  void overlappedPasses_shareTheirTime() {
    assertEquals(new LayerTraining(1, 2, 0.5), new LayerTraining(2, 4, 1).lasting(3));
  }
}
