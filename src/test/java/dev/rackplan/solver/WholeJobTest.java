package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All replicas of a training job are placed together, in the better of Megatron's rank orders. */
class WholeJobTest {
  @TempDir private Path folder;

  private Problem problem(String racks, int replicas, int stages, int batch) throws IOException {
    Path file = folder.resolve("problem.json");
    Files.writeString(
        folder.resolve("topology.json"),
        "{\"name\": \"racks\", \"gpu\": \"h100-sxm\", \"racks\": " + racks + "}");
    Files.writeString(
        file,
        """
        {"name": "job", "model": "llama-3.2-3b", "topology": "topology.json",
         "workload": {"phase": "training", "contextTokens": 4096,
           "training": {"globalBatchSequences": BATCH, "schedule": "1f1b", "recompute": "selective"}},
         "layout": {"replicas": REPLICAS, "pipelineStages": STAGES, "attentionTensorParallel": 2,
           "sequencesPerMicroBatch": 1}}
        """
            .replace("BATCH", String.valueOf(batch))
            .replace("REPLICAS", String.valueOf(replicas))
            .replace("STAGES", String.valueOf(stages)));
    return ProblemFile.read(file, file.toString());
  }

  private static Plan solved(Problem problem) {
    SolverOptions options = new SolverOptions(1, OptionalLong.of(1), 0, 1);
    return PlanSolver.solve(problem, options, (a, b, c, d, e) -> {}, () -> false)
        .plan()
        .orElseThrow();
  }

  private static double seconds(Problem problem, Plan plan) {
    return CostedPlan.of(problem, ProblemRouting.of(problem), plan, CostDetail.TIMES).stepSeconds();
  }

  private static long domains(Problem problem, Stage stage) {
    return stage.gpus().stream()
        .map(gpu -> problem.topology().gpus().get(gpu).domain())
        .distinct()
        .count();
  }

  @Test
  void manyReplicas_reduceGradientsInsideOfNodes() throws IOException {
    Problem problem =
        problem(
            "{\"count\": 4, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 8}",
            8,
            2,
            16);
    Plan plan = solved(problem);
    plan.stages().forEach(stage -> assertEquals(2, domains(problem, stage)));
    Plan usual = UsualPlan.inOrder(problem, plan.layout());
    assertTrue(seconds(problem, plan) <= seconds(problem, usual));
  }

  @Test
  void stagesKeepToDomains_whereTheseHaveMoreGpusThanAStageTakes() throws IOException {
    Problem problem =
        problem(
            "{\"count\": 2, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 10}",
            4,
            2,
            8);
    List<Stage> stages = solved(problem).stages();
    stages.forEach(stage -> assertEquals(1, domains(problem, stage)));
  }
}
