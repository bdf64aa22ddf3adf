package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.ProblemText;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clusters whose host blocks differ, against the exact cut that takes them for equal: both plans
 * judged by the same scorer on the cluster as it is.
 */
class HostsThatDifferTest {
  private static final SolverOptions STEPS = new SolverOptions(60, OptionalLong.of(5), 0, 2);

  @TempDir private Path folder;

  /** The cut that is exact where all blocks are as the first one, on the blocks in order. */
  private static Plan asIfEqual(Problem problem, Plan real, Problem equal) {
    Plan cut = PlanSolver.startPlan(equal).orElseThrow();
    List<List<Integer>> blocks = HostBlocks.of(problem.topology(), real.layout());
    List<Stage> stages = new ArrayList<>();
    for (int s = 0; s < cut.stages().size(); s++) {
      Stage stage = cut.stages().get(s);
      stages.add(new Stage(stage.firstLayer(), stage.lastLayer(), blocks.get(s)));
    }
    return new Plan(real.layout(), stages, real.experts());
  }

  private static double gain(Problem problem, Plan start, Problem equal) {
    Plan ours =
        PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false).plan().orElseThrow();
    ProblemRouting routing = ProblemRouting.of(problem);
    Standing found = Standing.of(problem, routing, ours);
    Standing naive = Standing.of(problem, routing, asIfEqual(problem, start, equal));
    return found.tokensPerSecondPerGpu() / naive.tokensPerSecondPerGpu() - 1;
  }

  @Test
  void stageThatSpansTwoRacksOfSixteenTrays_getsFewerLayers() {
    // 64 GPUs a rack: two stages of 40 stay in one, the third takes 24 of each.
    String workload = "\"contextTokens\": 4096, \"concurrentSequences\": 30720";
    String rest =
        ", \"precision\": {\"weights\": \"fp8\", \"dispatch\": \"fp8\"}, \"engine\": {\"dispatchRule\": \"nearest\", \"copyRule\": \"perDomain\"}, "
            + "\"layout\": {\"replicas\": 1, \"pipelineStages\": 3, \"expertParallel\": 40, \"redundantExperts\": 24, \"attentionTensorParallel\": 1, \"microBatches\": 3}";
    Problem problem =
        ProblemText.decode(folder, "deepseek-v3", "gb200-nvl72-16-trays-x2", workload, true, rest);
    Problem equal =
        ProblemText.decode(
            folder,
            "deepseek-v3",
            "{\"name\": \"equal\", \"gpu\": \"gb200\", \"racks\": {\"count\": 3, \"domainsPerRack\": 1, \"nodesPerDomain\": 10, \"gpusPerNode\": 4}}",
            workload,
            true,
            rest);

    Plan start = PlanSolver.startPlan(problem).orElseThrow();
    double gain = gain(problem, start, equal);

    System.out.printf("16 of 18 trays in two racks: %.1f%% better%n", 100 * gain);
    assertTrue(gain >= 0.03, () -> "gain " + gain);
    List<Integer> spans = new ArrayList<>();
    for (Stage stage : start.stages()) {
      TreeSet<Integer> domains = new TreeSet<>();
      stage.gpus().forEach(gpu -> domains.add(problem.topology().gpus().get(gpu).domain()));
      spans.add(domains.size());
    }
    assertEquals(4, spans.stream().mapToInt(Integer::intValue).sum(), spans::toString);
    int spanning = spans.indexOf(2);
    int layers = length(start.stages().get(spanning));
    for (int s = 0; s < 3; s++) {
      assertTrue(s == spanning || length(start.stages().get(s)) > layers);
    }
  }

  @Test
  void fasterGpusOfAMixedCluster_getMoreLayers() {
    String workload = "\"contextTokens\": 32768, \"concurrentSequences\": 48";
    String rest =
        ", \"precision\": {\"weights\": \"fp8\", \"kv\": \"fp8\"}, "
            + "\"layout\": {\"replicas\": 1, \"pipelineStages\": 6, \"attentionTensorParallel\": 8, \"microBatches\": 6}";
    Problem problem =
        ProblemText.decode(folder, "llama-3.1-405b", "mixed-h100-h200", workload, false, rest);
    Problem equal =
        ProblemText.decode(
            folder,
            "llama-3.1-405b",
            "{\"name\": \"equal\", \"gpu\": \"h100-sxm\", \"racks\": {\"count\": 1, \"domainsPerRack\": 6, \"nodesPerDomain\": 1, \"gpusPerNode\": 8}}",
            workload,
            false,
            rest);

    Plan start = PlanSolver.startPlan(problem).orElseThrow();
    double gain = gain(problem, start, equal);

    System.out.printf("mixed H100 and H200: %.1f%% better%n", 100 * gain);
    assertTrue(gain >= 0.03, () -> "gain " + gain);
    for (Stage stage : start.stages()) {
      String gpu = problem.topology().gpus().get(stage.gpus().get(0)).spec().name();
      assertTrue(
          gpu.startsWith("h200") ? length(stage) > 21 : length(stage) <= 21,
          gpu + stage.lastLayer());
    }
  }

  private static int length(Stage stage) {
    return stage.lastLayer() - stage.firstLayer() + 1;
  }
}
