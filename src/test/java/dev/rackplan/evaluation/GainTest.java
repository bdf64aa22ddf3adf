package dev.rackplan.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.MoeLayerTerms;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.PeakFlops;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import dev.rackplan.workload.Workload;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Parts of gains worked by hand, and parts that sum to the difference. */
class GainTest {
  private static final double ROUNDING = 1e-9;
  private static final double NIC = 1e6;
  private static final double GPU_TOKENS = 6;

  /** Two domains of one node of two GPUs, 4 experts, 2 a token, 2 slots a GPU, 6 tokens a GPU. */
  private static Problem problem(
      int[] choices, double nicBytesPerSecond, CopyRule copy, boolean overlap) {
    SmallCase small =
        SmallCase.random(
            new Lcg(1),
            new Size(new int[][] {{2}, {2}}, 4, 2, 2, 1),
            DispatchRule.NEAREST,
            copy,
            Known.TOKENS);
    Problem problem = small.on(topology(nicBytesPerSecond)).problem();
    Workload workload = problem.workload();
    LayerRouting tokens = LayerRouting.ofTokens(4, 2, choices);
    Scenario scenario =
        new Scenario("s", List.of(new RoutingProfile("tokens", 1, List.of(tokens))));
    return new Problem(
        problem.name(),
        problem.model(),
        problem.topology(),
        new Workload(
            workload.phase(),
            workload.contextTokens(),
            workload.concurrentSequences(),
            workload.queryTokens(),
            workload.acceptedTokens(),
            new Routing(List.of(scenario), List.of())),
        problem.precision(),
        new Engine("e", DispatchRule.NEAREST, copy, overlap),
        problem.layoutSpace(),
        problem.limits(),
        problem.objective());
  }

  private static Topology topology(double nicBytesPerSecond) {
    GpuSpec spec =
        new GpuSpec(
            "g",
            1e9,
            1e9,
            new PeakFlops(OptionalDouble.of(1e10), OptionalDouble.of(2e10), OptionalDouble.empty()),
            1,
            1,
            OptionalDouble.of(2));
    TopologyBuilder builder = new TopologyBuilder("two");
    for (int d = 0; d < 2; d++) {
      builder.rack("rack-" + d).domain("domain-0", new LinkSpec(1e12, 3e-6, 1));
      builder.node("node-0", spec, 2);
    }
    return builder.build(
        new ScaleOut(new LinkSpec(nicBytesPerSecond, 1e-5, 1), OptionalDouble.empty(), 2, 1));
  }

  private static Evaluation evaluate(Problem problem, int... slots) {
    return new Evaluator(problem)
        .evaluate(
            new Plan(
                Layout.neutral()
                    .with(Degree.EXPERT_PARALLEL, 4)
                    .with(Degree.SEQUENCES_PER_MICRO_BATCH, (int) (4 * GPU_TOKENS))
                    .with(Degree.REDUNDANT_EXPERTS, 4),
                List.of(new Stage(0, 0, List.of(0, 1, 2, 3))),
                new TreeMap<>(Map.of(0, new ExpertMap(slots, 4)))));
  }

  /** Seconds that {@code copies} per token take on the mean NIC, there and back. */
  private static double nicSeconds(Problem problem, double copies) {
    double bytes =
        problem.model().moe(0).orElseThrow().tokenWidth()
            * (problem.precision().dispatch().bytes() + problem.precision().combine().bytes());
    return copies * GPU_TOKENS * bytes / NIC;
  }

  private static void assertParts(Gain gain, double balance, double home, double together) {
    double tolerance = ROUNDING * Math.abs(gain.seconds());
    assertEquals(balance, gain.balanceSeconds(), tolerance);
    assertEquals(home, gain.homeSeconds(), tolerance);
    assertEquals(together, gain.togetherSeconds(), tolerance);
    assertEquals(
        gain.seconds(), balance + home + together, tolerance, "nothing but these: " + gain);
  }

