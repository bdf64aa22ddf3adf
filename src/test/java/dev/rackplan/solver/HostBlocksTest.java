package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.TinyProblem;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DegreeChoices;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Topology;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four racks of six GPUs, for instances of four: four stand in a rack each, a fifth in four. */
class HostBlocksTest {
  @TempDir private Path folder;

  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
    tiny.write(
        "topologies/two-racks.json",
        TinyProblem.TOPOLOGY
            .replace("\"count\": 2", "\"count\": 4")
            // NICs so slow that they tell racks apart, whatever kernels' starts are.
            .replace("\"gpusPerNode\": 4}", "\"gpusPerNode\": 6}, \"scaleOut\": {\"nicGBps\": 1}"));
  }

  private List<Long> domainsOfBlocks(int replicas) {
    Topology topology = problem("tiny").topology();
    return HostBlocks.of(
            topology,
            Layout.neutral().with(Degree.REPLICAS, replicas).with(Degree.EXPERT_PARALLEL, 4))
        .stream()
        .map(
            block ->
                block.stream().map(gpu -> topology.gpus().get(gpu).domain()).distinct().count())
        .toList();
  }

  private Problem problem(String name) {
    String file = tiny.path("problems/" + name + ".json");
    return ProblemFile.read(Path.of(file), file);
  }

  @Test
  void severalInstances_takeTheBlocksOfOneRackEach() {
    assertEquals(List.of(1L, 1L, 1L, 1L), domainsOfBlocks(4));
    assertEquals(List.of(1L, 1L), domainsOfBlocks(2));
    assertEquals(List.of(1L, 2L, 1L, 1L, 2L, 1L), domainsOfBlocks(6));
    assertEquals(6, domainsOfBlocks(1).size());
  }

  @Test
  void openReplicas_areAlsoAsManyAsStandInOneRackEach_andThoseWin() {
    tiny.variant(
        "open",
        "\"pipelineStages\": [1, 2], \"expertParallel\": 4, \"redundantExperts\": [0, 4], \"replicas\": 1,",
        "\"pipelineStages\": 1, \"expertParallel\": 4, \"redundantExperts\": 4,");
    Problem open = problem("open");
    assertEquals(
        List.of(6, 4, 3, 1),
        new DegreeChoices(open)
            .values(Degree.REPLICAS, Layout.neutral().with(Degree.EXPERT_PARALLEL, 4)::get));

    SolverOptions options = new SolverOptions(1, OptionalLong.of(50), 0, 1);
    Outcome outcome = PlanSolver.solve(open, options, (a, b, c, d, e) -> {}, () -> false);
    Plan plan = outcome.plan().orElseThrow();
    for (int instance = 0; instance < plan.layout().replicas(); instance++) {
      List<Integer> gpus = plan.stages().get(0).gpusOfInstance(instance, 4);
      assertEquals(
          1, gpus.stream().map(gpu -> open.topology().gpus().get(gpu).domain()).distinct().count());
    }
  }
}
