package dev.rackplan.cost;

import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.CopyRule;
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
import dev.rackplan.workload.AttentionKernel;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.LossKernel;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.RecomputedModule;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import dev.rackplan.workload.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A GPT of hidden size 48 (4 heads, FFN of two 4h matrices, tied embedding of 500 rows) trained on
 * sequences of 100 tokens. Sustained: BF16 50e12 FLOP/s, 1.6e12 bytes/s, ports 200e9, NICs 40e9
 * bytes/s; domains of 3 and 1 GPUs in turn.
 */
public final class TrainingCase {
  /** Sequences of one step. */
  static final long BATCH = 64;

  private static final GpuSpec GPU =
      new GpuSpec(
          "g",
          100e9,
          2e12,
          new PeakFlops(OptionalDouble.of(100e12), OptionalDouble.empty(), OptionalDouble.empty()),
          0.5,
          0.8,
          OptionalDouble.of(2));

  private TrainingCase() {}

  /** Adam in FP32, ZeRO stage 1, gradients in FP32, activations in BF16, sequence parallelism. */
  public static Training training(
      PipelineSchedule schedule, int virtualStages, Recompute recompute, boolean fused) {
    return training(schedule, virtualStages, recompute, fused, TrainingRuntime.USUAL);
  }

  /** The same as another framework runs it. */
  public static Training training(
      PipelineSchedule schedule,
      int virtualStages,
      Recompute recompute,
      boolean fused,
      TrainingRuntime runtime) {
    return new Training(
        schedule,
        virtualStages,
        recompute,
        fused,
        true,
        false,
        12,
        Sharding.OPTIMIZER,
        Dtype.FP32,
        Dtype.BF16,
        false,
        runtime);
  }

  /** The same with layers that keep nothing. */
  /** The usual runtime with other overlap, kernels and modules that are computed again. */
  static TrainingRuntime runtime(
      TensorOverlap overlap, ElementwiseKernels elementwise, Set<RecomputedModule> modules) {
    return new TrainingRuntime(
        overlap,
        AttentionKernel.NATIVE,
        false,
        false,
        elementwise,
        false,
        LossKernel.DIVIDED,
        false,
        false,
        false,
        false,
        0,
        0,
        0,
        modules);
  }

  static Training reversible(Training training) {
    return new Training(
        training.schedule(),
        training.virtualStages(),
        training.recompute(),
        training.fusedAttention(),
        training.sequenceParallel(),
        true,
        training.optimizerBytesPerParameter(),
        training.sharding(),
        training.gradients(),
        training.activations(),
        training.overlapGradientReduction(),
        training.runtime());
  }

  /** {@code nicFactor} times the NIC's rate. */
  public static Problem problem(Training training, int layers, double nicFactor) {
    Layer layer =
        new Layer(
            new GroupedQueryAttention(
                9216, 4, 4, 12, GroupedQueryAttention.Window.full(), Optional.empty()),
            new DenseFfn(18432),
            0,
            1);
    return new Problem(
        "training",
        new Model("gpt", "test", 48, 500, true, Collections.nCopies(layers, layer)),
        topology(nicFactor),
        new Workload(
            Phase.TRAINING,
            Contexts.of(100),
            OptionalLong.of(BATCH),
            100,
            1,
            Routing.none(),
            Optional.of(training)),
        new Precision(Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16),
        new Engine("e", DispatchRule.EVEN, CopyRule.PER_GPU, false),
        LayoutSpace.open(),
        new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0),
        Objective.THROUGHPUT);
  }

  private static Topology topology(double nicFactor) {
    TopologyBuilder builder = new TopologyBuilder("t");
    LinkSpec port = new LinkSpec(400e9, 3e-6, 0.5);
    for (int rack = 0; rack < 8; rack++) {
      builder
          .rack("r" + rack)
          .domain("three", port)
          .node("n", GPU, 3)
          .domain("one", port)
          .node("n", GPU, 1);
    }
    return builder.build(
        new ScaleOut(new LinkSpec(50e9 * nicFactor, 10e-6, 0.8), OptionalDouble.empty(), 8, 1));
  }

  /** Equal runs of layers on GPUs in order. */
  public static Plan plan(Problem problem, Layout layout) {
    int layers = problem.model().layers().size() / layout.pipelineStages();
    int gpus = layout.replicas() * layout.gpusPerStage();
    List<Stage> stages = new ArrayList<>();
    for (int s = 0; s < layout.pipelineStages(); s++) {
      stages.add(
          new Stage(
              s * layers,
              (s + 1) * layers - 1,
              IntStream.range(s * gpus, (s + 1) * gpus).boxed().toList()));
    }
    return new Plan(layout, stages, new TreeMap<>());
  }

  /** Stages of the first instance. */
  static List<CostedStage> stages(Problem problem, Plan plan) {
    return CostedPlan.of(problem, ProblemRouting.of(problem), plan, CostDetail.FIGURES)
        .instances()
        .get(0)
        .stages();
  }
}
