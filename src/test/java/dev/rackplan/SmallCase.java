package dev.rackplan;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.placement.PlacementTallies;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.PeakFlops;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import dev.rackplan.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * One MoE layer on a handful of GPUs, small enough to enumerate, with rates at which experts, ports
 * and NICs all matter.
 *
 * @param problem a model of one MoE layer
 * @param layout one stage, one slot row per GPU
 */
public record SmallCase(Problem problem, Layout layout) {

  /** What is known of the routing. */
  public enum Known {
    TOKENS,
    LOADS,
    /** One scenario that mixes a profile of tokens and one of loads. */
    BOTH
  }

  /**
   * How large a random case is.
   *
   * @param gpusOfNode GPUs per node, [domain][node]
   */
  public record Size(
      int[][] gpusOfNode, int experts, int expertsPerToken, int slotsPerGpu, int scenarios) {
    public int gpus() {
      return IntStream.range(0, gpusOfNode.length)
          .map(d -> IntStream.of(gpusOfNode[d]).sum())
          .sum();
    }

    /** Up to 3 domains of up to 2 nodes of up to 2 GPUs, 3 to 6 experts, up to 3 a token. */
    public static Size random(Lcg random) {
      int[][] nodes = new int[random.in(1, 3)][];
      for (int d = 0; d < nodes.length; d++) {
        nodes[d] = new int[random.in(1, 2)];
        for (int n = 0; n < nodes[d].length; n++) {
          nodes[d][n] = random.in(1, 2);
        }
      }
      nodes[0][0]++;
      int experts = random.in(3, 6);
      int gpus = new Size(nodes, 1, 1, 1, 1).gpus();
      int least = (experts + gpus - 1) / gpus;
      return new Size(
          nodes,
          experts,
          random.in(1, Math.min(3, experts - 1)),
          Math.min(experts, random.in(least, least + 1)),
          1);
    }
  }

