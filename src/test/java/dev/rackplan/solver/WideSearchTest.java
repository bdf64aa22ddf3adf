package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.ProblemText;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.FrontPoint;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Layouts that are searched because the problem leaves their degrees out. */
@Tag("slow")
class WideSearchTest {
  private static final SolverOptions STEPS = new SolverOptions(60, OptionalLong.of(20), 0, 2);
  private static final String DEEPSEEK =
      ", \"precision\": {\"weights\": \"fp8\", \"dispatch\": \"fp8\"}, \"engine\": {\"dispatchRule\": \"nearest\", \"copyRule\": \"perDomain\"}";

  @TempDir private Path folder;

  private static Outcome solve(Problem problem) {
    return PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false);
  }

  private static Problem dense(OptionalLong sequences, Objective objective, double tpotSeconds) {
    return DenseCase.problem(
        DenseCase.model(new Lcg(5), 9),
        servers(),
        sequences,
        LayoutSpace.open(),
        new Limits(
            tpotSeconds > 0 ? OptionalDouble.of(tpotSeconds) : OptionalDouble.empty(),
            OptionalDouble.empty(),
            0.1),
        objective);
  }

  private static Topology servers() {
    LinkSpec port = new LinkSpec(200e9, 3e-6, 1);
    TopologyBuilder builder = new TopologyBuilder("servers").rack("rack");
    for (int i = 0; i < 3; i++) {
      builder.domain("domain-" + i, port).node("node", DenseCase.gpu("gpu", 1, 6), 4);
    }
    LinkSpec nic = new LinkSpec(50e9, 1e-5, 1);
    return builder.build(new ScaleOut(nic, OptionalDouble.empty(), 1, 1));
  }

  private static LayoutSpace only(Layout layout) {
    return LayoutSpace.open()
        .with(Degree.REPLICAS, List.of(layout.replicas()))
        .with(Degree.PIPELINE_STAGES, List.of(layout.pipelineStages()))
        .with(Degree.EXPERT_PARALLEL, List.of(layout.expertParallel()))
        .with(Degree.ATTENTION_TENSOR_PARALLEL, List.of(layout.attentionTensorParallel()))
        .with(Degree.MICRO_BATCHES, List.of(layout.microBatches()))
        .with(Degree.REDUNDANT_EXPERTS, List.of(layout.redundantExperts()));
  }

  @ParameterizedTest
  @EnumSource(Objective.class)
  void chosenLayout_isTheBestOfAllSolvedOneByOne(Objective objective) {
    for (OptionalLong sequences : List.of(OptionalLong.empty(), OptionalLong.of(60))) {
      Problem problem = dense(sequences, objective, 0.2);
      ProblemRouting routing = ProblemRouting.of(problem);
      List<Layout> layouts = new ArrayList<>(LayoutEnumeration.of(problem).layouts());
      for (Layout layout : List.copyOf(layouts)) {
        layouts.addAll(LayoutEnumeration.otherMicroBatches(problem, layout));
      }
      assertTrue(layouts.size() > Candidates.MOST, "too few layouts to be a wide search");

      Plan chosen = solve(problem).plan().orElseThrow();
      double best =
          layouts.stream()
              .flatMap(layout -> solve(problem.withLayoutSpace(only(layout))).plan().stream())
              .mapToDouble(plan -> Standing.of(problem, routing, plan).loss().objective())
              .min()
              .orElseThrow();

      assertEquals(best, Standing.of(problem, routing, chosen).loss().objective(), 1e-9 * best);
    }
  }

  @Test
  void everyLayout_isAccountedForOnceWithItsReason() {
    Problem problem = dense(OptionalLong.of(60), Objective.THROUGHPUT, 0.2);
    List<LayoutTrial> trials = solve(problem).layoutsTried();

    HashSet<Layout> seen = new HashSet<>();
    for (LayoutTrial trial : trials) {
      assertTrue(seen.add(trial.layout()), () -> trial.layout() + " is told twice");
    }
    assertTrue(seen.containsAll(LayoutEnumeration.of(problem).layouts()));
    assertEquals(LayoutTrial.Reason.CHOSEN, trials.get(0).reason());
    for (LayoutTrial trial : trials) {
      switch (trial.reason()) {
        case CHOSEN -> assertEquals("chosen", trial.outcome());
        case WORSE, ESTIMATE ->
            assertTrue(trial.outcome().matches(".*\\d% (worse|better) than the best plan"));
        case BOUND -> assertTrue(trial.outcome().contains("its bound is"));
        case MEMORY -> assertTrue(trial.outcome().matches("memory: .* GB too much.*"));
        case TIME -> assertTrue(trial.outcome().matches("TPOT: .* ms too long.*"));
        case OTHER -> assertFalse(trial.outcome().isBlank());
      }
    }
  }

  @Test
  void front_isNotBeatenInBothAndEndsWithTheChosenPlan() {
    Problem problem = dense(OptionalLong.empty(), Objective.THROUGHPUT, 0.2);
    Outcome outcome = solve(problem);
    List<FrontPoint> front = outcome.front();

    assertTrue(front.size() > 2, front::toString);
    for (int i = 1; i < front.size(); i++) {
      assertTrue(front.get(i).stepSeconds() > front.get(i - 1).stepSeconds());
      assertTrue(front.get(i).tokensPerSecondPerGpu() > front.get(i - 1).tokensPerSecondPerGpu());
    }
    assertEquals(outcome.plan().orElseThrow().layout(), front.get(front.size() - 1).layout());
    assertTrue(front.stream().allMatch(point -> point.stepSeconds() <= 0.2));
  }

  @Test
  void otherPlans_followTheBestInOrder() {
    Problem problem = dense(OptionalLong.of(60), Objective.THROUGHPUT, 0);
    ProblemRouting routing = ProblemRouting.of(problem);
    Outcome outcome = solve(problem);

    Loss before = Standing.of(problem, routing, outcome.plan().orElseThrow()).loss();
    HashSet<Layout> seen = new HashSet<>(List.of(outcome.plan().orElseThrow().layout()));
    assertFalse(outcome.others().isEmpty());
    for (Plan other : outcome.others()) {
      Loss loss = Standing.of(problem, routing, other).loss();
      assertFalse(loss.isLessThan(before));
      assertTrue(seen.add(other.layout()));
      before = loss;
    }
  }

  /**
   * The lecture's advice where memory or latency binds: expert parallelism to the domain first (64
   * of 72 GPUs divide 256 experts), then one or two stages. With time to spare and short contexts
   * batches are so large that weights are free; then smaller groups send less. With long contexts
   * two domains leave so much more room for caches that they are 1.3% faster (docs/decisions/0011).
   */
  @ParameterizedTest
  @CsvSource({"131072, 30, 144"})
  void deepSeekOnRacks_takesTheDomainFirstThenOneOrTwoStages(
      int context, double tpotMillis, String degrees) {
    Problem problem =
        ProblemText.decode(
            folder,
            "deepseek-v3",
            "gb200-nvl72-x4",
            "\"contextTokens\": " + context + ", \"concurrentSequences\": \"max\"",
            true,
            DEEPSEEK
                + ", \"layout\": {\"microBatches\": 1, \"redundantExperts\": [0, 32]}, \"limits\": {\"tpotMillis\": "
                + tpotMillis
                + "}");
    ProblemRouting routing = ProblemRouting.of(problem);
    Candidates candidates =
        new Candidates(problem, routing, STEPS, () -> false, new ArrayList<>(), new PlanSoFar());

    Layout best =
        candidates.find().stream()
            .min(
                Comparator.comparing(
                    candidate -> Standing.of(problem, routing, candidate.start()).loss()))
            .orElseThrow()
            .start()
            .layout();

    List<String> wanted = List.of(degrees.split(" "));
    assertTrue(wanted.contains(Integer.toString(best.expertParallel())), best::toString);
    assertTrue(best.pipelineStages() <= 2, best::toString);
    assertEquals(1, best.attentionTensorParallel(), best::toString);
  }

  /** Redundant experts are worth their memory only while there is more than the KV cache needs. */
  @Test
  void redundancy_givesWayToKvCacheAtLongContexts() {
    int before = Integer.MAX_VALUE;
    for (String workload : List.of("\"contextTokens\": 4096|30", "\"contextTokens\": 131072|100")) {
      String[] parts = workload.split("\\|");
      Problem problem =
          ProblemText.decode(
              folder,
              "deepseek-v3",
              "gb200-nvl72",
              parts[0] + ", \"concurrentSequences\": \"max\"",
              true,
              DEEPSEEK
                  + ", \"layout\": {\"replicas\": 1, \"pipelineStages\": 1, \"expertParallel\": 64, \"attentionTensorParallel\": 1, \"microBatches\": 1, \"redundantExperts\": [0, 64]}, \"limits\": {\"tpotMillis\": "
                  + parts[1]
                  + "}");
      int redundant = solve(problem).plan().orElseThrow().layout().redundantExperts();
      assertTrue(redundant < before, parts[0] + ": " + redundant);
      before = redundant;
    }
    assertEquals(0, before);
  }
}
