package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 256 experts on 70 of a rack's 72 GPUs: whatever the redundancy, the slots do not divide. */
class DrainedRackTest {
  private static final SolverOptions STEPS = new SolverOptions(10, OptionalLong.of(300), 3, 2);

  @TempDir private Path folder;

  private Problem problem(String redundantExperts) {
    TinyProblem files = new TinyProblem(folder);
    files.write(
        "models/tiny-moe.json", TinyProblem.MODEL.replace("\"experts\": 8", "\"experts\": 256"));
    files.write(
        "topologies/two-racks.json",
        """
        {"name": "rack", "gpu": "gb200", "drained": ["rack-0/domain-0/node-17/gpu-2", "rack-0/domain-0/node-3/gpu-0"],
         "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 18, "gpusPerNode": 4}}
        """);
    String file =
        files.variant(
            "drained",
            "\"pipelineStages\": [1, 2], \"expertParallel\": 4, \"redundantExperts\": [0, 4]",
            "\"pipelineStages\": 1, \"expertParallel\": 70, \"redundantExperts\": "
                + redundantExperts);
    return ProblemFile.read(Path.of(file), "drained.json");
  }

  @Test
  void everyGpuInUse_isPlannedForWithUnevenSlots() {
    Problem problem = problem("32");

    Plan plan =
        PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false).plan().orElseThrow();

    assertEquals(70, plan.layout().gpus());
    for (ExpertMap map : plan.experts().values()) {
      assertEquals(288, map.slots());
      // 288 = 8·5 + 62·4.
      assertEquals(5, map.slotsOf(7));
      assertEquals(4, map.slotsOf(8));
      assertEquals(256, Arrays.stream(map.toArray()).distinct().count());
      for (int gpu = 0; gpu < 70; gpu++) {
        TreeSet<Integer> held = new TreeSet<>();
        for (int i = 0; i < map.slotsOf(gpu); i++) {
          assertTrue(
              held.add(map.expert(map.firstSlot(gpu) + i)), "GPU " + gpu + " holds one twice");
        }
      }
    }
    Evaluator evaluator = new Evaluator(problem);
    Evaluation evaluation = evaluator.evaluate(plan);
    assertTrue(evaluation.feasible(), () -> evaluation.violations().toString());
    assertTrue(evaluation.gap() >= 0);
    for (NamedPlan usual : BaselinePlans.of(problem, plan)) {
      assertTrue(
          evaluation.stepSeconds() <= evaluator.evaluate(usual.plan()).stepSeconds(), usual.name());
    }
    assertEquals(plan, writtenAndRead(problem, plan));
  }

  private Plan writtenAndRead(Problem problem, Plan plan) {
    Path file = folder.resolve("solutions/drained.json");
    SolutionFile.write(
        file,
        "../problems/drained.json",
        new SolutionFile.Provenance(
            "0", 3, OptionalDouble.empty(), OptionalLong.of(300), Optional.empty(), "0".repeat(64)),
        plan,
        problem.topology(),
        Map.of());
    return SolutionFile.read(file, "drained.json", problem).plan();
  }

  @Test
  void anyRedundancy_isALayout() {
    for (String redundant : new String[] {"0", "1", "24", "25", "104"}) {
      assertTrue(PlanSolver.startPlan(problem(redundant)).isPresent(), redundant);
    }
  }
}