  @ParameterizedTest
  @MethodSource("copyRules")
  void replicasAtHome_areTheWholeGainWhereOnlyTheyDiffer(CopyRule copy) {
    // Each token has one choice of 0 and 1 and one of 2 and 3.
    Problem problem = problem(new int[] {0, 2, 0, 3, 1, 2, 1, 3}, NIC, copy, false);
    // Of each token, one choice leaves home.
    Evaluation before = evaluate(problem, 0, 1, 0, 1, 2, 3, 2, 3);
    // Experts 0 and 2 in both domains: 3 leaves the first domain, 1 the second, half the time.
    Evaluation now = evaluate(problem, 0, 1, 1, 2, 0, 3, 2, 3);

    assertEquals(0.5, before.placement().orElseThrow().homeShare(), ROUNDING);
    assertEquals(0.75, now.placement().orElseThrow().homeShare(), ROUNDING);
    assertEquals(1, before.placement().orElseThrow().choicesPerCopy().getAsDouble(), ROUNDING);
    assertEquals(1, now.placement().orElseThrow().choicesPerCopy().getAsDouble(), ROUNDING);
    assertParts(Gain.of(now, before), 0, nicSeconds(problem, 0.5), 0);
  }

  static Stream<CopyRule> copyRules() {
    return Stream.of(CopyRule.values());
  }

  @Test
  void expertsTogether_areTheWholeGainWhereOnlyTheyDiffer() {
    // 0 and 1 are chosen together, 2 and 3 are.
    Problem problem = problem(new int[] {0, 1, 2, 3}, NIC, CopyRule.PER_DOMAIN, false);
    Evaluation apart = evaluate(problem, 0, 2, 0, 2, 1, 3, 1, 3);
    Evaluation together = evaluate(problem, 0, 1, 0, 1, 2, 3, 2, 3);

    assertEquals(0.5, apart.placement().orElseThrow().homeShare(), ROUNDING);
    assertEquals(0.5, together.placement().orElseThrow().homeShare(), ROUNDING);
    assertEquals(1, apart.placement().orElseThrow().choicesPerCopy().getAsDouble(), ROUNDING);
    assertEquals(2, together.placement().orElseThrow().choicesPerCopy().getAsDouble(), ROUNDING);
    assertParts(Gain.of(together, apart), 0, 0, nicSeconds(problem, 0.5));
    assertParts(Gain.of(apart, together), 0, 0, -nicSeconds(problem, 0.5));
  }

  @Test
  void overlap_hidesAShareOfTheNetworkAndOfItsGain() {
    int[] choices = {0, 1, 2, 3};
    double nic = 1e12;
    Problem hidden = problem(choices, nic, CopyRule.PER_DOMAIN, true);
    Evaluation apart = evaluate(hidden, 0, 2, 0, 2, 1, 3, 1, 3);
    Evaluation together = evaluate(hidden, 0, 1, 0, 1, 2, 3, 2, 3);
    double visible = together.moeLayers().get(0).terms().overlap().visibleShare();
    assertTrue(visible > 0 && visible < 1);
    Gain partly = Gain.of(together, apart);

    assertParts(partly, 0, 0, visible * nicSeconds(hidden, 0.5) * NIC / nic);
    assertEquals(
        (1 - visible) * together.moeLayers().get(0).terms().networkSeconds(),
        partly.hiddenSeconds(),
        ROUNDING * partly.hiddenSeconds());
    assertTrue(partly.hiddenSeconds() < partly.hiddenSecondsBefore());

    Problem bound = problem(choices, NIC, CopyRule.PER_DOMAIN, true);
    Gain gain =
        Gain.of(evaluate(bound, 0, 1, 0, 1, 2, 3, 2, 3), evaluate(bound, 0, 2, 0, 2, 1, 3, 1, 3));
    assertParts(gain, 0, 0, nicSeconds(bound, 0.5));
  }

  private static final Breakdown BESIDE = Breakdown.of(Term.ATTENTION, 1);

  // The longer of the two hides the other.
  private static ExpertTime experts(double load, double fetch) {
    return new ExpertTime(load, fetch, 0, Double.POSITIVE_INFINITY);
  }

  private static MoeLayerTerms terms(double load, double fetch, double link, double port) {
    return new MoeLayerTerms(
        BESIDE, experts(load, fetch), 0.5, link, port, 4, 2, StreamOverlap.NOTHING);
  }

  @Test
  void whatBindsInNeitherPlan_getsNothing() {
    LayerGain gain = LayerGain.of(terms(3, 8, 9, 2), terms(5, 8, 9, 7));

    assertEquals(LayerGain.NONE, gain);
  }

  @Test
  void load_getsWhatItSavesDownToTheFetch() {
    LayerGain gain = LayerGain.of(terms(4, 6, 9, 2), terms(10, 6, 9, 2));

    assertEquals(4, gain.balance(), ROUNDING);
    assertEquals(0, gain.fetch(), ROUNDING);
  }

