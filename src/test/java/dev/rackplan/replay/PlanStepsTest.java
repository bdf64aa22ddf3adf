package dev.rackplan.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.EvenStages;
import dev.rackplan.baseline.ExpertBaseline;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps of a plan, against the plan costed as a whole. */
class PlanStepsTest {
  @TempDir private Path folder;

  private Problem problem(String phase) {
    String file =
        new TinyProblem(folder)
            .variant("of-" + phase, "\"phase\": \"decode\"", "\"phase\": \"" + phase + "\"");
    return ProblemFile.read(Path.of(file), file);
  }

  private static Plan plan(Problem problem, int stages, int sequences) {
    Layout layout =
        Layout.of(
            Map.of(
                Degree.EXPERT_PARALLEL, 4,
                Degree.PIPELINE_STAGES, stages,
                Degree.REDUNDANT_EXPERTS, 4,
                Degree.MICRO_BATCHES, stages,
                Degree.SEQUENCES_PER_MICRO_BATCH, sequences));
    List<Integer> firsts = EvenStages.firstLayers(problem.model().layers().size(), stages);
    List<Stage> made = new ArrayList<>();
    for (int s = 0; s < stages; s++) {
      int last = s + 1 < stages ? firsts.get(s + 1) - 1 : problem.model().layers().size() - 1;
      made.add(new Stage(firsts.get(s), last, IntStream.range(4 * s, 4 * s + 4).boxed().toList()));
    }
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
    ExpertBaseline baseline = ExpertBaseline.all().get(0);
    List<Integer> moe = problem.model().moeLayers();
    for (int i = 0; i < moe.size(); i++) {
      maps.put(
          moe.get(i), baseline.place(BaselinePlans.request(problem, 12, made.get(0).gpus(), i)));
    }
    return new Plan(layout, made, maps);
  }

  private static CostedPlan costed(Problem problem, Plan plan) {
    return CostedPlan.of(problem, ProblemRouting.of(problem), plan, CostDetail.TIMES);
  }

  // 4 attention ranks; two stages have two micro-batches in flight.
  @ParameterizedTest
  @CsvSource({"1, 4, 1", "1, 64, 16", "1, 256, 64", "2, 32, 16"})
  void decodeStep_isThatOfThePlan(int stages, int sequences, double perRank) {
    Problem problem = problem("decode");
    Plan plan = plan(problem, stages, sequences);
    StepTimes.Priced priced = new PlanSteps(problem, plan).decode(64, 4096);
    assertEquals(
        costed(problem, plan).stepSeconds(), priced.full().applyAsDouble(perRank, 1000), 1e-15);
  }

  // Whole prompts of 1,000 tokens: each token sees 500.
  @ParameterizedTest
  @CsvSource({"1, 4, 1000", "1, 16, 4000", "2, 8, 2000"})
  void promptStep_isThatOfThePlan(int stages, int sequences, double perRank) {
    Problem problem = problem("prefill");
    Plan plan = plan(problem, stages, sequences);
    PlanSteps steps = new PlanSteps(problem, plan);
    CostedPlan whole = costed(problem, plan);
    assertEquals(
        whole.stepSeconds(), steps.prompts(9000, 4096).full().applyAsDouble(perRank, 500), 1e-12);
    double slowest = whole.slowest().seconds().stream().mapToDouble(s -> s).max().orElseThrow();
    assertEquals(slowest, steps.slowestStageSeconds(perRank, 500), 1e-12);
  }

  // One prompt on four ranks takes less than four, and more than a quarter of its tokens on each.
  @Test
  void onePrompt_leavesExpertsLessToDo() {
    Problem problem = problem("prefill");
    StepTimes.Priced priced = new PlanSteps(problem, plan(problem, 1, 4)).prompts(9000, 4096);
    double alone = priced.alone().applyAsDouble(2000, 1000);
    assertTrue(alone < priced.full().applyAsDouble(2000, 1000));
    assertTrue(alone > priced.full().applyAsDouble(500, 1000));
  }

  @Test
  void grid_isWithinThreePercent() {
    Problem problem = problem("decode");
    PlanSteps steps = new PlanSteps(problem, plan(problem, 1, 64));
    StepTimes.Priced decode = steps.decode(256, 8192);
    StepTimes.Priced prompts = steps.prompts(8192, 8192);
    StepTimes times = StepTimes.of(Optional.of(decode), Optional.of(prompts), Optional.empty(), 1);
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      double sequences = 1 + random.nextInt(256);
      double context = 1 + random.nextInt(8191);
      double exact = decode.full().applyAsDouble(sequences, context);
      assertEquals(exact, times.decodeSeconds(sequences, 1, context, 4), 0.03 * exact);
      double tokens = 1 + random.nextInt(8192);
      double attended = 16 + random.nextInt(8000);
      exact = prompts.full().applyAsDouble(tokens, attended);
      assertEquals(exact, times.promptSeconds(tokens, 1, attended, 4), 0.03 * exact);
    }
    assertTrue(times.points() < 400, "points: " + times.points());
  }

  // Counted once and read for another number of tokens, or counted anew.
  @Test
  void keptTallies_areThoseCountedAnew() {
    Problem problem = problem("decode");
    PlanSteps kept = new PlanSteps(problem, plan(problem, 1, 64));
    for (int sequences : new int[] {1, 50, 3, 200, 1}) {
      double anew =
          new PlanSteps(problem, plan(problem, 1, 64))
              .decode(256, 8192)
              .full()
              .applyAsDouble(sequences, 700);
      assertEquals(anew, kept.decode(256, 8192).full().applyAsDouble(sequences, 700));
    }
  }
}
