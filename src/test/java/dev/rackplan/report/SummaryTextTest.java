package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.bound.BoundTerm;
import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.MemoryConfidence;
import dev.rackplan.cost.MoeLayerTerms;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.BoundFigures;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.FailureFigures;
import dev.rackplan.evaluation.MemoryFigures;
import dev.rackplan.evaluation.PlacementFigures;
import dev.rackplan.evaluation.StepLayer;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.law.Confidence;
import dev.rackplan.law.RestsOn;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.MemoryRule;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Figures made up so that no two are the same. */
class SummaryTextTest {
  private static final ExpertMap ALL_SLOTS =
      new ExpertMap(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3}, 4);

  @TempDir private Path folder;
  private Problem problem;

  @BeforeEach
  void read() {
    problem =
        ProblemFile.read(Path.of(new TinyProblem(folder).path("problems/tiny.json")), "tiny.json");
  }

  private static Evaluation evaluation(double tpotMillis, double balance, List<String> violations) {
    return evaluation(tpotMillis, balance, violations, false);
  }

  private static Evaluation evaluation(
      double tpotMillis, double balance, List<String> violations, boolean overlap) {
    return evaluation(tpotMillis, balance, violations, overlap, List.of());
  }

  private static Evaluation evaluation(
      double tpotMillis,
      double balance,
      List<String> violations,
      boolean overlap,
      List<Double> drawnStepSeconds) {
    MemoryUse memory = new MemoryUse(1e9, 2e9, 3e9, 4e9, 5e9, 6e9, 7e9);
    return new Evaluation(
        violations,
        OptionalDouble.of(tpotMillis / 1e3),
        OptionalDouble.empty(),
        25_600,
        12_800,
        OptionalDouble.of(0.125),
        0.0625,
        1.5,
        Optional.of(
            new PlacementFigures(
                balance, 0.95, 0.5, 1.25, 4096, balance - 0.4, OptionalDouble.of(2 * balance))),
        Optional.of(
            new PlacementFigures(
                balance - 0.2, 0.75, 0.4, 1.375, 8192, 0.25, OptionalDouble.empty())),
        "the first stage is too slow",
        new MemoryFigures(
            72e9, 28e9, 12_345, 67, 54_321, MemoryConfidence.UNKNOWN, MemoryRule.RESERVE, 0.1),
        new FailureFigures(1.25, 0.5, "rack-0/domain-0/node-0", 8, 128, 0.375),
        List.of(
            new CostedStage(
                0,
                0,
                List.of(),
                0.003,
                Breakdown.of(Term.ATTENTION, 0.001).with(Term.DENSE, 0.0005).with(Term.HOP, 0.0015),
                memory,
                Optional.empty()),
            new CostedStage(
                1,
                2,
                List.of(),
                0.0025,
                Breakdown.of(Term.ATTENTION, 0.0004)
                    .with(Term.EXPERT_COMPUTE, 0.0005)
                    .with(Term.EXPERT_FETCH, 0.0001)
                    .with(Term.DISPATCH, 0.0002)
                    .with(Term.COMBINE, 0.0003)
                    .with(Term.SHARED, 0.0005)
                    .with(Term.HEAD, 0.0007),
                memory,
                Optional.empty())),
        moeLayers(tpotMillis, balance, overlap),
        drawnStepSeconds,
        new BoundFigures(
            0.008,
            0.125,
            0.0625,
            0.0625,
            0.375,
            BoundTerm.EXPERT_WEIGHTS,
            BoundTerm.HOTTEST_RECEIVER),
        Optional.empty(),
        new Confidence(
            OptionalDouble.of(tpotMillis / 50),
            OptionalDouble.of(0.07),
            new RestsOn(0.75, 0.2, 0.05, 0.04)));
  }

  /** Load by balance, a link by the choices that leave home, both by the plan's time. */
  private static List<StepLayer> moeLayers(double tpotMillis, double balance, boolean overlap) {
    double choices = tpotMillis / 10;
    MoeLayerTerms terms =
        new MoeLayerTerms(
            Breakdown.of(Term.ATTENTION, 0.0002),
            new ExpertTime(0.0002 / balance, 0.0001, 0, Double.POSITIVE_INFINITY),
            0.00002,
            0.001 * choices * choices,
            0.00001,
            choices,
            choices / (2 * balance),
            overlap ? new StreamOverlap(true, 0, false) : StreamOverlap.NOTHING);
    return List.of(new StepLayer(1, 2, terms), new StepLayer(2, 2, terms));
  }

  private PlanReport report(List<String> violations) {
    return report(violations, ALL_SLOTS);
  }

  private PlanReport report(List<String> violations, ExpertMap mapOfLastLayer) {
    return report(evaluation(10, 0.9, violations), mapOfLastLayer);
  }

  private PlanReport report(Evaluation evaluation, ExpertMap mapOfLastLayer) {
    Layout layout =
        Layout.neutral()
            .with(Degree.PIPELINE_STAGES, 2)
            .with(Degree.EXPERT_PARALLEL, 4)
            .with(Degree.MICRO_BATCHES, 2)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 128)
            .with(Degree.REDUNDANT_EXPERTS, 4);
    TreeMap<Integer, ExpertMap> experts = new TreeMap<>();
    experts.put(1, ALL_SLOTS);
    experts.put(2, mapOfLastLayer);
    Plan plan =
        new Plan(
            layout,
            List.of(new Stage(0, 0, List.of(0, 1, 2, 3)), new Stage(1, 2, List.of(4, 5, 6, 7))),
            experts);
    return new PlanReport(
        problem,
        plan,
        evaluation,
        List.of(
            new NamedEvaluation("contiguous", evaluation(12, 0.6, List.of())),
            new NamedEvaluation("eplb-global", evaluation(11, 0.8, List.of())),
            new NamedEvaluation("even-stages", evaluation(9, 0.7, List.of("memory: too much")))),
        List.of(
            new LayoutTrial(
                layout,
                OptionalDouble.of(0.01),
                OptionalDouble.of(12_800),
                OptionalDouble.of(0.2),
                LayoutTrial.Reason.CHOSEN,
                "chosen"),
            new LayoutTrial(
                Layout.neutral()
                    .with(Degree.EXPERT_PARALLEL, 4)
                    .with(Degree.SEQUENCES_PER_MICRO_BATCH, 256),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                LayoutTrial.Reason.MEMORY,
                "memory: 3.00 GB too much")),
        List.of());
  }

  @Test
  void summary_alignsPlanBaselinesBoundStagesAndLayouts() {
    assertEquals(
        """
        answer: TPOT 10.000 ms ± 20%, 12800 tokens/s/GPU, 10.0% faster than eplb-global
        tiny: tiny-moe on two-racks, decode at a context of 1000 tokens
        layout: 1 replica of 2 stages on 4 GPUs each; expert parallel 4, attention
          tensor parallel 1, attention data parallel 4; 2 micro-batches of 128
          sequences; 4 redundant experts

                                                          held-out  held-out
                                  above                    balance    remote  balance
                       TPOT    ±  bound  tokens/   USD/M    [mean/  domains/   [mean/
                       [ms]  [%]    [%]    s/GPU  tokens      max]     token     max]
        plan         10.000   20   25.0    12800  0.1250     0.700     1.375    0.900
        contiguous   12.000   24   50.0    12800  0.1250     0.400     1.375    0.600
        eplb-global  11.000   22   37.5    12800  0.1250     0.600     1.375    0.800
        even-stages   9.000   18   12.5    12800  0.1250     0.500     1.375    0.700
        bound         8.000    -    0.0        -       -         -         -        -

                       remote
                     domains/
                        token  fits
        plan            1.250   yes
        contiguous      1.250   yes
        eplb-global     1.250   yes
        even-stages     1.250    no
        bound               -     -

                                                                                expert
                                                       dense   shared   expert  weight
                                     total  attention    FFN  experts  compute   fetch
        stage  layers  GPUs   racks   [ms]       [ms]   [ms]     [ms]     [ms]    [ms]
        0        0..0     4  rack-0  3.000      1.000  0.500    0.000    0.000   0.000
        1        1..2     4  rack-1  2.500      0.400  0.000    0.500    0.500   0.100

                                     LM         memory
               dispatch  combine   head    hop    [GB/
        stage      [ms]     [ms]   [ms]   [ms]    GPU]
        0         0.000    0.000  0.000  1.500   28.00
        1         0.200    0.300  0.700  0.000   28.00

                                  shared
                                 experts                                      buffers
                          dense      and   routed  embedding     KV  largest       as
               attention    FFN    gates  experts   and head  cache     step  counted
        stage       [GB]   [GB]     [GB]     [GB]       [GB]   [GB]     [GB]     [GB]
        0           1.00   2.00     3.00     4.00       5.00   6.00     7.00     7.00
        1           1.00   2.00     3.00     4.00       5.00   6.00     7.00     7.00

        bottleneck: the first stage is too slow
        TPOT: 10.000 ms ± 20%, where two of three measured steps lie; rests on: measured 75%, transferred 20%, formula 5%
        gap to the bound of this layout on these GPUs: 25.0% (37.5% of what placement decides), of which 12.5 points expert imbalance, 6.3 points traffic, 6.3 points stages and hops; experts bounded by weights of active experts, traffic by hottest receiver
        memory: 28.00 of 72.00 GB on the fullest GPU; room there for 12345 more tokens of KV cache, or 67 more sequences
        KV cache: 54321 tokens on each attention rank by memoryReserve 0.100
        formats: weights bf16, experts bf16, KV cache bf16, dispatch bf16, combine bf16 (default)
        failures: 1.3 interruptions a month expected; a lost node stops 8 GPUs and 128 sequences, 38% of the throughput
        gain: 10.0% faster than eplb-global, the best usual plan of this layout; on tokens kept back: balance 0.700 against 0.600, remote domains 1.375 against 1.375
        because: 1.000 ms less, of which 0.519 ms fewer copies because 1.80 of a token's choices share one (1.60 before: experts chosen together sit in one domain), 0.420 ms because 50.0% of choices stay in the token's home domain (40.0% before: replicas at home), 0.111 ms balance (0.900 against 0.800), 0.049 ms stages: what they hold and which of them is slowest, at the price of 0.099 ms less even load of links between domains; reading weights binds 17% of the experts' time, where balance of load saves nothing
        engines: SGLang, TensorRT-LLM start this layout; not vLLM: pipelineStages 2 of 4 attention ranks each: a data-parallel rank keeps its stages together (vllm/v1/engine/utils.py: devices of a data-parallel rank are in a row)

        layouts tried  TPOT [ms]  ± [%]  tokens/s/GPU
        1                 10.000     20         12800
          replicas 1, stages 2, EP 4, TP 1, DP 4, micro-batches 2 x 128, redundant 4:
          chosen
        2                      -      -             -
          replicas 1, stages 1, EP 4, TP 1, DP 4, micro-batches 1 x 256, redundant 0:
          memory: 3.00 GB too much
        """,
        SummaryText.of(report(List.of())));
  }

  @Test
  void layersWithFewerRedundantExperts_areCounted() {
    ExpertMap none = new ExpertMap(new int[] {0, 1, 2, 3, 4, 5, 6, 7}, 4);
    ExpertMap fewer = new ExpertMap(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 0}, 4);

    assertLayoutEndsWith("; 4 redundant experts in 1 of 2 MoE layers, none in 1", none);
    assertLayoutEndsWith("; 4 redundant experts in 1 of 2 MoE layers, fewer in 1", fewer);
  }

  private void assertLayoutEndsWith(String end, ExpertMap mapOfLastLayer) {
    String text = SummaryText.of(report(List.of(), mapOfLastLayer));
    String layout = text.substring(0, text.indexOf("\n\n")).replace("\n ", "");
    assertTrue(layout.endsWith(end), layout);
  }

  @Test
  void slowerPlan_isToldWhatItPaysFor() {
    assertEquals(
        """
        gain: 4.3% slower than eplb-global, the best usual plan of this layout; on tokens kept back: balance 0.700 against 0.600, remote domains 1.375 against 1.375
        because: 0.500 ms more, of which 0.821 ms less even load of links between domains, 0.225 ms because 50.0% of choices stay in the token's home domain (40.0% before), 0.161 ms stages: what they hold and which of them is slowest, against savings of 0.596 ms fewer copies because 1.80 of a token's choices share one (1.60 before: experts chosen together sit in one domain), 0.111 ms balance (0.900 against 0.800); reading weights binds 17% of the experts' time, where balance of load saves nothing
        """,
        gain(evaluation(11.5, 0.9, List.of()), evaluation(11, 0.8, List.of())));
  }

  @Test
  void overlap_isToldWithWhatItHides() {
    assertEquals(
        """
        gain: 10.0% faster than eplb-global, the best usual plan of this layout; on tokens kept back: balance 0.700 against 0.600, remote domains 1.375 against 1.375
        because: 1.000 ms less, of which 0.519 ms fewer copies because 1.80 of a token's choices share one (1.60 before: experts chosen together sit in one domain), 0.420 ms because 50.0% of choices stay in the token's home domain (40.0% before: replicas at home), 0.160 ms stages: what they hold and which of them is slowest, at the price of 0.099 ms less even load of links between domains; reading weights binds 17% of the experts' time, where balance of load saves nothing; what runs side by side hides 1.689 ms (1.800 ms before)
        """,
        gain(evaluation(10, 0.9, List.of(), true), evaluation(11, 0.8, List.of(), true)));
  }

  @Test
  void equalPlans_gainNothing() {
    assertEquals(
        """
        gain: none: as fast as eplb-global, the best usual plan of this layout; on tokens kept back: balance 0.700 against 0.700, remote domains 1.375 against 1.375
        """,
        gain(evaluation(10, 0.9, List.of()), evaluation(10, 0.9, List.of())));
  }

  @Test
  void drawnSteps_sayWhatAClusterSees() {
    Evaluation other = evaluation(11, 0.8, List.of(), false, List.of(0.011, 0.012, 0.013));
    assertTrue(
        gain(evaluation(10, 0.9, List.of(), false, List.of(0.0105, 0.0115, 0.0125)), other)
            .contains("; on drawn steps 0.500 ms less ± 0.000 ms from step to step\n"));
    assertTrue(
        gain(evaluation(10, 0.9, List.of(), false, List.of(0.0105, 0.0115, 0.0135)), other)
            .contains(
                "; on drawn steps 0.167 ms less ± 0.577 ms from step to step: less than routing moves a step, no gain to count on\n"));
    assertTrue(
        gain(evaluation(10, 0.9, List.of(), false, List.of(0.0115, 0.0125, 0.0135)), other)
            .contains("; on drawn steps 0.500 ms more ± 0.000 ms from step to step\n"));
  }

  private String gain(Evaluation plan, Evaluation best) {
    return GainText.of(report(plan, ALL_SLOTS), new NamedEvaluation("eplb-global", best));
  }

  @Test
  void violations_areShown() {
    String text =
        SummaryText.of(report(List.of("TPOT: 10.00 ms, limit 5.00 ms: 5.00 ms too long")));

    assertEquals(
        1,
        text.lines()
            .filter("not feasible: TPOT: 10.00 ms, limit 5.00 ms: 5.00 ms too long"::equals)
            .count(),
        text);
  }

  @Test
  void tree_hasTheFiguresUnderTheirNames() {
    Map<String, Object> tree = EvaluationTree.of(report(List.of()));

    assertEquals(0.01, tree.get("tpotSeconds"));
    assertEquals(
        Map.of(
            "tpotSeconds",
            0.008,
            "gap",
            0.01 / 0.008 - 1,
            "placementGap",
            0.375,
            "expertGap",
            0.125,
            "networkGap",
            0.0625,
            "restGap",
            0.0625,
            "expertTerm",
            "weights of active experts",
            "networkTerm",
            "hottest receiver"),
        tree.get("bound"));
    assertEquals(
        Map.of(
            "limitBytes",
            72e9,
            "peakBytes",
            28e9,
            "kvHeadroomTokens",
            12_345L,
            "kvHeadroomSequences",
            67L,
            "kvTokens",
            54_321L,
            "rule",
            "memoryReserve",
            "share",
            0.1),
        tree.get("memory"));
    assertEquals(
        Map.of(
            "balancedness",
            0.9 - 0.2,
            "balancednessEven",
            0.75,
            "worstLayerBalancedness",
            0.4,
            "remoteDomainsPerToken",
            1.375,
            "scaleOutBytesPerToken",
            8192.0,
            "homeShare",
            0.25),
        tree.get("heldOut"));
    Map<?, ?> stage = (Map<?, ?>) ((List<?>) tree.get("stages")).get(1);
    assertEquals(List.of(1, 2), stage.get("layers"));
    assertEquals(0.0005, stage.get("expertComputeSeconds"));
    assertEquals(0.0001, stage.get("expertFetchSeconds"));
    assertEquals(28e9, ((Map<?, ?>) stage.get("memory")).get("bytes"));
    Map<?, ?> baseline = (Map<?, ?>) ((List<?>) tree.get("baselines")).get(1);
    assertEquals("eplb-global", baseline.get("name"));
    assertEquals(0.8, baseline.get("balancedness"));
    assertEquals(0.4, baseline.get("homeShare"));
    assertEquals(1.6, baseline.get("choicesPerCopy"));
    Map<?, ?> gain = (Map<?, ?>) tree.get("gain");
    assertEquals(List.of("over", "seconds", "parts"), List.copyOf(gain.keySet()));
    assertEquals("eplb-global", gain.get("over"));
    assertEquals(0.001, (double) gain.get("seconds"), 1e-15);
    assertEquals(
        List.of(
            "balanceSeconds",
            "fetchSeconds",
            "homeSeconds",
            "togetherSeconds",
            "linkSeconds",
            "portSeconds",
            "otherSeconds"),
        List.copyOf(((Map<?, ?>) gain.get("parts")).keySet()));
    Map<?, ?> tried = (Map<?, ?>) ((List<?>) tree.get("layoutsTried")).get(1);
    assertEquals(List.of("layout", "reason", "outcome"), List.copyOf(tried.keySet()));
  }

  @Test
  void table_refusesARowOfAnotherLength() {
    TextTable table = new TextTable(List.of("a", "b"));

    assertThrows(IllegalArgumentException.class, () -> table.add(List.of("1")));
  }
}
