package dev.rackplan.cost.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.TrainingCase;
import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.workload.AttentionKernel;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.LossKernel;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.RecomputedModule;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Memory of training by framework, against figures worked by hand for {@link TrainingCase}. */
class TrainingMemoryTest {
  private static Training training(
      Recompute recompute, Sharding sharding, Dtype activations, TrainingRuntime runtime) {
    return new Training(
        PipelineSchedule.ONE_FORWARD_ONE_BACKWARD,
        1,
        recompute,
        true,
        true,
        false,
        12,
        sharding,
        Dtype.FP32,
        activations,
        false,
        runtime);
  }

  private static TrainingRuntime runtime(
      TensorOverlap overlap, LossKernel loss, boolean experts, Set<RecomputedModule> modules) {
    return runtime(overlap, loss, experts, 0, modules);
  }

  private static TrainingRuntime runtime(
      TensorOverlap overlap,
      LossKernel loss,
      boolean experts,
      double hostOptimizer,
      Set<RecomputedModule> modules) {
    return new TrainingRuntime(
        overlap,
        AttentionKernel.NATIVE,
        false,
        false,
        ElementwiseKernels.FUSED,
        false,
        loss,
        false,
        experts,
        false,
        false,
        hostOptimizer,
        0,
        0,
        modules);
  }

  private static TrainingMemory memory(Training training, Layout layout) {
    return new TrainingMemory(TrainingCase.problem(training, 8, 1), layout);
  }

  private static final Layout TWO = Layout.neutral().with(Degree.ATTENTION_TENSOR_PARALLEL, 2);

  // h 48, 100 tokens of 32h = 1536 bytes: norms' inputs 4h, products' 4h, mixer 8h, FFN 16h.
  // Without norms' outputs 4h less; without the FFN 16h less; moe_act and moe change no dense
  // layer. By
  // operation: outputs of products 4h + 2/3·8h + h, half of them, the core's h and the input h, two
  // bytes each.
  @ParameterizedTest
  @CsvSource({
    "CORE_ATTN, 153600",
    "MOE_ACT, 153600",
    "MOE, 153600",
    "LAYERNORM, 134400",
    "MLP, 76800",
    "OPERATIONS, 68800",
  })
  void module_isNotKept(RecomputedModule module, double bytes) {
    Training training =
        training(
            Recompute.SELECTIVE,
            Sharding.OPTIMIZER,
            Dtype.BF16,
            runtime(TensorOverlap.BACKWARD, LossKernel.DIVIDED, false, Set.of(module)));
    assertEquals(bytes, memory(training, Layout.neutral()).activationBytes(0, 3, 3), 1e-6);
  }

  // TP 2: 4h/2 + 4h/2 + 24h/2; inputs that nothing gathers again stay whole.
  @ParameterizedTest
  @CsvSource({"BACKWARD, 76800", "ALL, 76800", "NONE, 86400"})
  void gatheredInputs_stayWhereNothingGathersThemAgain(TensorOverlap overlap, double bytes) {
    Training training =
        training(
            Recompute.NONE,
            Sharding.OPTIMIZER,
            Dtype.BF16,
            runtime(overlap, LossKernel.DIVIDED, false, Set.of()));
    assertEquals(bytes, memory(training, TWO).activationBytes(0, 3, 3), 1e-6);
  }

  // FP8 inputs of products: 4h norms, 2h inputs, mixer 8h, into the activation function 2/3·16h,
  // out of it 1/3·8h.
  @Test
  void narrowInputs_leaveTheCoreAndTheActivationFunctionWide() {
    Training training =
        training(Recompute.NONE, Sharding.OPTIMIZER, Dtype.FP8, TrainingRuntime.USUAL);
    double perToken = 48 * (4 + 2 + 8 + 32.0 / 3 + 8.0 / 3);
    assertEquals(100 * perToken, memory(training, Layout.neutral()).activationBytes(0, 3, 3), 1e-6);
  }

