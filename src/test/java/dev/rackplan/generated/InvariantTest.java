package dev.rackplan.generated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Limits;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every invariant that looks at a solution fails where the solution is tampered with. */
class InvariantTest {
  private static final String MODEL =
      """
      {"name": "m", "source": "generated", "architecture": "x", "hiddenSize": 64, "vocabularySize": 100, "tiedEmbeddings": false,
       "layers": [{"count": 2, "attention": {"kind": "groupedQuery", "heads": 4, "kvHeads": 2, "headDimension": 16},
        "ffn": {"kind": "moe", "experts": 6, "expertsPerToken": 2, "expertWidth": 128}}]}
      """;
  private static final String TOPOLOGY =
      """
      {"name": "t", "gpu": "h100-sxm", "racks": {"count": 2, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 2}}
      """;
  private static final String PROBLEM =
      """
      {"name": "p", "model": "../m/m.json", "topology": "../t/t.json",
       "workload": {"phase": "decode", "contextTokens": 1000, "concurrentSequences": 64,
        "routing": {"powerLaw": {"alpha": 1.01, "seed": 1}}},
       "layout": {"replicas": 1, "pipelineStages": 1, "expertParallel": 4, "attentionTensorParallel": 1, "microBatches": 1, "redundantExperts": 2}}
      """;

  @TempDir private Path work;

  @Test
  void untouched_keepsAll() {
    for (Invariant invariant : Invariant.all()) {
      assertEquals(
          Optional.empty(), fault(invariant.name(), solution -> solution), invariant.name());
    }
  }

  @Test
  void boundAboveThePlan_isFound() {
    UnaryOperator<Trial.Solution> raised =
        evaluation(
            figures ->
                bound(figures).compute("tpotSeconds", (key, value) -> 1e-8 + 2 * (Double) value));

    assertTrue(fault("bound", raised).orElseThrow().startsWith("bound "));
    assertTrue(fault("bound-usual", raised).orElseThrow().startsWith("bound against "));
    assertTrue(fault("bound-seed", raised).orElseThrow().startsWith("bound against seed 1"));
  }

  @Test
  void gapBelowZero_isFound() {
    assertEquals(
        Optional.of("expertGap is -0.1"),
        fault("gaps", evaluation(figures -> bound(figures).put("expertGap", -0.1))));
  }

  @Test
  void usualPlanThatIsBetter_isFound() {
    UnaryOperator<Trial.Solution> slower =
        evaluation(
            figures -> figures.compute("tokensPerSecond", (key, value) -> 0.5 * (Double) value));

    assertTrue(fault("never-worse", slower).orElseThrow().startsWith("plan is worse than "));
  }

  @Test
  void figureThatDiffers_isFound() {
    assertTrue(
        fault("evaluate", evaluation(figures -> figures.put("bubbleFraction", 0.5)))
            .orElseThrow()
            .startsWith("evaluation.bubbleFraction is 0.5 or "));
  }

  @Test
  void secondCopy_isFound() {
    UnaryOperator<Trial.Solution> doubled =
        solution -> {
          SortedMap<Integer, ExpertMap> maps = new TreeMap<>(solution.plan().experts());
          maps.put(0, new ExpertMap(new int[] {0, 0, 1, 2, 3, 4, 5, 1}, 4));
          Plan plan = new Plan(solution.plan().layout(), solution.plan().stages(), maps);
          return new Trial.Solution(
              solution.file(), solution.text(), solution.tree(), solution.problem(), plan);
        };

    assertTrue(
        fault("one-copy", doubled)
            .orElseThrow()
            .contains("GPU 0 of its stage holds expert 0 twice"));
  }

  @Test
  void tooMuchMemory_isFound() {
    UnaryOperator<Trial.Solution> less =
        solution ->
            new Trial.Solution(
                solution.file(),
                solution.text(),
                solution.tree(),
                solution
                    .problem()
                    .withLimits(
                        new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0.9999999)),
                solution.plan());

    assertTrue(fault("memory", less).orElseThrow().startsWith("stage 0 holds "));
  }

  @Test
  void otherBytes_areFound() {
    UnaryOperator<Trial.Solution> other =
        solution ->
            new Trial.Solution(
                solution.file(),
                solution.text().replace("\"feasible\": true", "\"feasible\": false"),
                solution.tree(),
                solution.problem(),
                solution.plan());

    for (String name : List.of("threads", "names", "notation")) {
      assertNotEquals(Optional.empty(), fault(name, other), name);
    }
  }

  private static UnaryOperator<Trial.Solution> evaluation(Consumer<Map<String, Object>> edit) {
    return solution -> {
      @SuppressWarnings("unchecked")
      Map<String, Object> tree = (Map<String, Object>) GeneratedProblem.copy(solution.tree());
      edit.accept(GeneratedProblem.at(tree, "evaluation"));
      return new Trial.Solution(
          solution.file(), solution.text(), tree, solution.problem(), solution.plan());
    };
  }

  private static Map<String, Object> bound(Map<String, Object> figures) {
    return GeneratedProblem.at(figures, "bound");
  }

  // What an invariant says where solve's own answer, and no other, is tampered with.
  private Optional<String> fault(String name, UnaryOperator<Trial.Solution> tamper) {
    SortedMap<String, Object> files = new TreeMap<>();
    Map.of(
            GeneratedProblem.MODEL, MODEL,
            GeneratedProblem.TOPOLOGY, TOPOLOGY,
            GeneratedProblem.PROBLEM, PROBLEM)
        .forEach(
            (file, text) ->
                files.put(file, GeneratedProblem.copy(JsonCursor.parse(text, file).tree())));
    Invariant invariant =
        Invariant.all().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    try (Trial trial =
        new Trial(new GeneratedProblem(files), work.resolve("p")) {
          @Override
          Solve solve() {
            Solve solve = super.solve();
            return new Solve(solve.run(), solve.solutions().stream().map(tamper).toList());
          }
        }) {
      return invariant.fault(trial);
    }
  }
}
