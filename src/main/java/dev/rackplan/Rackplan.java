package dev.rackplan;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.export.Deployment;
import dev.rackplan.export.ExportRefusal;
import dev.rackplan.export.ExportTarget;
import dev.rackplan.export.ExportedFile;
import dev.rackplan.export.HostNames;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * rackplan from a program: read a problem, plan, evaluate, export. These methods stay from version
 * to version; what their results hold beside the names in {@code docs/guide/use-from-java.md} may
 * change. All are safe to call from several threads.
 */
public final class Rackplan {
  private Rackplan() {}

  /**
   * How long to search.
   *
   * @param seconds wall-clock time in s; not used where {@code steps} is given
   * @param steps scored moves per MoE layer; equal steps and seeds give equal plans
   * @param seed of every random choice
   * @param threads layers searched at the same time, at least 1
   */
  public record Search(double seconds, OptionalLong steps, long seed, int threads) {
    public Search {
      // Refuses what it refuses.
      new SolverOptions(seconds, steps, seed, threads);
    }

    /** Until a time is over, on all processors. */
    public static Search seconds(double seconds) {
      return new Search(seconds, OptionalLong.empty(), 0, processors());
    }

    /** So many moves per MoE layer: the same plan in every run. */
    public static Search steps(long steps) {
      return new Search(1, OptionalLong.of(steps), 0, processors());
    }

    private static int processors() {
      return Runtime.getRuntime().availableProcessors();
    }

    private SolverOptions options() {
      return new SolverOptions(seconds, steps, seed, threads);
    }
  }

  /**
   * Reads a problem and every file that it names.
   *
   * @throws InputException where one is bad; the message names file, place, value and remedy
   */
  public static Problem problem(Path file) {
    return ProblemFile.read(file, file.toString());
  }

  /**
   * Reads the plan of a solution file.
   *
   * @param problem as the solution's own problem says it
   * @throws InputException where the file is bad, or its plan is none of this problem
   */
  public static Plan solution(Path file, Problem problem) {
    return SolutionFile.read(file, file.toString(), problem).plan();
  }

  /**
   * The problem that a solution file names.
   *
   * @throws InputException where either is bad
   */
  public static Problem problemOf(Path solution) {
    FileReference problem = SolutionFile.problem(solution, solution.toString());
    return ProblemFile.read(problem.file(), problem.shown());
  }

  /** The best plan that a search finds; empty where no layout keeps the limits. */
  public static Optional<Plan> plan(Problem problem, Search search) {
    Outcome outcome =
        PlanSolver.solve(
            problem, search.options(), (layout, layouts, done, layers, best) -> {}, () -> false);
    return outcome.plan().filter(plan -> evaluate(problem, plan).feasible());
  }

  /** What a plan costs: time of a step in s, throughput, bound, memory, which limits it breaks. */
  public static Evaluation evaluate(Problem problem, Plan plan) {
    return new Evaluator(problem).evaluate(plan);
  }

  /**
   * The files that an engine or scheduler takes, text by file name; nodes are called by place.
   *
   * @param name of the deployment; lower case letters, digits and dashes
   * @param target {@code sglang}, {@code vllm}, {@code vllm-ascend}, {@code trtllm}, {@code
   *     megatron}, {@code slurm} or {@code kubernetes}
   * @throws InputException where there is no such target, or it can't express the plan
   */
  public static Map<String, String> export(String name, Problem problem, Plan plan, String target) {
    ExportTarget taker =
        ExportTarget.of(target)
            .orElseThrow(
                () ->
                    new InputException(
                        "export",
                        "target",
                        "there is none called " + target,
                        "Give one of "
                            + Arrays.stream(ExportTarget.values())
                                .map(ExportTarget::word)
                                .collect(Collectors.joining(", "))
                            + "."));
    Deployment deployment =
        new Deployment(name, problem, plan, HostNames.byPlace(), true, Optional.empty());
    Map<String, String> files = new LinkedHashMap<>();
    try {
      for (ExportedFile file : taker.files(deployment)) {
        files.put(file.name(), file.text());
      }
    } catch (ExportRefusal refusal) {
      throw new InputException(
          name, "", "no export for " + target + ": " + refusal.getMessage(), refusal.remedy());
    }
    return files;
  }
}
