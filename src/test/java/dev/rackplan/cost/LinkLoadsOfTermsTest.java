package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.link.BusiestLink.Kind;
import dev.rackplan.cost.link.CollectiveTime;
import dev.rackplan.cost.link.HopTime;
import dev.rackplan.cost.link.LinkShares;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.Uplink;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.ExpertMap;
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
import dev.rackplan.topology.Islands;
import dev.rackplan.topology.LinkKind;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.NodeNics;
import dev.rackplan.topology.Rails;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Workload;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What dispatch, all-reduce and hops put on links, against figures worked by hand.
 *
 * <p>NICs carry 10e9 bytes/s after 10 µs, ports 100e9 after 2 µs. Ten tokens live on each GPU, each
 * chooses one expert, every GPU has one, all as often.
 */
class LinkLoadsOfTermsTest {
  private static final double DIGITS = 1e-9;
  private static final LinkSpec NIC = new LinkSpec(10e9, 10e-6, 1);
  private static final LinkSpec PORT = new LinkSpec(100e9, 2e-6, 1);

  /** Two racks of one node of four GPUs. */
  private static Topology pair(
      int racksPerLeaf,
      double oversubscription,
      Rails rails,
      OptionalInt nicsPerNode,
      Optional<Islands> islands) {
    SortedMap<Integer, NodeNics> nics = new TreeMap<>();
    if (nicsPerNode.isPresent()) {
      nics.put(0, new NodeNics(NIC, nicsPerNode));
      nics.put(1, new NodeNics(NIC, nicsPerNode));
    }
    return new TopologyBuilder("t")
        .equalRacks(2, 1, 1, 1, 4, CostTermsTest.GPU, PORT, islands, false)
        .build(
            new ScaleOut(NIC, OptionalDouble.empty(), racksPerLeaf, oversubscription, rails, nics));
  }

  private static StageShape whole(Topology topology) {
    return StageShape.of(topology, IntStream.range(0, topology.gpus().size()).boxed().toList());
  }

