package dev.rackplan.cli;

import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.LayoutTable;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.ServingReport;
import dev.rackplan.solver.SearchProgress;
import dev.rackplan.solver.ServingSolver;
import dev.rackplan.solver.SolverOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Solves a serving problem: two pools, two solution files that name each other. */
final class ServingSolve {
  private final String shown;
  private final Path target;
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;

  /**
   * @param shown problem file as the user gave it
   * @param target the solution file of a problem without pools; {@code -prefill} and {@code
   *     -decode} are added to its name
   */
  ServingSolve(String shown, Path target, PrintWriter out, PrintWriter err, boolean json) {
    this.shown = shown;
    this.target = target;
    this.out = out;
    this.err = err;
    this.json = json;
  }

  /** The file that one pool's solution is written to. */
  private Path file(Pool pool) {
    return target.resolveSibling(
        InputFiles.baseName(target) + "-" + JsonCursor.camelCase(pool) + ".json");
  }

  int solve(
      SolverOptions options,
      Function<String, SolutionFile.Provenance> provenance,
      SearchProgress progress,
      BooleanSupplier cancelled,
      Map<String, Object> result) {
    Path file = InputFiles.path(shown);
    ProblemFile.LoadedServing loaded = ProblemFile.loadServing(file, shown);
    ServingProblem serving = loaded.serving();
    ServingSolver.Outcome outcome = ServingSolver.solve(serving, options, progress, cancelled);
    List<PlanReport> reports = new ArrayList<>();
    List<String> violations = new ArrayList<>();
    for (ServingSolver.PoolPlan pool : outcome.pools()) {
      Optional<Plan> plan = pool.outcome().plan();
      if (outcome.fault().isEmpty() && plan.isPresent()) {
        PlanReport report =
            Judge.report(
                serving.of(pool.pool()),
                plan.get(),
                pool.outcome().layoutsTried(),
                pool.outcome().front());
        reports.add(report);
        violations.addAll(report.evaluation().violations());
      }
    }
    outcome.fault().ifPresent(violations::add);
    if (reports.size() < outcome.pools().size() || !violations.isEmpty()) {
      return infeasible(serving, outcome, violations, result);
    }
    write(
        new ServingReport(serving, reports.get(0), reports.get(1)),
        provenance.apply(loaded.sha256()),
        file,
        result);
    return ExitCode.SOLVED;
  }

  private void write(
      ServingReport report,
      SolutionFile.Provenance provenance,
      Path problemFile,
      Map<String, Object> result) {
    Path folder = target.toAbsolutePath().normalize().getParent();
    Map<Pool, String> texts = new LinkedHashMap<>();
    Map<String, Object> solutions = new LinkedHashMap<>();
    Map<String, Object> evaluations = new LinkedHashMap<>();
    for (Pool pool : Pool.values()) {
      Pool other = pool == Pool.PREFILL ? Pool.DECODE : Pool.PREFILL;
      PlanReport part = report.of(pool);
      Map<String, Object> evaluation = EvaluationTree.of(part);
      texts.put(
          pool,
          SolutionFile.text(
              FileReference.relative(folder, problemFile),
              Optional.of(new SolutionFile.PoolName(pool, file(other).getFileName().toString())),
              List.of(),
              provenance,
              part.plan(),
              part.problem().topology(),
              evaluation));
      solutions.put(JsonCursor.camelCase(pool), file(pool).toString());
      evaluations.put(JsonCursor.camelCase(pool), evaluation);
    }
    texts.forEach((pool, text) -> AtomicFile.write(file(pool), text));
    result.put("solutions", solutions);
    result.put("serving", report.tree());
    result.put("evaluations", evaluations);
    if (!json) {
      out.println(report.text());
      out.flush();
    }
    err.println(shown + ": written to " + file(Pool.PREFILL) + " and " + file(Pool.DECODE));
  }

  private int infeasible(
      ServingProblem serving,
      ServingSolver.Outcome outcome,
      List<String> violations,
      Map<String, Object> result) {
    err.println(shown + ": no feasible plan; nothing written");
    violations.forEach(violation -> err.println("  " + violation));
    Map<String, Object> tried = new LinkedHashMap<>();
    for (ServingSolver.PoolPlan pool : outcome.pools()) {
      Problem problem = serving.of(pool.pool());
      String name = JsonCursor.camelCase(pool.pool());
      err.println("  " + name + ", one instance:");
      err.print(
          LayoutTable.of(
                  Judge.layouts(pool.outcome().layoutsTried()),
                  PlanReport.stepName(problem.workload().phase()))
              .indent(4));
      tried.put(
          name,
          EvaluationTree.layouts(
              Judge.layouts(pool.outcome().layoutsTried()),
              PlanReport.stepKey(problem.workload().phase())));
    }
    result.put("feasible", false);
    result.put("violations", violations);
    result.put("layoutsTried", tried);
    return ExitCode.NO_FEASIBLE_PLAN;
  }
}
