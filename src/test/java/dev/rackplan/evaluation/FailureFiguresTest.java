package dev.rackplan.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cost.economics.FailureRate;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Workload;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Llama 3.1 70B on three nodes of 8 H100, tensor parallel. */
class FailureFiguresTest {
  private static final Problem PROBLEM = problem();

  private static Problem problem() {
    GpuCatalogEntry gpu = GpuCatalog.load().entry("h100-sxm");
    return new Problem(
        "failures",
        ModelCatalog.read("llama-3.1-70b"),
        new TopologyBuilder("three-nodes")
            .equalRacks(3, 1, 1, 8, gpu.spec(), gpu.scaleUp())
            .build(new ScaleOut(gpu.nic(), OptionalDouble.empty(), 1, 1)),
        new Workload(Phase.DECODE, 1000, OptionalLong.empty(), 1, 1, Routing.none()),
        new Precision(Dtype.FP8, Dtype.FP8, Dtype.FP8, Dtype.BF16, Dtype.BF16),
        new Engine("any", DispatchRule.EVEN, CopyRule.PER_GPU, false),
        LayoutSpace.open(),
        new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0.1),
        Objective.THROUGHPUT);
  }

  private static FailureFigures figures(int replicas, int degree, int firstGpu) {
    Layout layout =
        Layout.neutral()
            .with(Degree.REPLICAS, replicas)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, degree)
            .with(Degree.MICRO_BATCHES, 2)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 10);
    List<Integer> gpus = IntStream.range(firstGpu, firstGpu + replicas * degree).boxed().toList();
    Plan plan =
        new Plan(
            layout,
            List.of(new Stage(0, PROBLEM.model().layers().size() - 1, gpus)),
            new TreeMap<>());
    return new Evaluator(PROBLEM).evaluate(plan).failures();
  }

  @Test
  void rate_isTheMeasuredOne() {
    // 16,384 GPUs x 54 days / 419, and 7.76 a day on all of them.
    assertEquals(50_677, FailureRate.GPU_HOURS_PER_INTERRUPTION, 1);
    assertEquals(419 / 54.0 * 365.25 / 12, FailureRate.interruptionsPerMonth(16_384), 1e-9);
  }

  @Test
  void oneInstance_isLostWhole() {
    FailureFigures failures = figures(1, 16, 0);

    assertEquals(16, failures.idledGpus());
    assertEquals(20, failures.lostSequences());
    assertEquals(1, failures.lostThroughputShare());
    assertEquals(16 * 730.5 / 50_677, failures.interruptionsPerMonth(), 1e-4);
    assertEquals(failures.interruptionsPerMonth(), failures.instanceInterruptionsPerMonth(), 1e-12);
  }

  @Test
  void smallerInstances_loseLess() {
    // Two instances on two of three nodes: one of them stops.
    FailureFigures failures = figures(2, 8, 0);

    assertEquals(8, failures.idledGpus());
    assertEquals(20, failures.lostSequences());
    assertEquals(0.5, failures.lostThroughputShare(), 1e-12);
    assertEquals(
        2 * failures.instanceInterruptionsPerMonth(), failures.interruptionsPerMonth(), 1e-12);
    assertEquals("rack-0/domain-0/node-0", failures.node());
  }

  @Test
  void nodeOfTwoInstances_stopsBoth() {
    // GPUs 4 to 15: instance 0 on node 0, instances 1 and 2 on node 1.
    FailureFigures failures = figures(3, 4, 4);

    assertEquals("rack-1/domain-0/node-0", failures.node());
    assertEquals(8, failures.idledGpus());
    assertEquals(40, failures.lostSequences());
    assertEquals(2.0 / 3, failures.lostThroughputShare(), 1e-12);
  }

  @Test
  void instanceAcrossNodes_idlesGpusThatDidNotFail() {
    // GPUs 6 to 13 in one instance: two of node 0, six of node 1.
    FailureFigures failures = figures(1, 8, 6);

    assertEquals(8, failures.idledGpus());
    assertEquals("rack-0/domain-0/node-0", failures.node());
  }
}
