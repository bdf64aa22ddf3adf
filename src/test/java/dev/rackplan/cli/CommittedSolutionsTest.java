package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.evaluation.Gain;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.problem.Objective;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.NamedEvaluation;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.TreeDifference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every problem in {@code problems/} has a solution in {@code solutions/}, and that solution says
 * what its plan costs, to the last digit.
 *
 * <p>After a change of the cost model: {@code mvn -B test -Dtest=CommittedSolutionsTest
 * -Dgolden.update=true} writes the new figures of the same plans into the files; read the diff.
 * Plans are never searched for here.
 */
class CommittedSolutionsTest {
  private static final Path PROBLEMS = Path.of("problems");
  private static final Path SOLUTIONS = Path.of("solutions");
  private static final boolean UPDATE = Boolean.getBoolean("golden.update");

  @TestFactory
  Stream<DynamicTest> solution_isWhatItsPlanCostsAndBeatsTheBaselines() {
    return jsonFiles(PROBLEMS).stream()
        .map(name -> DynamicTest.dynamicTest(name, () -> check(name)));
  }

  @Test
  void problems_areThere() {
    assertFalse(jsonFiles(PROBLEMS).isEmpty());
  }

  @Test
  void solutions_haveAProblemEach() {
    List<String> orphans = new ArrayList<>(jsonFiles(SOLUTIONS));
    orphans.removeAll(jsonFiles(PROBLEMS));

    assertEquals(List.of(), orphans, "solutions without a problem");
  }

  private static void check(String name) throws IOException {
    Path file = SOLUTIONS.resolve(name);
    assertTrue(
        Files.isRegularFile(file),
        () ->
            "no "
                + file
                + "; make it with: ./rackplan solve problems/"
                + name
                + " --steps 20000 --seed 0 -o solutions");
    ProblemFile.Loaded loaded = ProblemFile.load(PROBLEMS.resolve(name), "problems/" + name);
    SolutionFile.Contents contents = SolutionFile.read(file, file.toString(), loaded.problem());
    FileReference problem = SolutionFile.problem(file, file.toString());
    assertTrue(
        Files.isSameFile(PROBLEMS.resolve(name), problem.file()),
        () -> file + " names another problem: " + problem.shown());

    PlanReport report = Judge.report(loaded.problem(), contents.plan());
    checkStored(file, contents, report);
    assertEquals(
        loaded.sha256(),
        contents.provenance().inputSha256(),
        () -> file + " was made from other inputs; solve again");
    checkWorth(report);
  }

  /**
   * The file is, byte for byte, what would be written for its plan now; the layouts tried and the
   * front are history and stay as they are.
   */
  private static void checkStored(Path file, SolutionFile.Contents contents, PlanReport report)
      throws IOException {
    Map<String, Object> stored = new LinkedHashMap<>();
    contents
        .evaluation()
        .ifPresent(
            cursor ->
                ((Map<?, ?>) cursor.tree())
                    .forEach((key, value) -> stored.put(key.toString(), value)));
    Map<String, Object> now = EvaluationTree.of(report);
    for (String history : List.of("nextLayout", "layoutsTried", "paretoFront")) {
      if (stored.containsKey(history)) {
        now.put(history, stored.get(history));
      }
    }
    String text =
        SolutionFile.text(
            contents.problemPath(),
            contents.provenance(),
            contents.plan(),
            report.problem().topology(),
            now);
    if (UPDATE) {
      AtomicFile.replace(file, text);
      return;
    }
    assertEquals(
        List.of(),
        TreeDifference.of(stored, now),
        () -> file + " is out of date; see -Dgolden.update in this test");
    assertEquals(text, Files.readString(file, StandardCharsets.UTF_8));
  }

  private static void checkWorth(PlanReport report) {
    assertEquals(List.of(), report.evaluation().violations());
    assertTrue(
        report.evaluation().gap() >= 0, () -> "below its bound: gap " + report.evaluation().gap());
    boolean oneDenseStage = report.plan().experts().isEmpty() && report.plan().stages().size() == 1;
    assertEquals(oneDenseStage, report.baselines().isEmpty(), "baselines");
    checkGains(report);
    double plan =
        loss(report.problem().objective(), new NamedEvaluation("plan", report.evaluation()));
    for (NamedEvaluation baseline : report.baselines()) {
      // A plan that breaks a limit is no answer, however fast.
      if (baseline.evaluation().feasible()) {
        double other = loss(report.problem().objective(), baseline);
        assertTrue(
            plan <= other,
            () -> "worse than " + baseline.name() + ": " + plan + " against " + other);
      }
    }
  }

  /** What a gain is made of sums to it; on one stage that is all in the MoE layers. */
  private static void checkGains(PlanReport report) {
    double step = report.evaluation().stepSeconds();
    for (NamedEvaluation baseline : report.baselines()) {
      Gain gain = Gain.of(report.evaluation(), baseline.evaluation());
      double parts =
          gain.balanceSeconds()
              + gain.fetchSeconds()
              + gain.homeSeconds()
              + gain.togetherSeconds()
              + gain.linkSeconds()
              + gain.portSeconds()
              + gain.otherSeconds();
      assertEquals(baseline.evaluation().stepSeconds() - step, gain.seconds());
      assertEquals(gain.seconds(), parts, 1e-12 * step, baseline.name());
      if (report.plan().stages().size() == 1) {
        assertEquals(0, gain.otherSeconds(), baseline.name());
      }
    }
  }

  /** Less is better. */
  private static double loss(Objective objective, NamedEvaluation named) {
    return switch (objective) {
      case THROUGHPUT -> -named.evaluation().tokensPerSecondPerGpu();
      case LATENCY -> named.evaluation().stepSeconds();
      case COST -> named.evaluation().usdPerMillionTokens().orElseThrow();
    };
  }

  private static List<String> jsonFiles(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    return InputFiles.expand(List.of(folder.toString())).stream()
        .map(file -> Path.of(file).getFileName().toString())
        .toList();
  }
}
