package dev.rackplan.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.bound.LayerBound;
import dev.rackplan.bound.LayerTerms;
import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import dev.rackplan.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Random plans of small problems: figures that must agree, and the bound below every plan. */
class EvaluatorTest {
  private static final double ROUNDING = 1e-9;

  static Stream<Arguments> everyRule() {
    return Stream.of(DispatchRule.values())
        .flatMap(rule -> Stream.of(CopyRule.values()).map(copy -> new Object[] {rule, copy}))
        .flatMap(
            rules ->
                Stream.of(Known.values()).map(known -> Arguments.of(rules[0], rules[1], known)));
  }

  /**
   * Dense, MoE, MoE, dense, MoE on stages of equal size: the small case's one MoE layer three
   * times, its GPUs cut in {@code stages}.
   */
  private static Problem problem(SmallCase small, Phase phase, boolean overlap) {
    Layer moe = small.problem().model().layers().get(0);
    Layer dense = new Layer(moe.attention(), new DenseFfn(9000), 5, 1);
    Model model = new Model("five", "test", 48, 500, false, List.of(dense, moe, moe, dense, moe));
    List<Scenario> scenarios = new ArrayList<>();
    for (Scenario scenario : small.problem().workload().routing().scenarios()) {
      scenarios.add(
          new Scenario(
              scenario.name(),
              scenario.profiles().stream()
                  .map(
                      p ->
                          new RoutingProfile(
                              p.name(),
                              p.weight(),
                              List.of(p.layers().get(0), p.layers().get(0), p.layers().get(0))))
                  .toList()));
    }
    double queryTokens = phase == Phase.DECODE ? 2 : 40;
    Workload workload =
        new Workload(
            phase, 100, OptionalLong.empty(), queryTokens, 1.5, new Routing(scenarios, scenarios));
    Engine engine = small.problem().engine();
    return new Problem(
        "five",
        model,
        small.problem().topology(),
        workload,
        small.problem().precision(),
        new Engine("e", engine.dispatchRule(), engine.copyRule(), overlap),
        small.problem().layoutSpace(),
        small.problem().limits(),
        small.problem().objective());
  }

