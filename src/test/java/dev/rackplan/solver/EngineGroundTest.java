package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.topology.GpuVendor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four A100, four H200 and four MI300X, a host each. */
class EngineGroundTest {
  private static final SolverOptions STEPS = new SolverOptions(60, OptionalLong.of(5), 0, 2);

  @TempDir private Path folder;

  private String file(String workload, String rest) {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write(
        "topologies/t.json",
        """
        {"name": "t", "scaleUp": {"latencyMicros": 3}, "scaleOut": {"nicGBps": 50, "latencyMicros": 5},
         "racks": [{"name": "a", "gpu": "a100-80gb", "domains": 1, "nodesPerDomain": 1, "gpusPerNode": 4},
                   {"name": "h", "gpu": "h200", "domains": 1, "nodesPerDomain": 1, "gpusPerNode": 4},
                   {"name": "m", "gpu": "mi300x", "domains": 1, "nodesPerDomain": 1, "gpusPerNode": 4}]}
        """);
    tiny.write(
        "problems/p.json",
        "{\"name\": \"p\", \"model\": \"llama-3.1-8b\", \"topology\": \"../topologies/t.json\", \"workload\": "
            + workload
            + rest
            + "}");
    return tiny.path("problems/p.json");
  }

  private Problem decode(String rest) {
    String file =
        file("{\"phase\": \"decode\", \"contextTokens\": 2000, \"concurrentSequences\": 64}", rest);
    return ProblemFile.read(Path.of(file), file);
  }

  private static Set<String> kinds(Problem problem, Plan plan) {
    return plan.stages().stream()
        .flatMap(stage -> stage.gpus().stream())
        .map(gpu -> problem.topology().gpus().get(gpu).spec().name())
        .collect(Collectors.toSet());
  }

  private static int usable(Problem problem) {
    return problem.topology().usableGpus().size();
  }

  private static Outcome solved(Problem problem) {
    return PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false);
  }

  // vLLM runs on all three, TensorRT-LLM on NVIDIA's, of which A100 multiplies no FP8.
  @Test
  void grounds_areOfOneMakerAndOfKindsThatTheEngineRunsOn() {
    List<Problem> vllm = EngineGround.all(decode(", \"engine\": {\"name\": \"vllm\"}"));
    assertEquals(List.of(8, 4), vllm.stream().map(EngineGroundTest::usable).toList());

    Problem asked =
        decode(", \"engine\": {\"name\": \"trtllm\"}, \"precision\": {\"weights\": \"fp8\"}");
    List<Problem> grounds = EngineGround.all(asked);
    assertEquals(1, grounds.size());
    assertTrue(
        grounds.get(0).topology().usableGpus().stream()
            .allMatch(gpu -> gpu.spec().name().startsWith("h200")));
    String remark = EngineGround.remark(asked).orElseThrow();
    assertTrue(remark.startsWith("a100-80g,") && remark.contains("mi300x"), remark);
    Plan plan = solved(asked).plan().orElseThrow();
    assertEquals(1, kinds(asked, plan).size());
    assertEquals(List.of(), new Evaluator(asked).evaluate(plan).violations());
  }

  // Twelve GPUs in all, and no instance of eight on one maker's other than NVIDIA's.
  @Test
  void search_keepsToOneMaker() {
    Problem eight =
        decode(
            ", \"layout\": {\"replicas\": 1, \"pipelineStages\": 2, \"attentionTensorParallel\": 4}");
    Plan plan = solved(eight).plan().orElseThrow();
    assertTrue(
        plan.stages().stream()
            .flatMap(stage -> stage.gpus().stream())
            .allMatch(
                gpu ->
                    eight.topology().gpus().get(gpu).spec().vendor().orElseThrow()
                        == GpuVendor.NVIDIA));
    Problem twelve =
        decode(
            ", \"layout\": {\"replicas\": 3, \"pipelineStages\": 1, \"attentionTensorParallel\": 4}");
    assertTrue(solved(twelve).plan().isEmpty());
  }

  // All twelve: judged, with the words by which an export refuses them.
  @Test
  void planOfTwoMakers_isJudgedSo() {
    Problem problem = decode("");
    Layout layout =
        Layout.of(Map.of(Degree.REPLICAS, 3, Degree.ATTENTION_TENSOR_PARALLEL, 4))
            .withSequences(32);
    Plan plan = UsualPlan.inOrder(problem, layout);
    String fault = EngineGround.fault(problem.topology(), plan).orElseThrow();
    assertEquals(
        "the plan has accelerators of AMD and NVIDIA, which no engine starts together", fault);
    assertTrue(new Evaluator(problem).evaluate(plan).violations().contains(fault));
  }

  // KV caches go from one maker's GPUs to the same maker's.
  @Test
  void poolsApart_areOfOneMaker() {
    String file =
        file(
            "{\"phase\": \"serving\", \"inputTokens\": 1000, \"outputTokens\": 200, \"requestsPerSecond\": \"max\"}",
            ", \"engine\": {\"name\": \"vllm\"}, \"limits\": {\"ttftMillis\": 2000, \"tpotMillis\": 50}");
    ServingProblem serving = ProblemFile.loadServing(Path.of(file), file).serving();
    ServingSolver.PoolPlans pools =
        ServingSolver.solve(serving, STEPS, (a, b, c, d, e) -> {}, () -> false);
    Set<GpuVendor> makers =
        pools.pools().stream()
            .flatMap(pool -> pool.outcome().plan().orElseThrow().stages().stream())
            .flatMap(stage -> stage.gpus().stream())
            .map(gpu -> serving.of(Pool.DECODE).topology().gpus().get(gpu).spec())
            .map(spec -> spec.vendor().orElseThrow())
            .collect(Collectors.toSet());
    assertEquals(1, makers.size());
  }
}
