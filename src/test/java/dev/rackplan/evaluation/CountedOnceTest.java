package dev.rackplan.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.cost.placement.TallyCounter;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A plan, scenario, MoE layer and pair of dispatch and copy rules is counted once. */
class CountedOnceTest {
  /** Counts, and remembers what was counted. */
  private static final class Remembering implements TallyCounter {
    private final Map<List<Object>, Integer> counts = new HashMap<>();

    @Override
    public List<PlacementTally> count(
        List<ScenarioLayer> scenarios,
        StageShape shape,
        DispatchRule dispatchRule,
        CopyRule copyRule,
        double tokensAtOnce,
        int[][] replicaGpus) {
      for (ScenarioLayer scenario : scenarios) {
        // Each layer's scenarios are objects of their own.
        counts.merge(List.of(scenario, dispatchRule, copyRule), 1, Integer::sum);
      }
      return TallyCounter.COUNT.count(
          scenarios, shape, dispatchRule, copyRule, tokensAtOnce, replicaGpus);
    }

    int pairs() {
      return counts.size();
    }

    int most() {
      return counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    void clear() {
      counts.clear();
    }
  }

  // A plan and each usual plan, with all that an evaluation says and what each GPU does.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-decode-gb200-x4",
        "deepseek-v3-training-h800",
        "gpt-oss-20b-prefill-topics-h100",
        "kimi-k2-decode-h200"
      })
  void judging_countsEachLayerOfAPlanOnce(String name) {
    Path file = Path.of("problems", name + ".json");
    Problem problem = ProblemFile.read(file, file.toString());
    Path solution = Path.of("solutions", name + ".json");
    Plan plan = SolutionFile.read(solution, solution.toString(), problem).plan();
    Remembering counter = new Remembering();
    Evaluator evaluator = new Evaluator(problem, ProblemRouting.of(problem), counter);
    int layers = problem.model().moeLayers().size();
    int scenarios =
        problem.workload().routing().scenarios().size()
            + problem.workload().routing().heldOut().size();
    int pairs = problem.engine().copyRule() == CopyRule.PER_EXPERT ? 2 : 1;

    List<Plan> judged = new ArrayList<>(List.of(plan));
    BaselinePlans.of(problem, plan).stream().map(NamedPlan::plan).forEach(judged::add);
    for (Plan one : judged) {
      counter.clear();
      CostedPlan costed = evaluator.cost(one, CostDetail.GPUS);
      evaluator.evaluate(costed);
      assertEquals(layers, GpuFigures.of(problem, costed).size());
      assertEquals(layers * scenarios * pairs, counter.pairs(), "pairs");
      assertEquals(1, counter.most(), "counts of a pair");
    }
  }

  // Where the engine sends a copy for each choice, domains are counted apart: another pair of
  // rules.
  @ParameterizedTest
  @EnumSource(CopyRule.class)
  void pairsOfRules_areCountedOnceEach(CopyRule copies) {
    Lcg random = new Lcg(5);
    SmallCase small =
        SmallCase.random(
            random,
            new Size(new int[][] {{2}, {2}}, 6, 2, 2, 2),
            DispatchRule.NEAREST,
            copies,
            Known.LOADS);
    Remembering counter = new Remembering();
    Evaluator evaluator =
        new Evaluator(small.problem(), ProblemRouting.of(small.problem()), counter);
    List<Integer> gpus = IntStream.range(0, small.layout().gpusPerStage()).boxed().toList();
    Plan plan =
        new Plan(
            small.layout(),
            List.of(new Stage(0, 0, gpus)),
            new TreeMap<>(Map.of(0, small.placement(random))));

    assertFalse(evaluator.evaluate(plan).placement().isEmpty());

    int scenarios = small.scenarios().size();
    assertEquals(copies == CopyRule.PER_EXPERT ? 2 * scenarios : scenarios, counter.pairs());
    assertEquals(1, counter.most());
  }
}
