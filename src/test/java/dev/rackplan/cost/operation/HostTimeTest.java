package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cost.TrainingCase;
import dev.rackplan.cost.link.RankGroup;
import dev.rackplan.cost.link.WeightExchange;
import dev.rackplan.model.Attention;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the host launches for mixtures and for weights that are gathered singly, by hand. */
class HostTimeTest {
  private static final Attention GROUPED =
      new GroupedQueryAttention(
          9216, 4, 4, 12, GroupedQueryAttention.Window.full(), Optional.empty());
  private static final Attention LATENT =
      new LatentAttention(9216, 4, 8, 4, 8, 8, OptionalInt.empty(), Optional.empty());

  private static Layer mixture(Attention attention, boolean bias) {
    long weights = 3L * 48 * 64 + (bias ? 2 * 64 + 48 : 0);
    return new Layer(
        attention,
        new MoeFfn(16, 2, weights, 0, 16 * 48, 48, 1, 1, OptionalInt.of(64), OptionalInt.of(0)),
        0,
        1);
  }

  private static Training training(Recompute recompute) {
    return TrainingCase.training(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, recompute, true);
  }

  private static Problem problem(Dtype dtype) {
    return TrainingCase.problem(training(Recompute.SELECTIVE), 2, 1)
        .withPrecision(new Precision(dtype, dtype, Dtype.BF16, Dtype.BF16, Dtype.BF16));
  }

  // 35 kernels of the mixer, 20 more of latent attention, 35 of the mixture; for each of 4 experts
  // 2 products, whose 2 inputs are cast (a scale for the tensor: 3 kernels, for blocks: 1), and 2
  // for a bias. Twice as many backward, less the casts of 2 gradients that 4 products share.
  @ParameterizedTest
  @CsvSource({
    "BF16, false, false, 78, 156",
    "BF16, true, false, 98, 196",
    "BF16, false, true, 86, 172",
    "MXFP8, false, false, 86, 164",
    "FP8, false, false, 102, 180"
  })
  void expertsAreLaunchedOneAfterAnother(
      Dtype dtype, boolean latent, boolean bias, double forward, double backward) {
    HostTime host =
        new HostTime(
            problem(dtype),
            Layout.neutral().with(Degree.EXPERT_PARALLEL, 4),
            mixture(latent ? LATENT : GROUPED, bias));
    assertEquals(forward * 20e-6, host.forwardSeconds(), 1e-12);
    assertEquals(backward * 20e-6, host.backwardSeconds(), 1e-12);
  }

  // A token to 2 experts: permuted (8 bytes an element), sorted again after all-to-all (8), bias in
  // FP32 (28); 100 tokens on each of 4 GPUs.
  @ParameterizedTest
  @CsvSource({"PER_DOMAIN, false, 8", "PER_EXPERT, false, 16", "PER_EXPERT, true, 44"})
  void elementwise_followsTheDispatcher(CopyRule rule, boolean bias, double bytes) {
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 4)
            .with(Degree.MICRO_BATCHES, 16)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 4);
    Problem problem =
        problem(Dtype.BF16).withEngine(new Engine("e", DispatchRule.EVEN, rule, false));
    double weights = 3 * 48 * 64 + (bias ? 2 * 64 + 48 : 0);
    double token = 22 * 48 + 2 * (2 * weights / 48 + bytes * 48);
    assertEquals(
        100 * token,
        ElementwiseTime.bytes(mixture(GROUPED, bias), problem, Batch.of(problem, layout), layout),
        1e-6);
  }

  // 4 products forward, 4 computed again, whose weights stay for their gradients, and 4 scatters:
  // as many copies as ranks each, 20 µs a copy; the network takes less.
  @Test
  void gatheredSingly_ranksAreCopiedOneByOne() {
    Training training = training(Recompute.FULL).with(new Sharding(3, OptionalInt.empty()));
    TrainingRuntime usual = training.runtime();
    TrainingRuntime runtime =
        new TrainingRuntime(
            TensorOverlap.BACKWARD,
            usual.attention(),
            false,
            false,
            usual.elementwise(),
            false,
            usual.loss(),
            false,
            false,
            false,
            true,
            0,
            0,
            0,
            usual.modules());
    Training singly =
        new Training(
            training.schedule(),
            1,
            training.recompute(),
            true,
            true,
            false,
            12,
            training.sharding(),
            Dtype.BF16,
            Dtype.BF16,
            false,
            runtime);
    Problem problem = TrainingCase.problem(singly, 2, 1);
    Layer layer = problem.model().layers().get(0);
    Layout layout = Layout.neutral().with(Degree.REPLICAS, 8);
    assertEquals(
        12 * 8 * 20e-6,
        new WeightExchange(problem, layout, layer).visibleSeconds(1e-3, 2e-3),
        1e-12);
    // Over 24 ranks in 8 domains; what is gathered ahead hides nothing of the host.
    assertEquals(
        12 * 24 * 20e-6,
        new WeightExchange(problem, layout.with(Degree.REPLICAS, 24), layer).visibleSeconds(0, 0),
        1e-12);
  }

  // 8 members of 2 domains: 7/8 of 8e9 bytes at 1e9, over 2 hops of 3 µs; within one over 7.
  @Test
  void rings_passDomains() {
    assertEquals(7 + 2 * 3e-6, new RankGroup(8, 2, 1e9, 3e-6).ringSeconds(8e9), 1e-12);
    assertEquals(7 + 7 * 3e-6, new RankGroup(8, 1, 1e9, 3e-6).ringSeconds(8e9), 1e-12);
  }
}
