package dev.rackplan.generated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Generated problems that name an engine: no plan that it would not start, and mostly none worse
 * than the layouts that people start with.
 *
 * <p>{@code -Dengines.problems=N} looks at so many (20), {@code -Dengines.seed=S} begins with that
 * seed (1).
 */
@Tag("slow")
class EngineProblemsTest {
  /** Of the problems where a usual layout starts and fits: so many get a plan no worse. */
  private static final double AS_GOOD = 0.95;

  @TempDir private Path work;

  @Test
  void chosenLayouts_startOnTheirEngineAndAreNoWorseThanUsualOnes() {
    int problems = Integer.getInteger("engines.problems", 20);
    long seed = Long.getLong("engines.seed", 1);
    List<String> stopped = new ArrayList<>();
    List<String> worse = new ArrayList<>();
    TreeMap<String, Integer> engines = new TreeMap<>();
    int plans = 0;
    int fitting = 0;
    for (long own = seed; own < seed + problems; own++) {
      EngineTrial.Result result = EngineTrial.of(EngineProblem.of(own), work.resolve("p"));
      engines.merge(result.asked().engine(), 1, Integer::sum);
      plans += result.chosen().isPresent() ? 1 : 0;
      fitting += result.usual().isPresent() ? 1 : 0;
      if (!result.stops().isEmpty()) {
        stopped.add(
            own + " " + result.asked().engine() + " " + result.stops() + " " + result.chosen());
      }
      long at = own;
      result
          .worse()
          .ifPresent(words -> worse.add(at + " " + result.asked().engine() + " " + words));
    }
    System.out.println(
        "EngineProblemsTest: "
            + problems
            + " problems "
            + engines
            + ", "
            + plans
            + " plans, "
            + stopped.size()
            + " that their engine does not start; a usual layout fits "
            + fitting
            + ", "
            + worse.size()
            + " plans are worse than it");
    worse.forEach(System.out::println);

    assertEquals(List.of(), stopped);
    assertTrue(worse.size() <= (1 - AS_GOOD) * fitting, () -> String.join("\n", worse));
  }
}