  // 500 logits of 100 tokens; TP 2 divides them, except where they are gathered, and gathers the
  // head's input, 2h a token.
  @ParameterizedTest
  @CsvSource({
    "FUSED, 1, 100000",
    "DIVIDED, 1, 300000",
    "LIBRARY, 1, 700000",
    "WHOLE, 1, 700000",
    "COMPILED, 1, 200000",
    "FUSED, 2, 59600",
    "DIVIDED, 2, 159600",
    "LIBRARY, 2, 459600",
    "WHOLE, 2, 709600",
    "COMPILED, 2, 109600",
  })
  void logits_takeWhatTheirKernelHolds(LossKernel loss, int degree, double bytes) {
    Training training =
        training(
            Recompute.NONE,
            Sharding.OPTIMIZER,
            Dtype.BF16,
            runtime(TensorOverlap.BACKWARD, loss, false, Set.of()));
    Layout layout = Layout.neutral().with(Degree.ATTENTION_TENSOR_PARALLEL, degree);
    assertEquals(bytes, memory(training, layout).workingBytes(0, 0, 7, 0), 1e-6);
  }

  // 4 ranks. Whole layers without a pipeline: gradients a fourth of 4 bytes; no weights beside the
  // optimizer's. With one: weights stay, gradients whole and a fourth.
  @Test
  void fsdp_keepsWhatAPipelineGathered() {
    Training training =
        training(
            Recompute.NONE,
            new Sharding(3, OptionalInt.empty()),
            Dtype.BF16,
            TrainingRuntime.USUAL);
    Layout alone = Layout.neutral().with(Degree.REPLICAS, 4);
    assertEquals(0, memory(training, alone).weightShare());
    assertEquals(1000, memory(training, alone).gradientBytes(1000, 0));
    Layout pipeline = alone.with(Degree.PIPELINE_STAGES, 2);
    assertEquals(1, memory(training, pipeline).weightShare());
    assertEquals(5000, memory(training, pipeline).gradientBytes(1000, 0));
    // Layers 1 and 2 of 27,648 weights: two gathered in BF16 and the buffer that they arrive in, a
    // gradient in BF16 and in FP32.
    assertEquals(12 * 27_648, memory(training, alone).workingBytes(1, 1, 2, 0), 1e-6);
    assertEquals(2 * 27_648, memory(training, pipeline).workingBytes(0, 1, 2, 0), 1e-6);
  }

  // Beside 6 bytes of 500 logits of 100 tokens: the table of embedding and head (48 x 500), the
  // last of 8 layers, and the buffer in which the larger of them arrived.
  @Test
  void fsdp_gathersTablesForTheLoss() {
    Training training =
        training(
            Recompute.NONE,
            new Sharding(3, OptionalInt.empty()),
            Dtype.BF16,
            TrainingRuntime.USUAL);
    TrainingMemory memory = memory(training, Layout.neutral().with(Degree.REPLICAS, 4));
    double table = 48 * 500;
    double layer = (memory.sharedParameters(0, 7) - table) / 8;
    assertTrue(layer > table);
    assertEquals(300_000 + 2 * (table + 2 * layer), memory.workingBytes(0, 0, 7, 0), 1e-6);
  }

  // HybridDeviceOptimizer: moments of half the weights are on the host, all master weights here.
  @Test
  void offload_leavesMasterWeights() {
    Training half =
        training(
            Recompute.NONE,
            Sharding.NONE,
            Dtype.BF16,
            runtime(TensorOverlap.BACKWARD, LossKernel.DIVIDED, false, 0.5, Set.of()));
    assertEquals(8000, memory(half, Layout.neutral()).optimizerBytes(1000, 0));
  }

  // One micro-batch enters layer by layer as the other leaves: one layer more.
  @Test
  void overlappedExperts_holdOneLayerMore() {
    Training training =
        training(
            Recompute.NONE,
            Sharding.OPTIMIZER,
            Dtype.BF16,
            runtime(TensorOverlap.BACKWARD, LossKernel.DIVIDED, true, Set.of()));
    Layout one = Layout.neutral().with(Degree.MICRO_BATCHES, 1);
    assertEquals(1, memory(training, one.with(Degree.MICRO_BATCHES, 8)).microBatchesHeld(0));
    double layer = memory(training, one).activationBytes(0, 3, 3) / 2;
    assertEquals(3 * layer, memory(training, one).activationBytes(0, 3, 4), 1e-6);
  }
}