  @Test
  void loadAndFetchThatBothFall_shareTheDifference() {
    // 10 → 4 either way round: load alone 3 first or 6 last, fetch alone 0 or 3.
    LayerGain gain = LayerGain.of(terms(4, 2, 9, 2), terms(10, 7, 9, 2));

    assertEquals(4.5, gain.balance(), ROUNDING);
    assertEquals(1.5, gain.fetch(), ROUNDING);
  }

  @Test
  void linkIsSharedByLogarithms() {
    // 16 → 2 in eighths: choices halved, copies per choice halved, the link's share halved.
    MoeLayerTerms before =
        new MoeLayerTerms(BESIDE, experts(1, 1), 1, 16, 0, 4, 4, StreamOverlap.NOTHING);
    MoeLayerTerms now =
        new MoeLayerTerms(BESIDE, experts(1, 1), 1, 2, 0, 2, 1, StreamOverlap.NOTHING);

    LayerGain gain = LayerGain.of(now, before);

    assertEquals(14 / 3.0, gain.home(), ROUNDING);
    assertEquals(14 / 3.0, gain.together(), ROUNDING);
    assertEquals(14 / 3.0, gain.links(), ROUNDING);
  }

  // A term that placements decide beside the usual ones: 5 → 2 alone saves 3, whatever else.
  @Test
  void furtherTermOfPlacement_getsItsOwnPart() {
    MoeLayerTerms before = withBeside(terms(10, 6, 9, 2), 5);
    MoeLayerTerms now = withBeside(terms(4, 6, 9, 2), 2);

    LayerGain gain = LayerGain.of(now, before);

    assertEquals(3, gain.placed().of(Term.EXPERT_FETCH), ROUNDING);
    assertEquals(4, gain.balance(), ROUNDING);
    assertEquals(0, gain.other(), ROUNDING);
  }

  private static MoeLayerTerms withBeside(MoeLayerTerms terms, double seconds) {
    return new MoeLayerTerms(
        terms.beside().with(Term.EXPERT_FETCH, seconds),
        terms.experts(),
        terms.latencySeconds(),
        terms.linkSeconds(),
        terms.portSeconds(),
        terms.remoteChoices(),
        terms.remoteCopies(),
        terms.overlap());
  }

  @Test
  void nothingRemote_isAllAtHome() {
    MoeLayerTerms before =
        new MoeLayerTerms(BESIDE, experts(1, 1), 1, 16, 3, 4, 4, StreamOverlap.NOTHING);
    MoeLayerTerms now =
        new MoeLayerTerms(BESIDE, experts(1, 1), 1, 0, 3, 0, 0, StreamOverlap.NOTHING);

    LayerGain gain = LayerGain.of(now, before);

    assertEquals(13, gain.home(), ROUNDING);
    assertEquals(0, gain.together() + gain.links(), ROUNDING);
  }

  static Stream<Arguments> everyRule() {
    return Stream.of(DispatchRule.values())
        .flatMap(
            rule ->
                Stream.of(CopyRule.values())
                    .flatMap(
                        copy ->
                            Stream.of(Known.values())
                                .map(known -> Arguments.of(rule, copy, known))));
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void parts_sumToTheDifferenceOfRandomPlans(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(7L + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int i = 0; i < 20; i++) {
      SmallCase small = SmallCase.random(random, Size.random(random), rule, copy, known);
      Evaluator evaluator = new Evaluator(small.problem());
      Gain gain =
          Gain.of(
              evaluator.evaluate(plan(small, small.placement(random))),
              evaluator.evaluate(plan(small, small.placement(random))));
      assertEquals(gain.seconds(), parts(gain), ROUNDING * Math.abs(gain.seconds()) + 1e-15);
      // One layer on one stage: nothing else differs.
      assertEquals(0, gain.otherSeconds());
    }
  }

  private static Plan plan(SmallCase small, ExpertMap map) {
    List<Integer> gpus = IntStream.range(0, small.layout().gpusPerStage()).boxed().toList();
    return new Plan(small.layout(), List.of(new Stage(0, 0, gpus)), new TreeMap<>(Map.of(0, map)));
  }

  static double parts(Gain gain) {
    return gain.balanceSeconds()
        + gain.fetchSeconds()
        + gain.homeSeconds()
        + gain.togetherSeconds()
        + gain.linkSeconds()
        + gain.portSeconds()
        + gain.placed().sum()
        + gain.otherSeconds();
  }
}