  public static SmallCase random(
      Lcg random, Size size, DispatchRule dispatchRule, CopyRule copyRule, Known known) {
    Engine engine = new Engine("test", dispatchRule, copyRule, false);
    Precision precision = new Precision(Dtype.BF16, Dtype.FP8, Dtype.BF16, Dtype.FP8, Dtype.BF16);
    MoeFfn moe =
        new MoeFfn(
            size.experts(),
            size.expertsPerToken(),
            random.in(500, 4000),
            random.in(0, 900),
            40,
            random.in(20, 60),
            1,
            1);
    GroupedQueryAttention attention =
        new GroupedQueryAttention(
            3000, 4, 2, 8, GroupedQueryAttention.Window.full(), java.util.Optional.empty());
    Model model =
        new Model("small", "test", 48, 500, false, List.of(new Layer(attention, moe, 7, 1)));
    List<Scenario> scenarios = new ArrayList<>();
    for (int s = 0; s < size.scenarios(); s++) {
      scenarios.add(scenario(random, size, known, "scenario " + s));
    }
    Workload workload =
        new Workload(
            Phase.DECODE,
            100,
            OptionalLong.empty(),
            1,
            1,
            new Routing(scenarios, List.of(), Routing.USUAL_PARTS, 0));
    Problem problem =
        new Problem(
            "small",
            model,
            topology(random, size.gpusOfNode()),
            workload,
            precision,
            engine,
            LayoutSpace.open(),
            new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0.1),
            Objective.THROUGHPUT);
    int redundant = size.gpus() * size.slotsPerGpu() - size.experts();
    return new SmallCase(
        problem,
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, size.gpus())
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, random.in(1, 30) * size.gpus())
            .with(Degree.REDUNDANT_EXPERTS, redundant));
  }

  private static Topology topology(Lcg random, int[][] gpusOfNode) {
    GpuSpec spec =
        new GpuSpec(
            "g",
            1e9,
            random.between(1e8, 1e9),
            new PeakFlops(
                OptionalDouble.of(random.between(1e9, 1e10)),
                OptionalDouble.of(2e10),
                OptionalDouble.empty()),
            0.7,
            0.8,
            OptionalDouble.of(2));
    LinkSpec scaleUp = new LinkSpec(random.between(3e7, 3e8), 3e-6, 0.9);
    LinkSpec nic = new LinkSpec(random.between(1e7, 1e8), 1e-5, 0.8);
    TopologyBuilder builder = new TopologyBuilder("small");
    for (int d = 0; d < gpusOfNode.length; d++) {
      builder.rack("rack-" + d).domain("domain-0", scaleUp);
      for (int n = 0; n < gpusOfNode[d].length; n++) {
        builder.node("node-" + n, spec, gpusOfNode[d][n]);
      }
    }
    OptionalDouble uplink =
        random.coin() ? OptionalDouble.empty() : OptionalDouble.of(random.between(1e7, 1e8));
    return builder.build(new ScaleOut(nic, uplink, random.in(1, 2), random.in(1, 4)));
  }

  private static Scenario scenario(Lcg random, Size size, Known known, String name) {
    LayerRouting tokens = tokens(random, size);
    LayerRouting loads = loads(random, size);
    return new Scenario(
        name,
        switch (known) {
          case TOKENS -> List.of(new RoutingProfile("tokens", 1, List.of(tokens)));
          case LOADS -> List.of(new RoutingProfile("loads", 1, List.of(loads)));
          case BOTH ->
              List.of(
                  new RoutingProfile("tokens", 0.3, List.of(tokens)),
                  new RoutingProfile("loads", 0.7, List.of(loads)));
        });
  }

  private static LayerRouting tokens(Lcg random, Size size) {
    int tokens = random.in(2, 12);
    int[] choices = new int[tokens * size.expertsPerToken()];
    for (int t = 0; t < tokens; t++) {
      System.arraycopy(
          random.order(size.experts()),
          0,
          choices,
          t * size.expertsPerToken(),
          size.expertsPerToken());
    }
    return LayerRouting.ofTokens(size.experts(), size.expertsPerToken(), choices);
  }

  private static LayerRouting loads(Lcg random, Size size) {
    double[] loads = new double[size.experts()];
    // Nearly even loads leave a bound the least room.
    double most = random.coin() ? 1.01 : 10;
    for (int e = 0; e < loads.length; e++) {
      loads[e] = random.between(1, most);
    }
    return LayerRouting.ofLoads(loads, size.expertsPerToken());
  }

  /**
   * The same where loads alone are known of a gate that takes a token's experts from one of two
   * groups, if they hold enough; some loads are such as no such gate can have.
   */
  public SmallCase withDrawnTokens(Lcg random, Size size) {
    int groups = size.experts() % 2 == 0 ? 2 : size.experts();
    int perToken = groups == 2 && size.experts() / 2 >= size.expertsPerToken() ? 1 : groups - 1;
    MoeFfn gate = new MoeFfn(size.experts(), size.expertsPerToken(), 1, 0, 1, 1, groups, perToken);
    double[] loads = new double[size.experts()];
    for (int e = 0; e < loads.length; e++) {
      loads[e] = random.in(0, 3) == 0 ? 1000 : random.between(1, 2);
    }
    LayerRouting drawn = LayerRouting.ofLoads(loads, size.expertsPerToken()).asChosenBy(gate);
    Scenario scenario =
        new Scenario("drawn", List.of(new RoutingProfile("drawn", 1, List.of(drawn))));
    Routing routing = new Routing(List.of(scenario), List.of(), Routing.USUAL_PARTS, 0);
    return of(problem.withWorkload(problem.workload().withRouting(routing)));
  }

  /** The same question on another topology. */
  public SmallCase on(Topology topology) {
    return new SmallCase(problem.withTopology(topology), layout);
  }

  /** The same layout for another question. */
  public SmallCase of(Problem other) {
    return new SmallCase(other, layout);
  }

  /** The same where every other GPU has another name, and rates up to thrice as high. */
  public SmallCase withMixedGpus(Lcg random) {
    GpuSpec plain = problem.topology().gpus().get(0).spec();
    PeakFlops peak = plain.peakFlops();
    GpuSpec other =
        new GpuSpec(
            "other",
            plain.hbmBytes(),
            plain.hbmBytesPerSecond() * random.between(1, 3),
            new PeakFlops(
                OptionalDouble.of(peak.bf16().getAsDouble() * random.between(1, 3)),
                OptionalDouble.of(peak.fp8().getAsDouble() * random.between(1, 3)),
                OptionalDouble.empty()),
            plain.computeEfficiency(),
            plain.memoryEfficiency(),
            plain.usdPerHour());
    Topology all = problem.topology();
    List<Gpu> gpus =
        all.gpus().stream()
            .map(
                gpu ->
                    new Gpu(
                        gpu.index(),
                        gpu.name(),
                        gpu.rack(),
                        gpu.domain(),
                        gpu.node(),
                        gpu.rankInDomain(),
                        gpu.index() % 2 == 0 ? plain : other,
                        gpu.drained()))
            .toList();
    return on(
        new Topology(all.name(), all.racks(), all.domains(), all.nodes(), gpus, all.scaleOut()));
  }

  /** The same with another batch. */
  public SmallCase withSequences(int sequences) {
    return new SmallCase(
        problem,
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, layout.expertParallel())
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences)
            .with(Degree.REDUNDANT_EXPERTS, layout.redundantExperts()));
  }

  /** The same with another number of redundant experts, which need not divide over the GPUs. */
  public SmallCase withRedundant(int redundant) {
    return new SmallCase(
        problem,
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, layout.expertParallel())
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, layout.sequencesPerMicroBatch())
            .with(Degree.REDUNDANT_EXPERTS, redundant));
  }

  /**
   * This case, and those with one or two slots fewer where each expert and GPU still has one: the
   * uneven ones among them.
   */
  public List<SmallCase> withFewerSlots() {
    List<SmallCase> cases = new ArrayList<>(List.of(this));
    for (int fewer = 1; fewer <= 2; fewer++) {
      if (dealt().slots() - fewer >= Math.max(moe().experts(), layout.expertParallel())) {
        cases.add(withRedundant(layout.redundantExperts() - fewer));
      }
    }
    return cases;
  }

  /** All GPUs in order. */
  public StageShape shape() {
    return StageShape.of(
        problem.topology(), IntStream.range(0, layout.gpusPerStage()).boxed().toList());
  }

  public MoeFfn moe() {
    return problem.model().moe(0).orElseThrow();
  }

  public Batch batch() {
    return Batch.of(problem, layout);
  }

  public List<ScenarioLayer> scenarios() {
    return ProblemRouting.of(problem).of(0);
  }

  public GpuSlots dealt() {
    return new GpuSlots(moe().experts() + layout.redundantExperts(), layout.expertParallel());
  }

  /** Slots of the fullest GPU. */
  public int slotsPerGpu() {
    return new GpuSlots(moe().experts() + layout.redundantExperts(), layout.expertParallel())
        .mostSlotsPerGpu();
  }

  public ExpertLayerModel layerModel() {
    return new ExpertLayerModel(problem, layout, problem.model().layers().get(0), shape());
  }

  public PlacementTally tally(ScenarioLayer scenario, int[][] replicaGpus) {
    Engine engine = problem.engine();
    return PlacementTally.of(
        scenario,
        shape(),
        engine.dispatchRule(),
        engine.copyRule(),
        batch().tokensAtOnce(),
        replicaGpus);
  }

  public PlacementTallies tallies(List<ScenarioLayer> scenarios, int[][] replicaGpus) {
    Engine engine = problem.engine();
    return PlacementTallies.of(
        scenarios,
        shape(),
        engine.dispatchRule(),
        engine.copyRule(),
        batch().tokensAtOnce(),
        replicaGpus);
  }

  /** Expert time + all-to-all of the slowest scenario in s. */
  public double placementSeconds(ExpertMap map) {
    double slowest = 0;
    int[][] replicas = PlanShapes.replicaGpus(map, moe().experts());
    for (ScenarioLayer scenario : scenarios()) {
      slowest = Math.max(slowest, layerModel().placementSeconds(tally(scenario, replicas)));
    }
    return slowest;
  }

  /** A random sound placement: every expert somewhere, none twice on a GPU. */
  public ExpertMap placement(Lcg random) {
    int gpus = layout.expertParallel();
    int[] slots = new int[dealt().slots()];
    do {
      for (int g = 0; g < gpus; g++) {
        System.arraycopy(
            random.order(moe().experts()), 0, slots, dealt().firstSlot(g), dealt().slotsOf(g));
      }
    } while (!complete(slots));
    return new ExpertMap(slots, gpus);
  }

  /** Every sound placement once; the order of slots on one GPU doesn't matter. */
  public List<ExpertMap> allPlacements() {
    List<ExpertMap> all = new ArrayList<>();
    fill(new int[dealt().slots()], 0, all);
    return all;
  }

  private void fill(int[] slots, int slot, List<ExpertMap> all) {
    if (slot == slots.length) {
      if (complete(slots)) {
        all.add(new ExpertMap(slots, layout.expertParallel()));
      }
      return;
    }
    // Ascending on each GPU: each set once, no second copy.
    boolean firstOfGpu = slot == dealt().firstSlot(dealt().gpuOfSlot(slot));
    for (int e = firstOfGpu ? 0 : slots[slot - 1] + 1; e < moe().experts(); e++) {
      slots[slot] = e;
      fill(slots, slot + 1, all);
    }
  }

  private boolean complete(int[] slots) {
    return new TreeSet<>(IntStream.of(slots).boxed().toList()).size() == moe().experts();
  }
}
