package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.rackplan.law.ExpertsRate;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.Setting;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.topology.GpuGeneration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which engines run a block of rows for every expert, and what these take; worked by hand. */
class ExpertBlocksTest {
  private static final double DIGITS = 1e-12;
  private static final MoeFfn MOE = new MoeFfn(128, 8, 600, 0, 11, 10, 1, 1);
  private static final ExpertsRate LAW = new ExpertsRate(5, 1, 1, 1, 1, 1, 3, 2);

  private static ExpertBlocks blocks(
      String engine, String version, GpuGeneration gpu, KernelFormat format, int ep, int slices) {
    return ExpertBlocks.of(
        new Engine(
            Optional.of(engine),
            Optional.ofNullable(version),
            DispatchRule.EVEN,
            CopyRule.PER_GPU,
            false),
        Optional.of(gpu),
        format,
        MOE,
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, ep)
            .with(Degree.EXPERT_TENSOR_PARALLEL, slices));
  }

  @ParameterizedTest
  @CsvSource({
    "vllm, 0.11.0, HOPPER, FP8, 1, 4, 0",
    "vllm, 0.11.1, HOPPER, FP8, 1, 4, 128",
    "vllm, 0.12.0, HOPPER, FP8_BLOCK, 1, 4, 128",
    "vllm, 0.12.0, HOPPER, FP8, 4, 1, 32",
    "vllm, 0.14.1, HOPPER, FP8, 8, 1, 16",
    "vllm, 0.15.0, HOPPER, FP8, 1, 4, 0",
    "vllm, , HOPPER, FP8, 1, 4, 0",
    "vllm, nightly-5b8c30d, HOPPER, FP8, 1, 4, 0",
    "vllm, 0.12.0, HOPPER, FP8, 1, 8, 0",
    "vllm, 0.12.0, HOPPER, BF16, 1, 4, 0",
    "vllm, 0.12.0, BLACKWELL, FP8, 1, 4, 0",
    "sglang, 0.12.0, HOPPER, FP8, 1, 4, 0"
  })
  void expertsOfAGpu_areAllReadByVersionsThatFillBlocks(
      String engine,
      String version,
      GpuGeneration gpu,
      KernelFormat format,
      int ep,
      int slices,
      double experts) {
    assertEquals(experts, blocks(engine, version, gpu, format, ep, slices).experts());
  }

  // 10 elements of a token, 20 of an expert's inner layer: 600 weights, 1,200 operations a row, on
  // 1,000 operations and 100 bytes a second, of which 600 and 67 are reached.
  @ParameterizedTest
  @CsvSource({"7, 9", "70000, 3"})
  void time_isOfWholeBlocksOfEveryExpert(double pairs, double tokens) {
    ExpertsRate rate = new ExpertBlocks(4).rate(LAW, 10, 20, new Setting(1000, 500, 100, 1, 1));

    double compute = (pairs + 4 * 127) * 1200 / 600.0;
    double bytes = 4 * (600 + 127 * 10 * 3) / 67.0;
    double longer = Math.pow(Math.pow(compute, 8) + Math.pow(bytes, 8), 1.0 / 8);
    double expected = 5 + tokens * 3 + pairs * 2 + longer;
    assertEquals(expected, rate.seconds(pairs, 4, tokens), DIGITS * expected);
  }

  @Test
  void otherKernels_takeWhatTheirLawSays() {
    assertSame(LAW, ExpertBlocks.NONE.rate(LAW, 10, 20, new Setting(1000, 500, 100, 1, 1)));
  }
}
