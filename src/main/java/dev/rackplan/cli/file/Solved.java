package dev.rackplan.cli.file;

import dev.rackplan.json.FileReference;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.TreeDifference;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A solution with the problem that it names, less what it drains.
 *
 * @param shown the solution's path as the user gave it
 * @param problemShown the problem's path, for messages
 */
public record Solved(
    String shown, String problemShown, ProblemFile.Loaded loaded, SolutionFile.Contents contents) {

  /** Reads both; {@code shown} is the solution's path as the user gave it. */
  public static Solved read(String shown) {
    Path file = InputFiles.path(shown);
    FileReference problem = SolutionFile.problem(file, shown);
    ProblemFile.Loaded loaded = PoolFiles.load(problem.file(), problem.shown(), file, shown);
    return new Solved(
        shown, problem.shown(), loaded, SolutionFile.read(file, shown, loaded.problem()));
  }

  /**
   * Figures of a solution file that are not what its plan costs now, in words; none where the file
   * has no figures.
   */
  public static List<String> differences(SolutionFile.Contents contents, PlanReport now) {
    if (contents.evaluation().isEmpty()) {
      return List.of();
    }
    Map<?, ?> stored = new LinkedHashMap<>((Map<?, ?>) contents.evaluation().get().tree());
    // What the search looked at is history, not a figure of the plan.
    stored.remove("nextLayout");
    stored.remove("layoutsTried");
    stored.remove("paretoFront");
    return TreeDifference.of(stored, EvaluationTree.of(now));
  }

  /** Whether the problem or a file that it names was changed since, by their hash. */
  public boolean isStale() {
    return !contents.provenance().inputSha256().equals(loaded.sha256());
  }

  /** What a stale solution is, after its name. */
  public String staleWords() {
    return "was made from other inputs than " + problemShown + " and its files now";
  }

  /** The solution's file name without its ending. */
  public String name() {
    return InputFiles.baseName(InputFiles.path(shown));
  }

  public Problem problem() {
    return contents.problem();
  }

  public Plan plan() {
    return contents.plan();
  }
}
