package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Six MoE layers of 8 experts with 8 redundant ones on 4 GPUs, on memory for some of them: a row of
 * slots is one expert more on each GPU.
 */
class ShortMemoryTest {
  private static final SolverOptions STEPS = new SolverOptions(10, OptionalLong.of(300), 3, 2);
  private static final int EXPERTS = 8;
  private static final int REDUNDANT = 8;

  /** An H100's 81,559 MiB. */
  private static final double HBM_BYTES = 81_559.0 * (1 << 20);

  @TempDir private Path folder;
  private TinyProblem files;

  @BeforeEach
  void write() {
    files = new TinyProblem(folder);
    // Wide experts and many tokens: balance is what costs.
    files.write(
        "models/tiny-moe.json",
        TinyProblem.MODEL.replace("\"count\": 2", "\"count\": 6").replace("32}}", "8192}}"));
  }

  private Problem read(int stages) {
    return read(stages, "65536");
  }

  private Problem read(int stages, String sequences) {
    String file =
        files.variant(
            "short",
            "[1, 2], \"expertParallel\": 4, \"redundantExperts\": [0, 4]",
            stages + ", \"expertParallel\": 4, \"redundantExperts\": " + REDUNDANT);
    files.write(
        "problems/short.json",
        files
            .read("problems/short.json")
            .replace("\"concurrentSequences\": 256", "\"concurrentSequences\": " + sequences));
    return ProblemFile.read(Path.of(file), "short.json");
  }

  /** The problem with room for {@code rows} rows of slots in the stage beside one per expert. */
  private static Problem withRoom(Problem problem, int stages, double rows) {
    Layout layout = layout(problem);
    int layers = problem.model().layers().size();
    double least = 0;
    for (int s = 0; s < stages; s++) {
      least =
          Math.max(
              least,
              MemoryUse.of(
                      problem,
                      layout,
                      s * layers / stages,
                      (s + 1) * layers / stages - 1,
                      layer -> EXPERTS)
                  .bytes());
    }
    double limit = least + rows * rowBytes(problem);
    return new Problem(
        problem.name(),
        problem.model(),
        problem.topology(),
        problem.workload(),
        problem.precision(),
        problem.engine(),
        problem.layoutSpace(),
        new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 1 - limit / HBM_BYTES),
        problem.objective());
  }

  private static double rowBytes(Problem problem) {
    return problem.model().moe(1).orElseThrow().parametersPerExpert()
        * problem.precision().experts().bytes();
  }

  private static Layout layout(Problem problem) {
    return LayoutEnumeration.of(problem).layouts().get(0);
  }

  private static Plan solve(Problem problem) {
    return PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false)
        .plan()
        .orElseThrow();
  }

  private static List<Integer> redundant(Plan plan) {
    return plan.experts().values().stream().map(map -> map.slots() - EXPERTS).toList();
  }

  private static void assertKeepsTheLimit(Problem problem, Plan plan) {
    Evaluator evaluator = new Evaluator(problem);
    Evaluation evaluation = evaluator.evaluate(plan);
    assertEquals(List.of(), evaluation.violations());
    assertTrue(evaluation.gap() >= 0);
    for (NamedPlan usual : BaselinePlans.of(problem, plan)) {
      assertEquals(redundant(plan), redundant(usual.plan()), usual.name());
      assertTrue(
          evaluation.stepSeconds() <= evaluator.evaluate(usual.plan()).stepSeconds(), usual.name());
    }
  }

  @Test
  void roomForAll_changesNothing() {
    Problem problem = withRoom(read(1), 1, 12.001);

    assertEquals(List.of(8, 8, 8, 8, 8, 8), redundant(solve(problem)));
  }

  @Test
  void roomForSome_goesToTheLayersThatGainMost() {
    // Two layers take two rows each, a third one takes the row that is left.
    Problem problem = withRoom(read(1), 1, 5.5);
    Layout layout = layout(problem);
    List<List<Integer>> blocks = HostBlocks.of(problem.topology(), layout);
    ProblemRouting routing = ProblemRouting.of(problem);
    LayoutCase whole =
        new LayoutCase(
            problem, routing, layout, blocks, List.of(), SlotAllotment.whole(problem, layout));
    LayoutCase fewest =
        new LayoutCase(
            problem, routing, layout, blocks, List.of(), SlotAllotment.fewest(problem, layout));
    List<Integer> byGain =
        problem.model().moeLayers().stream()
            .sorted(
                java.util.Comparator.comparingDouble(
                    layer -> whole.seconds(0, layer) - fewest.seconds(0, layer)))
            .toList();

    Plan plan = solve(problem);

    TreeMap<Integer, Integer> expected = new TreeMap<>();
    problem.model().moeLayers().forEach(layer -> expected.put(layer, 0));
    expected.put(byGain.get(0), 8);
    expected.put(byGain.get(1), 8);
    expected.put(byGain.get(2), 4);
    assertEquals(List.copyOf(expected.values()), redundant(plan));
    assertKeepsTheLimit(problem, plan);
    assertEquals(plan, solve(problem));
    assertEquals(plan, writtenAndRead(problem, plan));
  }

  @Test
  void stages_haveRoomEachForItself() {
    Problem problem = withRoom(read(2), 2, 2.5);

    Plan plan = solve(problem);

    int rows = redundant(plan).stream().mapToInt(Integer::intValue).sum() / 4;
    assertTrue(rows >= 2 && rows < 12, redundant(plan).toString());
    assertKeepsTheLimit(problem, plan);
  }

  @Test
  void noRoomForOneSlotPerExpert_isNoPlan() {
    Problem problem = withRoom(read(1), 1, -0.5);

    Outcome outcome = PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false);

    assertTrue(outcome.plan().isEmpty());
    String words = outcome.layoutsTried().get(0).outcome();
    assertTrue(words.contains(" GB on each GPU even without redundant experts, usable"), words);
  }

  @Test
  void mostSequences_doNotCostRedundantExperts() {
    Problem problem = read(1, "\"max\"");

    Plan plan = solve(problem);

    assertEquals(List.of(8, 8, 8, 8, 8, 8), redundant(plan));
    assertTrue(plan.layout().sequencesPerMicroBatch() > 1000);
  }

  private Plan writtenAndRead(Problem problem, Plan plan) {
    Path file = folder.resolve("solutions/short.json");
    SolutionFile.write(
        file,
        "../problems/short.json",
        new SolutionFile.Provenance(
            "0", 3, OptionalDouble.empty(), OptionalLong.of(300), Optional.empty(), "0".repeat(64)),
        plan,
        problem.topology(),
        Map.of());
    return SolutionFile.read(file, "short.json", problem).plan();
  }
}
