package dev.rackplan.cost.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rackplan.TinyProblem;
import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedLayer;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three MoE layers, each with synthetic loads of its own. */
class ProblemRoutingTest {
  @TempDir private Path folder;
  private Problem problem;
  private ProblemRouting routing;

  @BeforeEach
  void read() {
    String file = new TinyProblem(folder).variant("plain", "\"seed\": 3", "\"seed\": 4");
    problem = ProblemFile.read(Path.of(file), file);
    routing = ProblemRouting.of(problem);
  }

  @Test
  void sample_hasTheMiddleOfEachRun() {
    List<Integer> layers = problem.model().moeLayers();
    ProblemRouting one = routing.sampled(1);
    int middle = layers.get((layers.size() - 1) / 2);
    for (int layer : layers) {
      assertSame(routing.of(middle), one.of(layer));
    }
    assertSame(routing, routing.sampled(layers.size()));
    assertThrows(IllegalArgumentException.class, () -> routing.sampled(0));
  }

  // Layers that share their routing take as long as the one that is priced.
  @Test
  void sample_pricesEachRunOnce() {
    Layout layout =
        Layout.of(Map.of(Degree.EXPERT_PARALLEL, 4, Degree.SEQUENCES_PER_MICRO_BATCH, 64));
    Plan plan = UsualPlan.inOrder(problem, layout);
    List<CostedLayer> exact = layers(plan, routing);
    List<CostedLayer> sampled = layers(plan, routing.sampled(1));
    int middle = problem.model().moeLayers().get((problem.model().moeLayers().size() - 1) / 2);
    for (int layer : problem.model().moeLayers()) {
      assertEquals(exact.get(middle).seconds(), sampled.get(layer).seconds());
      assertEquals(layer, sampled.get(layer).index());
    }
    assertNotEquals(exact.get(0).seconds(), exact.get(2).seconds());
  }

  private List<CostedLayer> layers(Plan plan, ProblemRouting routed) {
    return CostedPlan.of(problem, routed, plan, CostDetail.TIMES)
        .slowest()
        .stages()
        .get(0)
        .layers();
  }
}
