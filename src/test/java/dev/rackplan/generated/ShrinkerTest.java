package dev.rackplan.generated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A failing problem becomes small, stays valid and keeps failing. */
@Tag("slow")
class ShrinkerTest {
  @TempDir private Path work;

  @Test
  void faultOfOneKey_keepsThatKeyAndWhatAProblemNeeds() {
    Predicate<GeneratedProblem> fails =
        problem ->
            isValid(problem) && SchemaKeys.ofTree(question(problem)).contains("engine.copyRule");
    GeneratedProblem large = firstThat(fails);

    GeneratedProblem small = new Shrinker(fails, () -> false).shrink(large);

    assertTrue(fails.test(small));
    Set<String> keys = new TreeSet<>(question(small).keySet());
    // A GPU that was drawn with FP4 units alone needs it.
    keys.remove("precision");
    assertEquals(Set.of("name", "model", "topology", "workload", "engine"), keys);
    assertEquals(Set.of("copyRule"), GeneratedProblem.at(question(small), "engine").keySet());
    assertEquals(1, Shapes.hiddenLayers(small.object(GeneratedProblem.MODEL)));
    assertEquals(1, Cluster.of(small.object(GeneratedProblem.TOPOLOGY)).gpus());
  }

  @Test
  void faultOfSizes_endsAtTheSmallestThatFails() {
    // An artificial fault: three GPUs or more, two MoE layers or more, recorded tokens.
    Predicate<GeneratedProblem> fails =
        problem ->
            isValid(problem)
                && Cluster.of(problem.object(GeneratedProblem.TOPOLOGY)).gpus() >= 3
                && Shapes.moeLayers(problem.object(GeneratedProblem.MODEL)).size() >= 2
                && SchemaKeys.ofTree(question(problem)).contains("workload.routing.samples");
    GeneratedProblem large = firstThat(fails);

    GeneratedProblem small = new Shrinker(fails, () -> false).shrink(large);

    assertEquals(3, Cluster.of(small.object(GeneratedProblem.TOPOLOGY)).gpus());
    assertEquals(2, Shapes.moeLayers(small.object(GeneratedProblem.MODEL)).size());
    assertEquals(2, Shapes.hiddenLayers(small.object(GeneratedProblem.MODEL)));
    long rows =
        small.files().values().stream()
            .filter(content -> content instanceof String)
            .flatMap(content -> ((String) content).lines())
            .count();
    assertEquals(2, rows, "a header and one token");
  }

  @Test
  void run_writesTheSmallCaseAndHowToRepeatIt() {
    Invariant broken =
        new Invariant(
            "artificial",
            "no model has experts",
            trial ->
                Shapes.moeLayers(trial.problem().object(GeneratedProblem.MODEL)).isEmpty()
                    ? Optional.empty()
                    : Optional.of("a model has experts"));
    int[] left = {3};
    GeneratedRun run =
        new GeneratedRun(
            work.resolve("w"),
            work.resolve("c"),
            Double.POSITIVE_INFINITY,
            List.of(Invariant.VALID, broken));

    run.run(5, () -> left[0]-- <= 0);

    GeneratedRun.Violation first = run.violations().get(0);
    GeneratedProblem small = GeneratedProblem.read(first.caseFolder().orElseThrow());
    assertEquals(1, Shapes.moeLayers(small.object(GeneratedProblem.MODEL)).size());
    assertTrue(small.size() < GeneratedProblem.of(first.seed()).size());
    assertTrue(isValid(small));
    assertTrue(run.summary().contains("artificial"), run::summary);
    assertTrue(run.listed().contains("a model has experts"), run::listed);
  }

  private GeneratedProblem firstThat(Predicate<GeneratedProblem> fails) {
    long seed = 0;
    while (!fails.test(GeneratedProblem.of(seed))) {
      seed++;
    }
    return GeneratedProblem.of(seed);
  }

  private boolean isValid(GeneratedProblem problem) {
    try (Trial trial = new Trial(problem, work.resolve("v"))) {
      return Invariant.VALID.fault(trial).isEmpty();
    }
  }

  private static Map<String, Object> question(GeneratedProblem problem) {
    return problem.object(GeneratedProblem.PROBLEM);
  }
}
