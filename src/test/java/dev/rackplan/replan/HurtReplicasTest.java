package dev.rackplan.replan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Draining;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two replicas, of four GPUs each, on all eight GPUs: none is idle. */
class HurtReplicasTest {
  private static final Layout LAYOUT =
      Layout.of(
          Map.of(
              Degree.EXPERT_PARALLEL, 4,
              Degree.REPLICAS, 2,
              Degree.SEQUENCES_PER_MICRO_BATCH, 64));

  @TempDir private Path folder;
  private Problem problem;
  private RunningPlan running;

  @BeforeEach
  void read() {
    new TinyProblem(folder);
    Path file = folder.resolve("problems/tiny.json");
    problem = ProblemFile.load(file, "tiny").problem().withLayoutSpace(LayoutSpace.open());
    ExpertMap map = new ExpertMap(new int[] {0, 1, 2, 3, 4, 5, 6, 7}, 4);
    Stage stage = new Stage(0, 2, IntStream.range(0, 8).boxed().toList());
    running =
        new RunningPlan(
            problem, new Plan(LAYOUT, List.of(stage), new TreeMap<>(Map.of(1, map, 2, map))));
  }

  private KeptRanks kept(Problem asked, String lost) {
    TreeSet<Integer> gpus = new TreeSet<>();
    Arrays.stream(lost.split(" ")).map(Integer::valueOf).forEach(gpus::add);
    return KeptRanks.of(running, asked.withTopology(Draining.drain(asked.topology(), gpus)));
  }

  // One GPU lost: both go on with three, 6 instead of 4. Two of one replica: 2 · 2 or 1 · 4, and
  // the
  // other goes on untouched. Two, one of each, on the same rank: both are hurt and go on with
  // three.
  @ParameterizedTest
  @CsvSource({"1, 2, 3", "0 1, 1, 4", "5 7, 1, 4", "0 1 2, 1, 4", "1 5, 2, 3"})
  void replicasThatLost_areGivenUpWhereThatLeavesAsManyGpus(
      String lost, int replicas, int gpusEach) {
    KeptRanks kept = kept(problem, lost);

    assertEquals(replicas, kept.layout().replicas());
    assertEquals(gpusEach, kept.layout().gpusPerStage());
  }

  @Test
  void theOtherReplica_keepsItsGpus() {
    assertEquals(List.of(4, 5, 6, 7), kept(problem, "0 1").stages().get(0).gpus());
    assertEquals(List.of(0, 1, 2, 3), kept(problem, "5 7").stages().get(0).gpus());
  }

  // Three replicas of two GPUs, two GPUs idle: one of them takes the lost one's place, every other
  // rank of every replica stays where it is.
  @Test
  void idleGpu_takesTheLostOnesPlace_andNoOtherReplicaChanges() {
    ExpertMap map = new ExpertMap(new int[] {0, 1, 2, 3, 4, 5, 6, 7}, 2);
    Stage stage = new Stage(0, 2, IntStream.range(0, 6).boxed().toList());
    Layout layout = LAYOUT.with(Degree.EXPERT_PARALLEL, 2).with(Degree.REPLICAS, 3);
    running =
        new RunningPlan(
            problem, new Plan(layout, List.of(stage), new TreeMap<>(Map.of(1, map, 2, map))));
    for (int lost = 0; lost < 6; lost++) {
      KeptRanks kept = kept(problem, String.valueOf(lost));
      List<Integer> gpus = kept.stages().get(0).gpus();
      assertEquals(3, kept.layout().replicas());
      assertEquals(6, gpus.size());
      for (int rank = 0; rank < 6; rank++) {
        assertEquals(rank == lost, gpus.get(rank) != rank, rank + " of " + gpus);
      }
      assertTrue(gpus.get(lost) >= 6, gpus.toString());
    }
  }

  // The problem wants two.
  @Test
  void replicasThatAreAskedFor_goOnWithFewerGpus() {
    Problem two = problem.withLayoutSpace(LayoutSpace.open().with(Degree.REPLICAS, List.of(2)));
    KeptRanks kept = kept(two, "0 1");

    assertEquals(2, kept.layout().replicas());
    assertEquals(2, kept.layout().gpusPerStage());
  }
}
