package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.ProblemText;
import dev.rackplan.plan.Outcome;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A 405B model on one server of 8 GPUs: nothing fits, and what is said to fit does. */
@Tag("slow")
class RemediesTest {
  private static final SolverOptions STEPS = new SolverOptions(60, OptionalLong.of(20), 0, 2);

  @TempDir private Path folder;

  private Problem problem(int servers, int context, String sequences, String precision) {
    return ProblemText.decode(
        folder,
        "llama-3.1-405b",
        "{\"name\": \"servers\", \"gpu\": \"h100-sxm\", \"racks\": {\"count\": 1, \"domainsPerRack\": "
            + servers
            + ", \"nodesPerDomain\": 1, \"gpusPerNode\": 8}}",
        "\"contextTokens\": " + context + ", \"concurrentSequences\": " + sequences,
        false,
        ", \"precision\": " + precision);
  }

  private static Outcome solve(Problem problem) {
    return PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false);
  }

  private static String group(List<String> words, String pattern) {
    for (String line : words) {
      Matcher matcher = Pattern.compile(pattern).matcher(line);
      if (matcher.matches()) {
        return matcher.group(1);
      }
    }
    throw new AssertionError("no line like " + pattern + " in " + words);
  }

  @Test
  void bf16OnOneServer_needsNarrowerFormatsOrMoreGpus() {
    Problem problem = problem(1, 131072, "4", "{\"weights\": \"bf16\"}");

    Outcome outcome = solve(problem);

    assertTrue(outcome.plan().isEmpty());
    List<String> words = outcome.remedies();
    // No number of sequences and no context helps: the weights alone are too much.
    assertTrue(words.stream().noneMatch(line -> line.contains("concurrent sequences")));
    assertEquals("16", group(words, "would fit: (\\d+) GPUs instead of 8 .*"));
    assertTrue(solve(problem(2, 131072, "4", "{\"weights\": \"bf16\"}")).plan().isPresent());
    // An H100 has no unit for four bits: weights alone are narrow, at the rate of now.
    assertEquals("int4", group(words, "would fit: weights in (\\w+) instead of bf16"));
    assertTrue(solve(problem(1, 131072, "4", "{\"weights\": \"int4\"}")).plan().isPresent());
    assertTrue(solve(problem(1, 131072, "4", "{\"weights\": \"fp8\"}")).plan().isEmpty());
    assertEquals("fp8", group(words, "would fit: weights and kv in (\\w+) instead of bf16"));
    assertTrue(
        solve(problem(1, 131072, "4", "{\"weights\": \"fp8\", \"kv\": \"fp8\"}"))
            .plan()
            .isPresent());
  }

  @Test
  void closestLayout_fitsWithAsManyMoreBytesAndNotWithFewer() {
    Problem problem = problem(1, 131072, "4", "{\"weights\": \"bf16\"}");
    List<String> words = solve(problem).remedies();
    long needed = Long.parseLong(group(words, "closest: .* needs (\\d+) bytes on each GPU.*"));
    long lacking = Long.parseLong(group(words, "closest: .*: (\\d+) bytes .* too much"));

    // Nine tenths of the 81,559 MiB that an H100's driver reports.
    assertEquals(76_968_728_986L, needed - lacking);
    // A reserve below 0 is no limit that a file may have, so the GPU is made larger instead.
    assertTrue(Remedies.fits(withHbm(needed + 1)));
    assertTrue(!Remedies.fits(withHbm(needed - 1000)));
  }

  private Problem withHbm(double usableBytes) {
    Problem larger =
        ProblemText.decode(
            folder,
            "llama-3.1-405b",
            "{\"name\": \"servers\", \"gpu\": {\"name\": \"large\", \"hbmGB\": 200, \"hbmTBps\": 3.35, \"bf16Tflops\": 989}, \"racks\": {\"count\": 1, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 8}, "
                + "\"scaleUp\": {\"bandwidthGBps\": 450, \"latencyMicros\": 3}, \"scaleOut\": {\"nicGBps\": 50, \"latencyMicros\": 10}}",
            "\"contextTokens\": 131072, \"concurrentSequences\": 4",
            false,
            "");
    return larger.withLimits(
        new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 1 - usableBytes / 200e9));
  }

  @Test
  void contextAndSequences_areTheLargestThatFit() {
    Problem problem = problem(1, 131072, "16", "{\"weights\": \"fp8\"}");
    List<String> words = solve(problem).remedies();
    int context =
        Integer.parseInt(group(words, "would fit: a context of (\\d+) tokens instead of 131072"));
    int sequences =
        Integer.parseInt(group(words, "would fit: (\\d+) concurrent sequences instead of 16"));

    assertTrue(solve(problem(1, context, "16", "{\"weights\": \"fp8\"}")).plan().isPresent());
    assertTrue(solve(problem(1, context + 1, "16", "{\"weights\": \"fp8\"}")).plan().isEmpty());
    String held = String.valueOf(sequences);
    String more = String.valueOf(sequences + 1);
    assertTrue(solve(problem(1, 131072, held, "{\"weights\": \"fp8\"}")).plan().isPresent());
    assertTrue(solve(problem(1, 131072, more, "{\"weights\": \"fp8\"}")).plan().isEmpty());
  }

  @Test
  void limitThatIsTooShort_saysWhichWouldDo() {
    Problem problem =
        problem(1, 1000, "4", "{\"weights\": \"fp8\"}")
            .withLimits(new Limits(OptionalDouble.of(0.001), OptionalDouble.empty(), 0.1));
    double millis =
        Double.parseDouble(
            group(
                solve(problem).remedies(),
                "would fit: a limit tpotMillis of about ([\\d.]+) instead of 1.00"));

    Limits enough = new Limits(OptionalDouble.of(millis / 1e3), OptionalDouble.empty(), 0.1);
    assertTrue(solve(problem.withLimits(enough)).plan().isPresent());
    Limits tooShort =
        new Limits(OptionalDouble.of(0.98 * millis / 1e3), OptionalDouble.empty(), 0.1);
    assertTrue(solve(problem.withLimits(tooShort)).plan().isEmpty());
  }
}
