package dev.rackplan.cost;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.TermOp;
import dev.rackplan.law.LawBook;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
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
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Workload;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * Layers of hidden size 128 on four GPUs of two domains, whose operations tests write out by hand.
 *
 * @param query tokens of a sequence and step; of a chunk in prefill
 */
public record OpsCase(
    Phase phase,
    String engine,
    boolean twoBatchOverlap,
    Contexts contexts,
    double query,
    Precision precision,
    GpuSpec gpu,
    LawBook laws) {
  static final Precision BF16 =
      new Precision(Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16);

  /** Decode of one token at a context of 100 under SGLang, no laws. */
  public static final OpsCase DECODE =
      new OpsCase(
          Phase.DECODE,
          "sglang",
          false,
          Contexts.of(100),
          1,
          BF16,
          gpu(OptionalDouble.of(200e12), OptionalDouble.empty()),
          LawBook.NONE);

  /** 100e12 FLOP/s in BF16, half of it sustained; 1.6e12 bytes/s sustained; starts of 2 µs. */
  public static GpuSpec gpu(OptionalDouble fp8, OptionalDouble fp4) {
    return new GpuSpec(
        "g",
        100e9,
        2e12,
        new PeakFlops(OptionalDouble.of(100e12), fp8, fp4),
        0.5,
        0.8,
        OptionalDouble.empty(),
        2e-6);
  }

  public OpsCase of(Phase other, Contexts lengths, double tokens) {
    return new OpsCase(other, engine, twoBatchOverlap, lengths, tokens, precision, gpu, laws);
  }

  public OpsCase under(String other) {
    return new OpsCase(phase, other, twoBatchOverlap, contexts, query, precision, gpu, laws);
  }

  public OpsCase halved() {
    return new OpsCase(phase, engine, true, contexts, query, precision, gpu, laws);
  }

  public OpsCase in(Precision other) {
    return new OpsCase(phase, engine, twoBatchOverlap, contexts, query, other, gpu, laws);
  }

  public OpsCase on(GpuSpec other) {
    return new OpsCase(phase, engine, twoBatchOverlap, contexts, query, precision, other, laws);
  }

  public OpsCase with(LawBook other) {
    return new OpsCase(phase, engine, twoBatchOverlap, contexts, query, precision, gpu, other);
  }

  private Topology topology() {
    LinkSpec scaleUp = new LinkSpec(400e9, 3e-6, 0.5);
    return new TopologyBuilder("t")
        .rack("a")
        .domain("d", scaleUp)
        .node("n", gpu, 1)
        .node("m", gpu, 1)
        .rack("b")
        .domain("d", scaleUp)
        .node("n", gpu, 2)
        .build(new ScaleOut(new LinkSpec(50e9, 10e-6, 0.8), OptionalDouble.empty(), 1, 2));
  }

  public Problem problem(Layer... layers) {
    Model model = new Model("m", "test", 128, 500, false, List.of(layers));
    // Loads 1, 2, 3, ... of the experts.
    List<LayerRouting> loads =
        model.moeLayers().stream()
            .map(layer -> model.moe(layer).orElseThrow())
            .map(
                moe ->
                    LayerRouting.ofLoads(
                        IntStream.rangeClosed(1, moe.experts()).asDoubleStream().toArray(),
                        moe.expertsPerToken()))
            .toList();
    RoutingProfile profile = new RoutingProfile("p", 1, loads);
    Routing routing = model.moeLayers().isEmpty() ? Routing.none() : Routing.of(profile);
    return new Problem(
        "p",
        model,
        topology(),
        new Workload(phase, contexts, OptionalLong.empty(), query, 1, routing, Optional.empty()),
        precision,
        new Engine(engine, DispatchRule.EVEN, CopyRule.PER_GPU, twoBatchOverlap),
        LayoutSpace.open(),
        new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0),
        Objective.THROUGHPUT,
        laws);
  }

  public OpPrices prices(Layer... layers) {
    return new OpPrices(problem(layers), gpu);
  }

  /** The first {@code gpus} GPUs as one stage. */
  public StageModel stage(Layout layout, Layer... layers) {
    Problem problem = problem(layers);
    return new StageModel(
        problem,
        layout,
        StageShape.of(
            problem.topology(), IntStream.range(0, layout.gpusPerStage()).boxed().toList()));
  }

  /** What a layer runs on one GPU of a layout for one part of the batch. */
  public List<TermOp> ops(Layout layout, Layer layer) {
    Problem problem = problem(layer);
    InferenceCost cost = (InferenceCost) PhaseCost.of(problem, layout);
    return cost.ofPart(layer, prices(layer), Batch.of(problem, layout), layout);
  }
}
