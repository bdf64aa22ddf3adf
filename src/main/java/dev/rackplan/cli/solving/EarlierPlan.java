package dev.rackplan.cli.solving;

import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.evaluation.Violations;
import dev.rackplan.json.CommandInputs;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.Loss;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What stands where a solution is to be written. */
final class EarlierPlan {
  private static final String ELSEWHERE = "Give another folder with -o, or --force.";

  // Of the same problem with the same inputs; empty where there is none, or it may be lost.
  private final Optional<SolutionFile.Contents> same;

  private EarlierPlan(Optional<SolutionFile.Contents> same) {
    this.same = same;
  }

  /**
   * Looks at {@code solution}.
   *
   * @param shown the problem's path as the user gave it
   * @param force whether whatever is there may be lost
   * @throws InputException where something else is there, and may not be lost
   */
  static EarlierPlan of(
      FileReference solution, String shown, ProblemFile.Loaded loaded, boolean force) {
    Path target = solution.file();
    if (force || !Files.exists(target) || Files.isDirectory(target)) {
      return new EarlierPlan(Optional.empty());
    }
    String there = solution.shown();
    Path problem;
    Optional<SolutionFile.Contents> same;
    try {
      problem = SolutionFile.problem(target, there).file();
      boolean sameInputs =
          SolutionFile.provenance(target, there).inputSha256().equals(loaded.sha256());
      same =
          sameInputs
              ? Optional.of(SolutionFile.read(target, there, loaded.problem()))
              : Optional.empty();
    } catch (InputException e) {
      String why = e.getMessage().lines().findFirst().orElse("");
      throw new InputException(
          there, "", "is in the way, and no solution that can be read (" + why + ")", ELSEWHERE);
    }
    if (!sameFile(problem, loaded.files().get(0))) {
      throw new InputException(
          there, "$.problem", "is a solution of " + problem + ", not of " + shown, ELSEWHERE);
    }
    // It was judged: what is better may take its place.
    CommandInputs.mayReplace(target);
    return new EarlierPlan(same);
  }

  private static boolean sameFile(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The plan of the same inputs that is there, whatever else may be: what is written while a search
   * goes on must be better.
   */
  static EarlierPlan ofSameInputs(FileReference solution, String shown, ProblemFile.Loaded loaded) {
    try {
      return of(solution, shown, loaded, false);
    } catch (InputException e) {
      // Another's, which may be lost, or the search would not have begun; it was only looked at.
      CommandInputs.mayReplace(solution.file());
      return new EarlierPlan(Optional.empty());
    }
  }

  /** Whether it is what this version makes of the same inputs, seed and limit, not stopped. */
  boolean done(SolverOptions options) {
    return same.map(SolutionFile.Contents::provenance)
        .filter(
            made ->
                !made.stopped()
                    && madeAlike(made, options)
                    && (options.steps().isPresent()
                        || made.timeLimitSeconds().orElse(0) >= options.timeLimitSeconds()))
        .isPresent();
  }

  private static boolean madeAlike(SolutionFile.Provenance made, SolverOptions options) {
    return made.version().equals(VersionProvider.version())
        && made.seed() == options.seed()
        && made.steps().equals(options.steps());
  }

  /**
   * Whether it keeps every limit, is better by the problem's objective, and no draft of this very
   * search: with steps, what a search ends with is the same whether or not one was killed before.
   */
  boolean outlasts(Problem problem, Plan plan, SolverOptions options) {
    boolean draft =
        options.steps().isPresent()
            && same.map(SolutionFile.Contents::provenance)
                .filter(made -> made.stopped() && madeAlike(made, options))
                .isPresent();
    return !draft
        && loss(problem).filter(old -> old.isLessThan(PlanSolver.loss(problem, plan))).isPresent();
  }

  /** How good it is, where there is one that keeps every limit. */
  Optional<Loss> loss(Problem problem) {
    return same.map(SolutionFile.Contents::plan)
        .map(old -> new Evaluator(problem).cost(old, CostDetail.TIMES))
        .filter(costed -> Violations.of(problem, costed).isEmpty())
        .map(costed -> PlanSolver.loss(problem, costed));
  }

  /** Whether there is a plan of the same inputs. */
  boolean isThere() {
    return same.isPresent();
  }

  /** The plan of the same inputs. */
  Plan plan() {
    return same.orElseThrow().plan();
  }
}