  private static Layout layout(int gpus, int sequences) {
    return Layout.neutral()
        .with(Degree.EXPERT_PARALLEL, gpus)
        .with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences);
  }

  static Problem problem(Topology topology, int gpus, CopyRule copyRule) {
    MoeFfn moe = new MoeFfn(gpus, 1, 500, 0, 11, 16, 1, 1);
    Layer layer =
        new Layer(
            new GroupedQueryAttention(
                1000, 4, 2, 8, GroupedQueryAttention.Window.full(), Optional.empty()),
            moe,
            40,
            1);
    double[] loads = new double[gpus];
    Arrays.fill(loads, 1);
    Routing routing =
        Routing.of(new RoutingProfile("p", 1, List.of(LayerRouting.ofLoads(loads, 1))));
    return new Problem(
        "p",
        new Model("m", "test", 48, 500, false, List.of(layer)),
        topology,
        new Workload(Phase.DECODE, 100, OptionalLong.empty(), 1, 1, routing),
        new Precision(Dtype.BF16, Dtype.FP8, Dtype.BF16, Dtype.FP8, Dtype.BF16),
        new Engine("e", DispatchRule.EVEN, copyRule, false),
        LayoutSpace.open(),
        new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0),
        Objective.THROUGHPUT);
  }

  private static ExpertLayerModel model(StageShape shape, CopyRule copyRule, int sequences) {
    Problem problem = problem(shape.network().topology(), shape.gpuCount(), copyRule);
    Layer layer = problem.model().layers().get(0);
    return new ExpertLayerModel(problem, layout(shape.gpuCount(), sequences), layer, shape);
  }

  private static PlacementTally tally(StageShape shape, CopyRule copyRule, int sequences) {
    int gpus = shape.gpuCount();
    int[][] replicas = new int[gpus][];
    Arrays.setAll(replicas, gpu -> new int[] {gpu});
    return PlacementTally.of(
        ProblemRouting.of(problem(shape.network().topology(), gpus, copyRule)).of(0).get(0),
        shape,
        DispatchRule.EVEN,
        copyRule,
        sequences,
        replicas);
  }

  static List<BusiestLink> dispatch(StageShape shape, CopyRule copyRule, int sequences) {
    return model(shape, copyRule, sequences)
        .exchange()
        .links()
        .all(tally(shape, copyRule, sequences));
  }

  // Of 80 tokens 40 cross the leaf of 5e9; each copy has 11 elements of one and of two bytes.
  @Test
  void pictures_haveTheFullestLinkOfEachKindAndDomain() {
    StageShape shape = whole(pair(1, 8, Rails.NONE, OptionalInt.empty(), Optional.empty()));
    ExpertLayerModel model = model(shape, CopyRule.PER_GPU, 80);
    List<LinkUse> uses = LinkUse.of(model, tally(shape, CopyRule.PER_GPU, 80));
    LinkUse binds = uses.stream().max(Comparator.comparingDouble(LinkUse::seconds)).orElseThrow();
    assertEquals("the uplinks of leaf-0", binds.link());
    assertEquals(List.of(0), binds.domains());
    assertClose(20 * model.exchange().bytesPerCopy() / 5e9, binds.seconds());
    assertEquals(
        List.of("LEAF_UPLINK", "LEAF_UPLINK"),
        uses.stream().map(LinkUse::kind).filter("LEAF_UPLINK"::equals).toList());
    assertClose(
        3.75 * model.exchange().bytesPerCopy() / 100e9,
        uses.stream()
            .filter(use -> use.kind().equals("PORT_IN") && use.domains().equals(List.of(1)))
            .mapToDouble(LinkUse::seconds)
            .sum());
  }

  private static double most(List<BusiestLink> links, Kind kind) {
    return links.stream()
        .filter(link -> link.kind() == kind)
        .mapToDouble(BusiestLink::secondsPerByte)
        .max()
        .orElseThrow();
  }

  private static double most(List<BusiestLink> links, StageShape shape, LinkKind kind) {
    return links.stream()
        .filter(link -> link.kind() == Kind.UPLINK)
        .filter(link -> shape.portGroups().uplinks().get(link.index()).kind() == kind)
        .mapToDouble(BusiestLink::secondsPerByte)
        .max()
        .orElseThrow();
  }

  private static void assertClose(double expected, double actual) {
    assertEquals(expected, actual, DIGITS * Math.max(expected, 1e-15));
  }

  // Each GPU is sent 5 copies by the other domain, 3.75 by its own three neighbours. A rail switch
  // has four NICs and an uplink of one. From the sender's own NIC half of what a rail gets comes
  // from the other one: 2 · 5 each way; by a neighbour's NIC nothing.
  @ParameterizedTest
  @CsvSource({"PER_EXPERT, true, 10", "PER_GPU, false, 10", "PER_GPU, true, 0"})
  void dispatch_crossesRailsUnlessANeighbourForwards(
      CopyRule copyRule, boolean forwarding, double copies) {
    StageShape shape =
        whole(pair(2, 4, new Rails(2, forwarding), OptionalInt.empty(), Optional.empty()));
    List<BusiestLink> links = dispatch(shape, copyRule, 80);
    assertClose(5 / 10e9, most(links, Kind.NIC_IN));
    assertClose(5 / 10e9, most(links, Kind.NIC_OUT));
    assertClose(3.75 / 100e9, most(links, Kind.PORT_IN));
    assertClose(10 / 20e9, most(links, shape, LinkKind.DOMAIN_UPLINK));
    assertClose(copies / 10e9, most(links, shape, LinkKind.LEAF_UPLINK));
  }

  // One copy for a node: 1 - (7/8)^4 of 40 tokens, to the GPU of the sender's number, so on its
  // rail.
  @Test
  void dispatch_thatForwardsInsideNodesKeepsToRails() {
    StageShape shape =
        whole(pair(2, 4, new Rails(2, false), OptionalInt.empty(), Optional.empty()));
    List<BusiestLink> links = dispatch(shape, CopyRule.PER_DOMAIN, 80);
    double copies = 40 * (1 - Math.pow(7 / 8.0, 4)) / 4;
    assertEquals(copies / 10e9, most(links, Kind.NIC_OUT), 1e-6 * copies / 10e9);
    assertEquals(copies / 10e9, most(links, Kind.NIC_IN_MEAN), 1e-6 * copies / 10e9);
    assertClose(0, most(links, shape, LinkKind.LEAF_UPLINK));
  }

  // Two GPUs share a NIC: 10 copies.
  @Test
  void dispatch_sharesANicBetweenNeighbours() {
    StageShape shape = whole(pair(2, 1, Rails.NONE, OptionalInt.of(2), Optional.empty()));
    List<BusiestLink> links = dispatch(shape, CopyRule.PER_GPU, 80);
    assertClose(10 / 10e9, most(links, shape, LinkKind.SHARED_NIC));
    assertClose(20 / 20e9, most(links, shape, LinkKind.DOMAIN_UPLINK));
  }

  // Of 3.75 copies from the own node a third comes over the bridge of 300e9; the rest of both GPUs
  // of an island comes into it over 15e9.
  @Test
  void dispatch_takesTheBridgeInsideAnIsland() {
    Islands islands =
        new Islands(2, Optional.of(new LinkSpec(300e9, 1e-6, 1)), OptionalDouble.of(15e9));
    StageShape shape = whole(pair(2, 1, Rails.NONE, OptionalInt.empty(), Optional.of(islands)));
    List<BusiestLink> links = dispatch(shape, CopyRule.PER_GPU, 80);
    assertClose(1.25 / 300e9, most(links, Kind.ISLAND_PORT_IN));
    assertClose(2.5 / 100e9, most(links, Kind.PORT_IN));
    assertClose(5 / 15e9, most(links, Kind.ISLAND_UPLINK));
  }

  // One token: all of its copies leave one GPU, half of them its domain; eight tokens: one on each.
  @Test
  void dispatch_leavesOnlyFromGpusThatHaveTokens() {
    StageShape shape = whole(pair(2, 1, Rails.NONE, OptionalInt.empty(), Optional.empty()));
    for (int sequences : new int[] {1, 3, 8}) {
      List<BusiestLink> links = dispatch(shape, CopyRule.PER_GPU, sequences);
      assertClose(0.5 / 10e9, most(links, Kind.NIC_OUT));
      assertClose(sequences / 16.0 / 10e9, most(links, Kind.NIC_IN));
    }
    List<BusiestLink> one = dispatch(shape, CopyRule.PER_GPU, 1);
    assertClose(3 / 8.0 / 100e9, most(one, Kind.PORT_OUT));
  }

  // 80 kB: within each node 2 · 3/4 of it, then each of four NICs 2 · 1/2 · 20 kB; all four cross a
  // leaf of 40e9 / 8.
  @ParameterizedTest
  @CsvSource({"2, 1, 2e-6", "1, 8, 16e-6"})
  void allReduce_takesEveryNicAndSharesLeaves(
      int racksPerLeaf, double oversubscription, double between) {
    StageShape shape =
        whole(
            pair(
                racksPerLeaf, oversubscription, Rails.NONE, OptionalInt.empty(), Optional.empty()));
    double within = 2e-6 + 2 * 0.75 * 80e3 / 100e9;
    assertClose(
        within + 10e-6 + between,
        new CollectiveTime(shape, (kind, domains) -> Optional.empty())
            .seconds(OpKind.ALL_REDUCE, 40e3, 2, 8, 1));
  }

  // A ring over two islands takes each way out once, at 15e9, and each port at 100e9.
  @Test
  void allReduce_goesRoundIslandsAtTheRateOfTheirWayOut() {
    Islands islands = new Islands(2, Optional.empty(), OptionalDouble.of(15e9));
    Topology topology = pair(2, 1, Rails.NONE, OptionalInt.empty(), Optional.of(islands));
    CollectiveTime time =
        new CollectiveTime(
            StageShape.of(topology, List.of(0, 1, 2, 3)), (kind, domains) -> Optional.empty());
    assertClose(2e-6 + 2 * 0.75 * 80e3 / 15e9, time.seconds(OpKind.ALL_REDUCE, 40e3, 2, 4, 1));
    assertClose(2e-6 + 2 * 0.5 * 80e3 / 100e9, time.seconds(OpKind.ALL_REDUCE, 40e3, 2, 2, 1));
    // Two rings at once share it.
    assertClose(2e-6 + 2 * 0.5 * 80e3 / 7.5e9, time.seconds(OpKind.ALL_REDUCE, 40e3, 2, 2, 2));
  }

  // 1 GB over eight GPUs of 100e9: a ring moves 1.75 GB; switches take each byte once, at 0.85 of
  // the rate on Hopper. Below 25 us nobody waits for them, and two GPUs have nothing to sum up.
  @ParameterizedTest
  @CsvSource({
    "h100-sxm, 8, 1e9, 4.382298475e-3",
    "h100-sxm, 8, 1e5, 3.648148148e-6",
    "h100-sxm, 2, 1e9, 3.706703704e-3",
    "b200-sxm, 8, 1e9, 2.527502503e-3",
    "a100-80g, 8, 1e9, 9.725222222e-3",
    "h200-nvl, 4, 1e9, 4.169666667e-3"
  })
  void allReduce_isSummedUpBySwitchesWhereThatIsFaster(
      String name, int gpus, double bytes, double seconds) {
    GpuCatalogEntry gpu = GpuCatalog.load().entry(name);
    StageShape shape = whole(TopologyBuilder.equalDomains("t", gpu, 1, gpus));
    CollectiveTime time = new CollectiveTime(shape, (kind, domains) -> Optional.empty());
    assertEquals(seconds, time.seconds(OpKind.ALL_REDUCE, bytes / 2, 2, gpus, 1), 1e-6 * seconds);
    // All-gathers stay rings.
    assertClose(
        gpu.scaleUp().latencySeconds()
            + (gpus - 1.0) / gpus * bytes / gpu.scaleUp().sustainedBytesPerSecond(),
        time.seconds(OpKind.ALL_GATHER, bytes / 2, 2, gpus, 1));
  }

  // Four GPUs send 80 kB each to their like in the other node, over a leaf of 40e9 / 8.
  @Test
  void hop_sharesTheLeafAmongItsPairs() {
    Topology topology = pair(1, 8, Rails.NONE, OptionalInt.empty(), Optional.empty());
    StageShape from = StageShape.of(topology, List.of(0, 1, 2, 3));
    StageShape to = StageShape.of(topology, List.of(4, 5, 6, 7));
    Batch batch = new Batch(40, 10, 3, 12, 2000, Contexts.of(5000));
    assertClose(10e-6 + 4 * 80e3 / 5e9, HopTime.seconds(from, to, batch, 4000, 1));
    StageShape half = StageShape.of(topology, List.of(0, 1));
    StageShape other = StageShape.of(topology, List.of(4, 5));
    assertClose(10e-6 + 2 * 80e3 / 5e9, HopTime.seconds(half, other, batch, 4000, 1));
  }

  // Two replicas over both leaves, two GPUs below each: half of a leaf's 5e9 each. Of an instance's
  // two stages with one micro-batch only one runs at a time.
  @ParameterizedTest
  @CsvSource({"2, 1, 1, 2.5e9", "1, 2, 1, 5e9", "1, 2, 2, 2.5e9", "1, 2, 8, 2.5e9"})
  void leaf_isSharedByStagesThatRunAtTheSameTime(
      int replicas, int stages, int microBatches, double bytesPerSecond) {
    Topology topology = pair(1, 8, Rails.NONE, OptionalInt.empty(), Optional.empty());
    Layout layout =
        layout(4, 40)
            .with(Degree.REPLICAS, replicas)
            .with(Degree.PIPELINE_STAGES, stages)
            .with(Degree.MICRO_BATCHES, microBatches);
    List<Integer> one = List.of(0, 1, 4, 5);
    LinkShares shares = LinkShares.ofCopies(topology, layout, List.of(one, List.of(2, 3, 6, 7)));
    StageShape shape = StageShape.of(topology, one, shares);
    assertClose(bytesPerSecond, leaf(shape));
    assertClose(5e9, leaf(shape.alone()));
  }

  // Two racks' leaves with next to no uplink: each replica alone fills it, so both together are as
  // fast as one.
  @Test
  void replicas_onOneOversubscribedLeafYieldWhatOneDoes() {
    Topology topology = pair(1, 8e3, Rails.NONE, OptionalInt.empty(), Optional.empty());
    Problem problem = problem(topology, 4, CopyRule.PER_GPU);
    double one = tokensPerSecond(problem, 1, List.of(0, 1, 4, 5));
    double two = tokensPerSecond(problem, 2, List.of(0, 1, 4, 5, 2, 3, 6, 7));
    assertEquals(one, two, 0.01 * one);
    Topology wide = pair(1, 1, Rails.NONE, OptionalInt.empty(), Optional.empty());
    Problem alone = problem(wide, 4, CopyRule.PER_GPU);
    assertEquals(
        2 * tokensPerSecond(alone, 1, List.of(0, 1, 4, 5)),
        tokensPerSecond(alone, 2, List.of(0, 1, 4, 5, 2, 3, 6, 7)),
        1e-3);
  }

  private static double tokensPerSecond(Problem problem, int replicas, List<Integer> gpus) {
    Layout layout = layout(4, 4000).with(Degree.REPLICAS, replicas);
    SortedMap<Integer, ExpertMap> experts = new TreeMap<>();
    experts.put(0, new ExpertMap(new int[] {0, 1, 2, 3}, 4));
    Plan plan = new Plan(layout, List.of(new Stage(0, 0, gpus)), experts);
    return CostedPlan.of(problem, ProblemRouting.of(problem), plan, CostDetail.TIMES)
        .tokensPerSecond();
  }

  private static double leaf(StageShape shape) {
    return shape.portGroups().uplinks().stream()
        .filter(uplink -> uplink.kind() == LinkKind.LEAF_UPLINK)
        .mapToDouble(Uplink::bytesPerSecond)
        .min()
        .orElseThrow();
  }

  // A leaf of all its NICs' rate binds for neither, however the stages share it.
  @Test
  void leaf_ofAllItsNicsIsNotShared() {
    Topology topology = pair(1, 1, Rails.NONE, OptionalInt.empty(), Optional.empty());
    List<List<Integer>> copies = List.of(List.of(0, 4), List.of(1, 2, 3, 5, 6, 7));
    LinkShares shares =
        LinkShares.ofCopies(topology, layout(4, 40).with(Degree.REPLICAS, 2), copies);
    assertClose(40e9, leaf(StageShape.of(topology, copies.get(0), shares)));
  }

  // 64 MB over 16 H100: reduce-scatter and all-gather inside each node, and an eighth of the sum
  // both ways over each of eight NICs.
  @Test
  void allReduce_overTwoNodesIsWithinAQuarterOfTheHandFigure() {
    GpuCatalogEntry h100 = GpuCatalog.load().entry("h100-sxm");
    StageShape shape = whole(TopologyBuilder.equalDomains("t", h100, 2, 8));
    double bytes = 64e6;
    double hand =
        2 * 7 / 8.0 * bytes / h100.scaleUp().sustainedBytesPerSecond()
            + bytes / 8 / h100.nic().sustainedBytesPerSecond();
    double seconds =
        new CollectiveTime(shape, (kind, domains) -> Optional.empty())
            .seconds(OpKind.ALL_REDUCE, bytes / 2, 2, 16, 1);
    assertTrue(Math.abs(seconds / hand - 1) < 0.25, seconds + " s, by hand " + hand);
  }
}
