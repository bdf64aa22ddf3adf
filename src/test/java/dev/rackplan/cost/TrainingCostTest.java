package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import java.util.List;
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
  // activation functions again: 4h + 2·4h + 2·(2/3)·8h = 1088. 1 or 3 sequences of 100 tokens on a
  // rank; TP 2 halves it all, or without sequence parallelism all but 10h: 480 + 24·48/2 = 1056.
  @ParameterizedTest
  @CsvSource({
    "NONE, false, true, 1, 1, 363200",
    "NONE, true, true, 1, 1, 163200",
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
            true,
            Dtype.FP32,
            Dtype.BF16,
            false);
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
  // micro-batches (2·12 + 6)/4. 1F1B: 8 + (M-1)·3.
  @ParameterizedTest
  @CsvSource({
    "ONE_FORWARD_ONE_BACKWARD, 8, 29",
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
    "NONE, true, 3, 4, 2, 2.5, 0",
    "NONE, false, 3, 3, 2, 2.5, 2.5",
    "SELECTIVE, true, 3, 4, 2, 2.5, 0",
    "SELECTIVE, false, 3, 4, 2, 2.5, 3.5",
    "POINTWISE, true, 3, 4, 2, 3.5, 0",
    "FULL, true, 4, 5, 3, 3.5, 0",
    "FULL, false, 4, 4, 3, 3.5, 3.5"
  })
  void passes_areForwardBackwardAndAgain(
      Recompute recompute,
      boolean fused,
      double products,
      double scores,
      double network,
      double elementwise,
      double scoreElementwise) {
    assertEquals(
        new PassCounts(products, scores, network, elementwise, scoreElementwise),
        PassCounts.of(TrainingCase.training(PLAIN, 1, recompute, fused)));
  }

  // 2 sequences, TP 2 on one domain, fused, selective. Attention (3·2·9216 + 4·4·50·48)·200/2 over
  // 50e12; FFN 3·2·18432·200/2 over 50e12; 2 all-reduces twice, 3 µs + 200·48·2/200e9 each;
  // element-wise 2.5·(22·48/2 + 2·18432/48/2)·200 over 1.6e12.
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
    assertClose(1.87392e-7, cost.terms().of(Term.ATTENTION));
    assertClose(2.21184e-7, cost.terms().of(Term.DENSE));
    assertClose(1.2384e-5, cost.terms().of(Term.ALL_REDUCE));
    LayerTraining passes = cost.training().orElseThrow();
    assertClose(2.85e-7, cost.terms().of(Term.ELEMENTWISE));
    assertClose(1.87392e-7 + 2.21184e-7 + 1.2384e-5 + 2.85e-7, cost.seconds());
    // Forward: a third of the products, a fourth of the scores, half of the network, 1/2.5.
    assertClose(5.6064e-8 + 7.3728e-8 + 6.192e-6 + 1.14e-7, passes.forwardSeconds());
    assertClose(cost.seconds() - passes.forwardSeconds(), passes.backwardSeconds());
    assertClose(3.6864e-8 + 7.3728e-8, passes.weightGradientSeconds());
  }

  // Softmax written out: 9 bytes · 4 heads · 100 tokens of context, 3.5 times, beside 2.5·(22·48 +
  // 768); scores see the whole sequence.
  @Test
  void unfusedAttention_movesItsScores() {
    Problem problem = problem(TrainingCase.training(PLAIN, 1, Recompute.SELECTIVE, false));
    LayerCost cost =
        new StageModel(
                problem,
                Layout.neutral().with(Degree.MICRO_BATCHES, 64),
                StageShape.of(problem.topology(), List.of(0)))
            .denseLayer(0);
    assertClose((2.5 * 1824 + 3.5 * 3600) * 100 / 1.6e12, cost.terms().of(Term.ELEMENTWISE));
    assertClose((3 * 2 * 9216 + 4 * 4 * 100 * 48) * 100 / 50e12, cost.terms().of(Term.ATTENTION));
  }

  // 24,000 weights of the head on 100 tokens, three products; hop 3 µs + 100·48·2/200e9, there and
  // back, for each of 3 chunks; reduction over the pairs {GPU, GPU + 1} of 4 layers and embedding:
  // 134,592 weights, half of 4 + 2 bytes each. Stage 0 lies in one domain: 2·3 µs + /200e9; stage 1
  // crosses: 2·10 µs + /40e9. Optimizer: half of them, 2·12 + 4 + 2 bytes, over 1.6e12.
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
    assertClose(3 * 2 * 24000 * 100 / 50e12, stages.get(1).terms().of(Term.HEAD));
    assertClose(2 * 3 * (3e-6 + 9600 / 200e9), stages.get(0).terms().of(Term.HOP));
    double bytes = 134_592 * 3;
    assertClose(6e-6 + bytes / 200e9, stages.get(0).training().orElseThrow().reductionSeconds());
    assertClose(20e-6 + bytes / 40e9, stages.get(1).training().orElseThrow().reductionSeconds());
    double optimizer = 67_296 * 30 / 1.6e12;
    assertClose(optimizer, stages.get(1).training().orElseThrow().optimizerSeconds());
    double first = stages.get(0).seconds();
    double second = stages.get(1).seconds();
    double most = Math.max(first, second);
    assertClose(
        32 * most + (first + second - most) / 3 + 20e-6 + bytes / 40e9 + optimizer,
        new TrainingCost(problem, layout).stepSeconds(32, stages));
    // 6·(24,000 + 8·27,648) + 3·8·4·100·48.
    assertClose(1_931_904, new TrainingCost(problem, layout).modelFlopsPerToken());
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
}
