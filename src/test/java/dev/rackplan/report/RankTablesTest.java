package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.TinyProblem;
import dev.rackplan.cost.GpuCount;
import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RankTablesTest {
  @TempDir private Path folder;

  private String layers(int parallel, int slices) {
    new TinyProblem(folder);
    Problem problem = ProblemFile.load(folder.resolve("problems/tiny.json"), "tiny").problem();
    Layout layout =
        Layout.of(
            Map.of(
                Degree.EXPERT_PARALLEL, parallel,
                Degree.EXPERT_TENSOR_PARALLEL, slices,
                Degree.SEQUENCES_PER_MICRO_BATCH, 100));
    ExpertMap map = new ExpertMap(new int[] {6, 1, 2, 5, 4, 3, 0, 7}, 2);
    Plan plan =
        new Plan(layout, List.of(new Stage(0, 2, gpus(layout))), new TreeMap<>(Map.of(1, map)));
    GpuCount hosts =
        new GpuCount(
            List.of(1.25, 0.75),
            List.of(3e-6, 2e-6),
            List.of(5e6, 4e6),
            List.of(List.of(0.0)),
            List.of());
    return RankTables.layers(problem, plan, List.of(new GpuFigures(1, 0, "usual", hosts)));
  }

  private static List<Integer> gpus(Layout layout) {
    return List.of(0, 1, 2, 3, 4, 5, 6, 7).subList(0, layout.gpus());
  }

  @Test
  void slicedExperts_haveARowForEachGpu_withTheExpertsOfItsHost() {
    assertEquals(
        """
        layer,stage,rankInStage,experts,choicesPerToken,choicesPerMicroBatch,expertMicros,receivedMB,scenario,slice,slices
        1,0,0,6 1 2 5,1.25,125,3,5,usual,0,3
        1,0,1,6 1 2 5,1.25,125,3,5,usual,1,3
        1,0,2,6 1 2 5,1.25,125,3,5,usual,2,3
        1,0,3,4 3 0 7,0.75,75,2,4,usual,0,3
        1,0,4,4 3 0 7,0.75,75,2,4,usual,1,3
        1,0,5,4 3 0 7,0.75,75,2,4,usual,2,3
        """,
        layers(2, 3));
  }

  @Test
  void wholeExperts_haveOneSlice() {
    assertEquals(
        """
        layer,stage,rankInStage,experts,choicesPerToken,choicesPerMicroBatch,expertMicros,receivedMB,scenario,slice,slices
        1,0,0,6 1 2 5,1.25,125,3,5,usual,0,1
        1,0,1,4 3 0 7,0.75,75,2,4,usual,0,1
        """,
        layers(2, 1));
  }
}
