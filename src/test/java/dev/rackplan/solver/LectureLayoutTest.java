package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.ProblemText;
import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.cost.operation.Stream;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lecture's claims about racks and stages, as DeepSeek-V3's plans come out of the model. */
class LectureLayoutTest {
  private static final String EVEN_LOADS =
      ", \"routing\": {\"powerLaw\": {\"alpha\": 0, \"seed\": 1}}";

  @TempDir private Path folder;

  private Problem deepSeek(String topology, String sequences, String engine, String layout) {
    return ProblemText.decode(
        folder,
        "deepseek-v3",
        topology,
        "\"contextTokens\": 4096, \"concurrentSequences\": " + sequences + EVEN_LOADS,
        false,
        ", \"precision\": {\"weights\": \"fp8\", \"dispatch\": \"bf16\"}, \"engine\": "
            + engine
            + ", \"layout\": {\"replicas\": 1, \"attentionTensorParallel\": 1, \"redundantExperts\": 0, "
            + layout
            + "}");
  }

  private static Evaluation evaluate(Problem problem) {
    Plan plan = PlanSolver.startPlan(problem).orElseThrow();
    return new Evaluator(problem).evaluate(plan);
  }

  @Test
  void expertLayerOverTwoRacks_sendsHalfTheChoicesOut() {
    Problem problem =
        deepSeek(
            "gb200-nvl72-16-trays-x2",
            "1280",
            "{\"copyRule\": \"perExpert\"}",
            "\"pipelineStages\": 1, \"expertParallel\": 128");

    assertEquals(0.5, evaluate(problem).placement().orElseThrow().homeShare(), 1e-9);
    assertEquals(0.5, Roofline.fractionLeavingDomain(2));
  }

  /** Racks of 64 whose scale-up is 8 times the NIC, or 18 times, as on GB200 with 400 Gb/s. */
  @ParameterizedTest
  @CsvSource({"400, 61, 2.0", "900, 61, 0.889", "900, 31, 1.778"})
  void rackPipeline_isNotBoundByItsHopsWhereTheRatioIsAboveOne(
      int scaleUpGbps, int stages, double ratio) {
    String topology =
        "{\"name\": \"racks\", \"gpu\": {\"name\": \"wide\", \"hbmGB\": 192, \"hbmTBps\": 8, \"bf16Tflops\": 2500, \"fp8Tflops\": 5000}, \"racks\": {\"count\": 61, \"domainsPerRack\": 1, \"nodesPerDomain\": 16, \"gpusPerNode\": 4}, "
            + "\"scaleUp\": {\"bandwidthGBps\": "
            + scaleUpGbps
            + ", \"latencyMicros\": 0.001}, \"scaleOut\": {\"nicGBps\": 50, \"latencyMicros\": 0.001}}";
    Problem problem =
        deepSeek(
            topology,
            String.valueOf(stages * 64 * 256),
            "{\"copyRule\": \"perExpert\"}",
            "\"pipelineStages\": " + stages + ", \"expertParallel\": 64");
    int layersPerStage = stages == 61 ? 1 : 2;
    CostedStage stage = evaluate(problem).stages().get(stages / 2);
    assertEquals(layersPerStage, stage.lastLayer() - stage.firstLayer() + 1);

    double found = stage.terms().sum(Stream.NETWORK) / stage.terms().of(Term.HOP);

    // A 64th of the choices stays on the GPU.
    assertEquals(ratio * 63 / 64, found, 0.01 * ratio);
    assertEquals(ratio, Roofline.rackPipelineRatio(50.0 / scaleUpGbps, 8, layersPerStage), 0.001);
  }

  @Test
  void stages_cancelInTheKvCacheOfAGpuAndDivideTheWeights() {
    Problem problem =
        deepSeek(
            "gb200-nvl72-x4", "9216", "{}", "\"pipelineStages\": [1, 2], \"expertParallel\": 64");
    Layout one =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, 64)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 4096);
    Layout two =
        Layout.neutral()
            .with(Degree.PIPELINE_STAGES, 2)
            .with(Degree.EXPERT_PARALLEL, 64)
            .with(Degree.MICRO_BATCHES, 2)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 4096);

    MemoryUse whole = MemoryUse.of(problem, one, 0, 60);
    MemoryUse first = MemoryUse.of(problem, two, 0, 30);
    MemoryUse second = MemoryUse.of(problem, two, 31, 60);

    // 31 and 30 of 61 layers, twice the micro-batches.
    assertEquals(whole.kvBytes() * 2 * 31 / 61, first.kvBytes(), 1);
    assertEquals(whole.kvBytes() * 2 * 30 / 61, second.kvBytes(), 1);
    assertEquals(whole.expertBytes(), first.expertBytes() + second.expertBytes(), 1);
  }

  @Test
  void redundantExpertPerRank_costsAboutTwoAndAHalfGigabytes() {
    Problem problem =
        deepSeek("gb200-nvl72", "64", "{}", "\"pipelineStages\": 1, \"expertParallel\": 64");
    double without =
        MemoryUse.of(
                problem,
                Layout.neutral()
                    .with(Degree.EXPERT_PARALLEL, 64)
                    .with(Degree.SEQUENCES_PER_MICRO_BATCH, 64),
                0,
                60)
            .expertBytes();
    double with =
        MemoryUse.of(
                problem,
                Layout.neutral()
                    .with(Degree.EXPERT_PARALLEL, 64)
                    .with(Degree.SEQUENCES_PER_MICRO_BATCH, 64)
                    .with(Degree.REDUNDANT_EXPERTS, 64),
                0,
                60)
            .expertBytes();

    // 58 layers × 3 × 7,168 × 2,048 bytes = 2.38 GiB.
    assertEquals(58 * 3.0 * 7168 * 2048, with - without);
    assertEquals(2.38, (with - without) / (1L << 30), 0.005);
  }

  @Test
  void memory_isKeptForTheP99OfAllContextsAndTimeGoesByTheMean() {
    String layout =
        ", \"precision\": {\"weights\": \"fp8\", \"dispatch\": \"bf16\"}, \"layout\": {\"replicas\": 1, \"pipelineStages\": 1, \"expertParallel\": 64, \"attentionTensorParallel\": 1, \"redundantExperts\": 0}";
    String workload = "\"contextTokens\": 4096, \"concurrentSequences\": 4096";
    Problem mean = ProblemText.decode(folder, "deepseek-v3", "gb200-nvl72", workload, true, layout);
    Problem held =
        ProblemText.decode(
            folder,
            "deepseek-v3",
            "gb200-nvl72",
            workload + ", \"contextTokensP99\": 12288",
            true,
            layout);

    Evaluation before = evaluate(mean);
    Evaluation after = evaluate(held);

    assertEquals(before.stepSeconds(), after.stepSeconds());
    // 64 sequences on a GPU: 4,096 + (12,288 - 4,096)/8 tokens each, and half a page of 64.
    assertEquals(
        5151.5 / 4127.5 * before.stages().get(0).memory().kvBytes(),
        after.stages().get(0).memory().kvBytes(),
        1);
    assertTrue(after.memory().kvHeadroomSequences() < before.memory().kvHeadroomSequences());
  }
}
