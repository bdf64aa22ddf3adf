package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.OpsCase;
import dev.rackplan.cost.StageModel;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Precision;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which shared experts run in the kernel of the routed ones, and what that takes; by hand. */
class FusedSharedTest {
  private static final double DIGITS = 1e-12;

  private static Layer layer(int experts, int sharedWeights) {
    return new Layer(
        new GroupedQueryAttention(5000, 4, 2, 8, Window.full(), Optional.empty()),
        new MoeFfn(experts, 8, 600, sharedWeights, 11, 128, 1, 1),
        9,
        1);
  }

  private static Layout layout(int expertParallel, int slices, int tensorParallel) {
    return Layout.neutral()
        .with(Degree.EXPERT_PARALLEL, expertParallel)
        .with(Degree.EXPERT_TENSOR_PARALLEL, slices)
        .with(Degree.ATTENTION_TENSOR_PARALLEL, tensorParallel)
        .with(Degree.SEQUENCES_PER_MICRO_BATCH, 8);
  }

  private static Precision precision(Dtype experts) {
    return new Precision(Dtype.BF16, experts, Dtype.BF16, Dtype.BF16, Dtype.BF16);
  }

  // DeepSeek-V3's form: 256 experts, a shared one of the same size and format, every GPU a part of
  // each expert.
  @ParameterizedTest
  @CsvSource({
    "sglang, , HOPPER, 256, 600, BF16, 1, 4, 4, true",
    "sglang, 0.5.0, HOPPER, 256, 600, BF16, 1, 4, 4, true",
    "sglang, 0.4.9, HOPPER, 256, 600, BF16, 1, 4, 4, false",
    "sglang, , AMPERE, 256, 600, BF16, 1, 4, 4, true",
    "sglang, , BLACKWELL, 256, 600, BF16, 1, 4, 4, false",
    "sglang, 0.5.6, CDNA4, 256, 600, BF16, 1, 4, 4, true",
    "sglang, 0.5.5, CDNA4, 256, 600, BF16, 1, 4, 4, false",
    "sglang, , CDNA3, 256, 600, BF16, 1, 4, 4, true",
    "sglang, , HOPPER, 256, 600, BF16, 1, 1, 1, true",
    "sglang, , HOPPER, 256, 600, BF16, 4, 1, 4, false",
    "sglang, , HOPPER, 256, 600, FP8, 1, 4, 4, false",
    "sglang, , HOPPER, 256, 1200, BF16, 1, 4, 4, false",
    "sglang, , HOPPER, 256, 0, BF16, 1, 4, 4, false",
    "sglang, , HOPPER, 160, 600, BF16, 1, 4, 4, false",
    "vllm, , HOPPER, 256, 600, BF16, 1, 4, 4, false",
    "trtllm, , HOPPER, 256, 600, BF16, 1, 4, 4, false"
  })
  void oneSharedExpertOf257_runsWithTheOthersUnderSglang(
      String engine,
      String version,
      GpuGeneration generation,
      int experts,
      int sharedWeights,
      Dtype format,
      int expertParallel,
      int slices,
      int tensorParallel,
      boolean fused) {
    Layer layer = layer(experts, sharedWeights);
    Engine said =
        new Engine(
            Optional.of(engine),
            Optional.ofNullable(version),
            DispatchRule.EVEN,
            CopyRule.PER_GPU,
            false);

    assertEquals(
        fused,
        FusedShared.runs(
            OpsCase.DECODE.in(precision(format)).problem(layer).withEngine(said),
            layout(expertParallel, slices, tensorParallel),
            layer,
            (MoeFfn) layer.ffn(),
            Optional.of(generation)));
  }

  private static GpuSpec gpu(Optional<GpuGeneration> generation) {
    GpuSpec plain = OpsCase.gpu(OptionalDouble.empty(), OptionalDouble.empty());
    return new GpuSpec(
        plain.name(),
        plain.hbmBytes(),
        plain.hbmBytesPerSecond(),
        plain.peakFlops(),
        plain.computeEfficiency(),
        plain.memoryEfficiency(),
        plain.usdPerHour(),
        plain.kernelSeconds(),
        plain.datasheet(),
        generation);
  }

  // 8 tokens: 12 pairs of two experts, and 8 of the shared one. 600 weights each, 50e12 FLOP/s and
  // 1.6e12 bytes/s sustained, one start of 2 µs instead of four.
  @Test
  void kernel_computesAndReadsOneExpertMore() {
    StageModel apart = stage(Optional.empty());
    StageModel fused = stage(Optional.of(GpuGeneration.HOPPER));

    ExpertTime routed = apart.expertLayer(0).gpuTime(0, 1.5, 2);
    ExpertTime all = fused.expertLayer(0).gpuTime(0, 1.5, 2);

    assertClose(2 * 600 * 12 / 50e12, routed.computeSeconds());
    assertClose(2 * 600 * (12 + 8) / 50e12, all.computeSeconds());
    assertClose(2 * 600 * 2 / 1.6e12, routed.fetchSeconds());
    assertClose(3 * 600 * 2 / 1.6e12, all.fetchSeconds());
    assertClose(2e-6, all.restSeconds());
    assertTrue(shared(apart) > 2 * 2e-6);
    assertEquals(0, shared(fused));
  }

  private static double shared(StageModel stage) {
    return stage.moeLayer(0, stage.expertLayer(0), Breakdown.NONE).terms().of(Term.SHARED);
  }

  private static StageModel stage(Optional<GpuGeneration> generation) {
    return OpsCase.DECODE.on(gpu(generation)).stage(layout(1, 1, 1), layer(256, 600));
  }

  private static void assertClose(double expected, double actual) {
    assertEquals(expected, actual, DIGITS * expected);
  }
}