  private static Plan plan(SmallCase half, Lcg random) {
    int gpus = half.layout().expertParallel();
    Layout layout =
        Layout.neutral()
            .with(Degree.PIPELINE_STAGES, 2)
            .with(Degree.EXPERT_PARALLEL, gpus)
            .with(Degree.MICRO_BATCHES, random.in(1, 3))
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, half.layout().sequencesPerMicroBatch())
            .with(Degree.REDUNDANT_EXPERTS, half.layout().redundantExperts());
    int cut = random.in(1, 4);
    List<Integer> first = IntStream.range(0, gpus).boxed().toList();
    List<Integer> second = IntStream.range(gpus, 2 * gpus).boxed().toList();
    TreeMap<Integer, ExpertMap> experts = new TreeMap<>();
    for (int layer : new int[] {1, 2, 4}) {
      experts.put(layer, half.placement(random));
    }
    return new Plan(
        layout, List.of(new Stage(0, cut - 1, first), new Stage(cut, 4, second)), experts);
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void bound_isBelowRandomPlans_andFiguresAgree(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int i = 0; i < 8; i++) {
      // 8 GPUs, 4 a stage: stages of domain 0 and of domains 1 and 2.
      SmallCase whole =
          SmallCase.random(
              random, new Size(new int[][] {{2, 2}, {2, 1}, {1}}, 6, 2, 2, 2), rule, copy, known);
      Layout halfLayout =
          Layout.neutral()
              .with(Degree.EXPERT_PARALLEL, 4)
              .with(Degree.SEQUENCES_PER_MICRO_BATCH, random.in(1, 9) * 4)
              .with(Degree.REDUNDANT_EXPERTS, 2);
      SmallCase half = new SmallCase(whole.problem(), halfLayout);
      Phase phase = random.coin() ? Phase.DECODE : Phase.PREFILL;
      Evaluator evaluator = new Evaluator(problem(whole, phase, random.coin()));
      Evaluation evaluation = evaluator.evaluate(plan(half, random));
      assertTrue(evaluation.boundSeconds() > 0);
      assertTrue(
          evaluation.boundSeconds() <= evaluation.stepSeconds() * (1 + ROUNDING),
          "gap " + evaluation.gap());
      BoundFigures bound = evaluation.bound();
      assertEquals(
          evaluation.gap(),
          bound.expertGap() + bound.networkGap() + bound.restGap(),
          ROUNDING * (1 + evaluation.gap()));
      assertTrue(evaluation.bubbleFraction() >= -ROUNDING && evaluation.bubbleFraction() < 1);
      assertTrue(evaluation.stageImbalance() >= 1 - ROUNDING);
      assertEquals(
          evaluation.tokensPerSecond() / 8,
          evaluation.tokensPerSecondPerGpu(),
          ROUNDING * evaluation.tokensPerSecond());
      // 8 GPUs at 2 USD an hour.
      assertEquals(
          16 / 3600.0 / evaluation.tokensPerSecond() * 1e6,
          evaluation.usdPerMillionTokens().getAsDouble(),
          ROUNDING);
      PlacementFigures figures = evaluation.placement().orElseThrow();
      assertTrue(figures.balancedness() > 0 && figures.balancedness() <= 1 + ROUNDING);
      assertTrue(figures.worstLayerBalancedness() <= figures.balancedness() + ROUNDING);
      assertTrue(figures.homeShare() >= 0 && figures.homeShare() <= 1);
      assertTrue(figures.choicesPerCopy().orElse(1) >= 1 - ROUNDING);
      // Kept back are the same tokens here.
      assertEquals(evaluation.placement(), evaluation.heldOut());
      // Stages cut elsewhere.
      Gain gain = Gain.of(evaluation, evaluator.evaluate(plan(half, random)));
      assertEquals(gain.seconds(), GainTest.parts(gain), ROUNDING * evaluation.stepSeconds());
    }
  }

  private static Evaluation oneStage(SmallCase small, boolean overlap, Lcg random) {
    TreeMap<Integer, ExpertMap> experts = new TreeMap<>();
    for (int layer : new int[] {1, 2, 4}) {
      experts.put(layer, small.placement(random));
    }
    List<Integer> gpus = IntStream.range(0, small.layout().expertParallel()).boxed().toList();
    Plan plan = new Plan(small.layout(), List.of(new Stage(0, 4, gpus)), experts);
    return new Evaluator(problem(small, Phase.DECODE, overlap)).evaluate(plan);
  }

  @Test
  void gap_ofOneStageIsWhatExpertsAndNetworkTakeAboveTheirBounds() {
    Lcg random = new Lcg(8);
    for (int i = 0; i < 24; i++) {
      SmallCase small =
          SmallCase.random(
              random,
              new Size(new int[][] {{2}, {2}}, 6, 2, 2, 1),
              DispatchRule.NEAREST,
              CopyRule.PER_DOMAIN,
              Known.TOKENS);
      Evaluation sum = oneStage(small, false, random);
      LayerTerms terms =
          LayerBound.terms(
                  small.problem(),
                  small.layout(),
                  new ExpertLayerModel(
                      problem(small, Phase.DECODE, false),
                      small.layout(),
                      small.problem().model().layers().get(0),
                      small.shape()),
                  small.shape(),
                  // Two query tokens a sequence.
                  Batch.of(problem(small, Phase.DECODE, false), small.layout()),
                  small.moe(),
                  small.scenarios())
              .get(0);
      Breakdown stage = sum.stages().get(0).terms();
      double aboveExperts =
          stage.of(Term.EXPERT_COMPUTE)
              + stage.of(Term.EXPERT_FETCH)
              - 3 * terms.expertSeconds().value();

      // 1.5 tokens of a step are accepted.
      assertEquals(aboveExperts / 1.5 / sum.boundSeconds(), sum.bound().expertGap(), ROUNDING);
      assertEquals(0, sum.bound().restGap());
      Breakdown beside = stage.only(term -> term.origin() != Term.Origin.PLACEMENT);
      double placedAtBound = sum.boundSeconds() - beside.sum() / 1.5;
      assertEquals(
          (sum.bound().expertGap() + sum.bound().networkGap()) * sum.boundSeconds(),
          sum.bound().placementGap() * placedAtBound,
          ROUNDING * sum.stepSeconds());
      assertEquals(terms.expertSeconds().term(), sum.bound().expertTerm());
      Evaluation longer = oneStage(small, true, random);
      assertTrue(longer.bound().expertGap() >= 0, () -> "experts " + longer.bound());
      assertTrue(longer.bound().networkGap() >= -ROUNDING, () -> "network " + longer.bound());
    }
  }

  private static SmallCase eightGpus(Lcg random) {
    return SmallCase.random(
        random,
        new Size(new int[][] {{2, 2}, {2, 2}}, 6, 2, 2, 1),
        DispatchRule.EVEN,
        CopyRule.PER_GPU,
        Known.TOKENS);
  }

  private static SmallCase inTwoStages(SmallCase whole) {
    return new SmallCase(
        whole.problem(),
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 4)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 12)
            .with(Degree.REDUNDANT_EXPERTS, 2));
  }

  @Test
  void tokensPerSecond_isMicroBatchesTimesSequencesPerTpot() {
    Lcg random = new Lcg(3);
    SmallCase whole = eightGpus(random);
    Plan plan = plan(inTwoStages(whole), random);
    Evaluation evaluation = new Evaluator(problem(whole, Phase.DECODE, false)).evaluate(plan);
    double expected = plan.layout().microBatches() * 12 / evaluation.tpotSeconds().getAsDouble();
    assertEquals(expected, evaluation.tokensPerSecond(), ROUNDING * expected);
    assertTrue(evaluation.ttftSeconds().isEmpty());
    double slowest =
        Math.max(evaluation.stages().get(0).seconds(), evaluation.stages().get(1).seconds());
    double sum = evaluation.stages().get(0).seconds() + evaluation.stages().get(1).seconds();
    assertEquals(
        Math.max(plan.layout().microBatches() * slowest, sum) / 1.5,
        evaluation.stepSeconds(),
        ROUNDING);
  }

  @Test
  void limits_areNamedWithWhatIsTooMuch() {
    Lcg random = new Lcg(3);
    SmallCase whole = eightGpus(random);
    Plan plan = plan(inTwoStages(whole), random);
    Problem fits = problem(whole, Phase.DECODE, false);
    Evaluation free = new Evaluator(fits).evaluate(plan);
    assertTrue(free.feasible());
    double reserve = 1 - free.memory().peakBytes() / 1e9 + 1e-6;
    Limits tight =
        new Limits(OptionalDouble.of(free.stepSeconds() * 0.9), OptionalDouble.empty(), reserve);
    Workload w = fits.workload();
    OptionalLong asked = OptionalLong.of(plan.layout().concurrentSequences() + 5);
    Workload more =
        new Workload(
            w.phase(), w.contextTokens(), asked, w.queryTokens(), w.acceptedTokens(), w.routing());
    Problem problem =
        new Problem(
            "tight",
            fits.model(),
            fits.topology(),
            more,
            fits.precision(),
            fits.engine(),
            fits.layoutSpace(),
            tight,
            fits.objective());
    List<String> violations = new Evaluator(problem).evaluate(plan).violations();
    assertTrue(violations.stream().anyMatch(v -> v.startsWith("memory: ")), violations.toString());
    assertTrue(violations.stream().anyMatch(v -> v.startsWith("TPOT: ")), violations.toString());
    assertTrue(
        violations.stream().anyMatch(v -> v.startsWith("concurrency: ") && v.endsWith("5 too few")),
        violations.toString());
  }
}
