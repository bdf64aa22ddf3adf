package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Layouts, limits and what the outcome says of them, on small dense models. */
class PlanSolverTest {
  private static final GpuSpec GPU = DenseCase.gpu("gpu", 1, 20);
  private static final SolverOptions STEPS = new SolverOptions(10, OptionalLong.of(200), 3, 2);

  private static Limits limits(double tpotSeconds) {
    return new Limits(
        tpotSeconds > 0 ? OptionalDouble.of(tpotSeconds) : OptionalDouble.empty(),
        OptionalDouble.empty(),
        0.1);
  }

  private static Topology gpus(int count) {
    return DenseCase.topology(Collections.nCopies(count, GPU));
  }

  private static Model model() {
    return DenseCase.model(new Lcg(21), 8);
  }

  private static Outcome solve(Problem problem) {
    return PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false);
  }

  @Test
  void solvedPlan_isFeasibleAndNotWorseThanEvenStages() {
    Problem problem =
        DenseCase.problem(
            DenseCase.model(new Lcg(22), 11),
            gpus(4),
            OptionalLong.of(64),
            DenseCase.stages(4),
            limits(0),
            Objective.THROUGHPUT);

    Plan plan = solve(problem).plan().orElseThrow();
    Evaluator evaluator = new Evaluator(problem);
    Evaluation evaluation = evaluator.evaluate(plan);

    assertTrue(evaluation.feasible(), () -> evaluation.violations().toString());
    List<NamedPlan> usual = BaselinePlans.of(problem, plan);
    assertEquals(List.of("even-stages"), usual.stream().map(NamedPlan::name).toList());
    assertTrue(evaluation.stepSeconds() < evaluator.evaluate(usual.get(0).plan()).stepSeconds());
    assertTrue(evaluation.gap() >= 0);
  }

  // The search may trade time on the tokens that are given for even loads; what comes out is judged
  // by those tokens.
  @Test
  void planOfCaution_isNeverSlowerThanItsStart_andKeepsALimitThatItsStartKeeps() {
    for (int seed = 0; seed < 60; seed++) {
      SmallCase small =
          SmallCase.random(
              new Lcg(seed),
              new SmallCase.Size(new int[][] {{2}, {2}}, 6, 2, 2, 1),
              DispatchRule.EVEN,
              CopyRule.PER_DOMAIN,
              SmallCase.Known.TOKENS);
      Problem problem = withCaution(small);
      double start =
          new Evaluator(problem)
              .evaluate(PlanSolver.startPlan(problem).orElseThrow())
              .stepSeconds();
      assertTrue(step(problem, solve(problem)) <= start * (1 + 1e-12), "seed " + seed);
      Problem tight = problem.withLimits(limits(start * (1 + 1e-9)));
      assertTrue(step(tight, solve(tight)) <= start * (1 + 1e-9), "seed " + seed);
    }
  }

  // The search looks at windows of the tokens, the promise is on all of them together.
  @Test
  void planInWindows_isNeverSlowerThanUsualPlansAndThanItsStart() {
    for (DispatchRule rule : DispatchRule.values()) {
      for (int seed = 0; seed < 12; seed++) {
        Problem problem = inWindows(seed, rule);
        Plan start = PlanSolver.startPlan(problem).orElseThrow();
        Outcome warm =
            PlanSolver.solve(
                problem,
                STEPS.from(new WarmStart(start, Optional.empty())),
                (a, b, c, d, e) -> {},
                () -> false);
        for (Outcome outcome : List.of(solve(problem), warm)) {
          Plan plan = outcome.plan().orElseThrow();
          double found = step(problem, outcome);
          assertTrue(found <= step(problem, start) * (1 + 1e-12), rule + ", seed " + seed);
          for (NamedPlan usual : BaselinePlans.of(problem, plan)) {
            assertTrue(
                found <= step(problem, usual.plan()) * (1 + 1e-12),
                rule + ", " + usual.name() + ", seed " + seed);
          }
        }
      }
    }
  }

  // Of 600 tokens each hundred has favourites of its own among the six experts.
  private static Problem inWindows(int seed, DispatchRule rule) {
    Lcg random = new Lcg(seed);
    SmallCase small =
        SmallCase.random(
            random,
            new SmallCase.Size(new int[][] {{2}, {2}}, 6, 2, 2, 1),
            rule,
            CopyRule.PER_DOMAIN,
            SmallCase.Known.TOKENS);
    int[] choices = new int[2 * 600];
    int favourite = 0;
    for (int token = 0; token < 600; token++) {
      favourite = token % 100 == 0 ? random.in(0, 5) : favourite;
      int first = random.in(0, 2) > 0 ? favourite : random.in(0, 5);
      choices[2 * token] = first;
      choices[2 * token + 1] = (first + random.in(1, 5)) % 6;
    }
    Scenario scenario =
        new Scenario(
            "hundreds",
            List.of(
                new RoutingProfile("hundreds", 1, List.of(LayerRouting.ofTokens(6, 2, choices)))));
    return planned(small, new Routing(List.of(scenario), List.of(), Routing.USUAL_PARTS, 0.5));
  }

  private static Problem withCaution(SmallCase small) {
    Routing routing = small.problem().workload().routing();
    return planned(small, new Routing(routing.scenarios(), List.of(), 1, 10));
  }

  private static Problem planned(SmallCase small, Routing routing) {
    Layout layout = small.layout();
    return small
        .problem()
        .withWorkload(small.problem().workload().withRouting(routing))
        .withLayoutSpace(
            LayoutSpace.open()
                .with(Degree.REPLICAS, List.of(1))
                .with(Degree.PIPELINE_STAGES, List.of(1))
                .with(Degree.EXPERT_PARALLEL, List.of(layout.expertParallel()))
                .with(Degree.ATTENTION_TENSOR_PARALLEL, List.of(1))
                .with(Degree.MICRO_BATCHES, List.of(1))
                .with(Degree.SEQUENCES_PER_MICRO_BATCH, List.of(layout.sequencesPerMicroBatch()))
                .with(Degree.REDUNDANT_EXPERTS, List.of(layout.redundantExperts())));
  }

  private static double step(Problem problem, Outcome outcome) {
    return step(problem, outcome.plan().orElseThrow());
  }

  private static double step(Problem problem, Plan plan) {
    return new Evaluator(problem).evaluate(plan).stepSeconds();
  }

  @Test
  void instancesThatDiffer_stillBeatEveryUsualPlan() {
    GpuSpec slow = DenseCase.gpu("slow", 1, 20);
    GpuSpec fast = DenseCase.gpu("fast", 3, 20);
    LayoutSpace space =
        LayoutSpace.open()
            .with(Degree.REPLICAS, List.of(2))
            .with(Degree.PIPELINE_STAGES, List.of(2))
            .with(Degree.ATTENTION_TENSOR_PARALLEL, List.of(1));
    for (long seed = 1; seed <= 10; seed++) {
      Problem problem =
          DenseCase.problem(
              DenseCase.model(new Lcg(seed), 9),
              DenseCase.topology(List.of(fast, slow, slow, fast)),
              OptionalLong.of(64),
              space,
              limits(0),
              Objective.LATENCY);

      Plan plan = solve(problem).plan().orElseThrow();
      Evaluator evaluator = new Evaluator(problem);
      double reached = evaluator.evaluate(plan).stepSeconds();

      for (NamedPlan usual : BaselinePlans.of(problem, plan)) {
        assertTrue(
            reached <= evaluator.evaluate(usual.plan()).stepSeconds(),
            usual.name() + " is better with seed " + seed);
      }
    }
  }

  @Test
  void searchAndEvaluation_agreeOnTheStanding() {
    Problem problem =
        DenseCase.problem(
            model(),
            gpus(4),
            OptionalLong.of(64),
            DenseCase.stages(4),
            limits(0),
            Objective.THROUGHPUT);

    Plan plan = solve(problem).plan().orElseThrow();
    Evaluation evaluation = new Evaluator(problem).evaluate(plan);
    Standing standing = Standing.of(problem, ProblemRouting.of(problem), plan);

    assertEquals(evaluation.stepSeconds(), standing.stepSeconds());
    assertEquals(evaluation.tokensPerSecondPerGpu(), standing.tokensPerSecondPerGpu());
  }

  @Test
  void objective_decidesBetweenLayouts() {
    // One GPU a stage: a second stage halves what each token waits for nothing, but two GPUs hold
    // more.
    LayoutSpace space = DenseCase.stages(1, 4);
    Plan cheap =
        solve(
                DenseCase.problem(
                    model(), gpus(4), OptionalLong.of(64), space, limits(0), Objective.COST))
            .plan()
            .orElseThrow();
    Plan quick =
        solve(
                DenseCase.problem(
                    model(), gpus(4), OptionalLong.of(64), space, limits(0), Objective.LATENCY))
            .plan()
            .orElseThrow();

    assertEquals(1, cheap.layout().pipelineStages());
    assertEquals(4, quick.layout().pipelineStages());
  }

  @Test
  void everyLayout_isAccountedFor() {
    Problem problem =
        DenseCase.problem(
            model(),
            gpus(4),
            OptionalLong.of(64),
            DenseCase.stages(1, 2, 4, 5, 9),
            limits(0),
            Objective.THROUGHPUT);

    List<LayoutTrial> trials = solve(problem).layoutsTried();

    assertEquals(
        List.of(1, 2, 4, 5, 9),
        trials.stream().map(trial -> trial.layout().pipelineStages()).sorted().toList());
    assertEquals(1, trials.stream().filter(trial -> trial.outcome().equals("chosen")).count());
    assertTrue(
        outcome(trials, 5).equals("needs 5 GPUs, 4 are usable: 1 too few"), outcome(trials, 5));
    assertTrue(outcome(trials, 9).equals("9 stages, the model has 8 layers"), outcome(trials, 9));
  }

  @Test
  void stopWhileTheMostSequencesAreSought_stillGivesAPlan() {
    Problem problem =
        DenseCase.problem(
            model(),
            gpus(4),
            OptionalLong.empty(),
            DenseCase.stages(1, 2),
            limits(0),
            Objective.THROUGHPUT);

    Outcome outcome = PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> true);

    assertTrue(outcome.plan().isPresent());
    assertEquals(
        List.of("chosen", "not looked at: stopped before"),
        outcome.layoutsTried().stream().map(LayoutTrial::outcome).sorted().toList());
  }

  private static String outcome(List<LayoutTrial> trials, int stages) {
    return trials.stream()
        .filter(trial -> trial.layout().pipelineStages() == stages)
        .findFirst()
        .orElseThrow()
        .outcome();
  }

  @Test
  void mostSequences_areTheMostThatFit() {
    for (double tpotSeconds : new double[] {0, 0.02}) {
      Problem problem =
          DenseCase.problem(
              model(),
              gpus(2),
              OptionalLong.empty(),
              DenseCase.stages(2),
              limits(tpotSeconds),
              Objective.THROUGHPUT);

      Plan plan = solve(problem).plan().orElseThrow();
      Layout layout = plan.layout();
      Evaluator evaluator = new Evaluator(problem);

      assertTrue(layout.sequencesPerMicroBatch() > 1);
      assertTrue(evaluator.evaluate(plan).feasible());
      Layout more =
          Layout.neutral()
              .with(Degree.PIPELINE_STAGES, 2)
              .with(Degree.MICRO_BATCHES, layout.microBatches())
              .with(Degree.SEQUENCES_PER_MICRO_BATCH, layout.sequencesPerMicroBatch() + 1);
      assertFalse(
          evaluator.evaluate(new Plan(more, plan.stages(), plan.experts())).feasible(),
          "one more fits with " + tpotSeconds);
    }
  }

  @Test
  void mostSequences_fitTheSmallerGpusOfOtherInstances() {
    Problem problem =
        DenseCase.problem(
            model(),
            DenseCase.topology(List.of(GPU, DenseCase.gpu("small", 1, 13))),
            OptionalLong.empty(),
            LayoutSpace.open()
                .with(Degree.REPLICAS, List.of(2))
                .with(Degree.PIPELINE_STAGES, List.of(1))
                .with(Degree.ATTENTION_TENSOR_PARALLEL, List.of(1)),
            limits(0),
            Objective.THROUGHPUT);

    Plan plan = solve(problem).plan().orElseThrow();

    assertTrue(plan.layout().sequencesPerMicroBatch() > 1);
    Evaluation evaluation = new Evaluator(problem).evaluate(plan);
    assertEquals(List.of(), evaluation.violations());
    assertEquals(13e9 * 0.9, evaluation.memory().limitBytes(), 1);
  }

  @Test
  void nothingFits_saysWhatWould() {
    Problem problem =
        DenseCase.problem(
            model(),
            gpus(2),
            OptionalLong.of(20_000),
            DenseCase.stages(1),
            limits(0),
            Objective.THROUGHPUT);

    Outcome outcome = solve(problem);

    assertTrue(outcome.plan().isEmpty());
    String words = outcome.layoutsTried().get(0).outcome();
    assertTrue(
        words.matches(
            "memory: an even cut needs [\\d.]+ GB on each GPU, usable are 18.00 GB: [\\d.]+ GB too much; would fit: at most \\d+ sequences .*"),
        words);
    int most = Integer.parseInt(words.replaceAll(".*at most (\\d+) sequences.*", "$1"));
    assertTrue(solve(with(problem, most)).plan().isPresent());
    assertTrue(solve(with(problem, most + 1)).plan().isEmpty());
  }

  private static Problem with(Problem problem, int sequences) {
    return DenseCase.problem(
        problem.model(),
        problem.topology(),
        OptionalLong.of(sequences),
        problem.layoutSpace(),
        problem.limits(),
        problem.objective());
  }

  @Test
  void blocks_stayInOneDomainWhereTheyFit() {
    GpuSpec spec = GPU;
    var link = new dev.rackplan.topology.LinkSpec(50e9, 1e-5, 1);
    // Domains of 5, 3 and 4 GPUs.
    Topology topology =
        new dev.rackplan.topology.TopologyBuilder("t")
            .rack("r")
            .domain("a", link)
            .node("n", spec, 5)
            .domain("b", link)
            .node("n", spec, 3)
            .domain("c", link)
            .node("n", spec, 4)
            .build(new dev.rackplan.topology.ScaleOut(link, OptionalDouble.empty(), 1, 1));

    assertEquals(
        List.of(
            List.of(0, 1),
            List.of(2, 3),
            List.of(4, 7),
            List.of(5, 6),
            List.of(8, 9),
            List.of(10, 11)),
        HostBlocks.of(topology, layout(2)));
    assertEquals(
        List.of(List.of(0, 1, 2, 3), List.of(4, 5, 6, 7), List.of(8, 9, 10, 11)),
        HostBlocks.of(topology, layout(4)));
    assertEquals(
        List.of(List.of(0, 1, 2, 3, 4, 8)), HostBlocks.of(topology, layout(6)).subList(0, 1));
    assertEquals(0, HostBlocks.of(topology, layout(13)).size());
  }

  private static Layout layout(int gpus) {
    return Layout.neutral().with(Degree.EXPERT_PARALLEL, gpus);
  }
}
