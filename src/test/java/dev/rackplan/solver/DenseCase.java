package dev.rackplan.solver;

import dev.rackplan.Lcg;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
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
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Dense models of uneven layers on nodes of one GPU each. */
public final class DenseCase {
  private DenseCase() {}

  /** A GPU of {@code speed} × 1e12 FLOP/s and bytes/s with {@code memoryGb} GB. */
  public static GpuSpec gpu(String name, double speed, double memoryGb) {
    return new GpuSpec(
        name,
        memoryGb * 1e9,
        speed * 1e12,
        new PeakFlops(
            OptionalDouble.of(speed * 1e12), OptionalDouble.empty(), OptionalDouble.empty()),
        1,
        1,
        OptionalDouble.of(2));
  }

  /** One domain of one GPU for each spec. */
  public static Topology topology(List<GpuSpec> specs) {
    LinkSpec link = new LinkSpec(50e9, 1e-5, 1);
    TopologyBuilder builder = new TopologyBuilder("nodes").rack("rack");
    for (int i = 0; i < specs.size(); i++) {
      builder.domain("domain-" + i, link).node("node", specs.get(i), 1);
    }
    return builder.build(new ScaleOut(link, OptionalDouble.empty(), 1, 1));
  }

  /** Layers of 1 to 9 × 1e8 FFN weights. */
  public static Model model(Lcg random, int layers) {
    GroupedQueryAttention attention =
        GroupedQueryAttention.ofDimensions(
            1024, 8, 8, 128, GroupedQueryAttention.Window.full(), java.util.Set.of());
    List<Layer> list = new ArrayList<>();
    for (int l = 0; l < layers; l++) {
      list.add(new Layer(attention, new DenseFfn(100_000_000L * random.in(1, 9)), 0, 1));
    }
    return new Model("uneven", "test", 1024, 1000, false, list);
  }

  /** Decode at a context of 1,000 tokens. */
  public static Problem problem(
      Model model,
      Topology topology,
      OptionalLong sequences,
      LayoutSpace space,
      Limits limits,
      Objective objective) {
    return new Problem(
        "dense",
        model,
        topology,
        new Workload(Phase.DECODE, 1000, sequences, 1, 1, Routing.none()),
        new Precision(Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16),
        new Engine("test", DispatchRule.EVEN, CopyRule.PER_GPU, false),
        space,
        limits,
        objective);
  }

  /** A layout space of given stages, one GPU each, one instance. */
  public static LayoutSpace stages(Integer... stages) {
    return LayoutSpace.open()
        .with(Degree.REPLICAS, List.of(1))
        .with(Degree.PIPELINE_STAGES, List.of(stages))
        .with(Degree.ATTENTION_TENSOR_PARALLEL, List.of(1));
  }
}
