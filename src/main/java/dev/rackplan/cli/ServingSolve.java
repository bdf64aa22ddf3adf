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
  private final FileReference source;
  private final FileReference target;
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;

  /**
   * @param source the problem file
   * @param target the solution file of a problem without pools; {@code -prefill} and {@code
   *     -decode} are added to its name
   */
  ServingSolve(
      FileReference source, FileReference target, PrintWriter out, PrintWriter err, boolean json) {
    this.source = source;
    this.target = target;
    this.out = out;
    this.err = err;
    this.json = json;
  }

  /** The file that one pool's solution is written to. */
  private FileReference file(Pool pool) {
    return target.sibling(
        InputFiles.baseName(target.file()) + "-" + JsonCursor.camelCase(pool) + ".json");
  }

  int solve(
      SolverOptions options,
      Function<String, SolutionFile.Provenance> provenance,
      SearchProgress progress,
      BooleanSupplier cancelled,
      Map<String, Object> result) {
    ProblemFile.LoadedServing loaded = ProblemFile.loadServing(source.file(), source.shown());
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
        result);
    return ExitCode.SOLVED;
  }

  private void write(
      ServingReport report, SolutionFile.Provenance provenance, Map<String, Object> result) {
    Path folder = target.file().toAbsolutePath().normalize().getParent();
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
              FileReference.relative(folder, source.file()),
              Optional.of(
                  new SolutionFile.PoolName(pool, file(other).file().getFileName().toString())),
              List.of(),
              provenance,
              part.plan(),
              part.problem().topology(),
              evaluation));
      solutions.put(JsonCursor.camelCase(pool), file(pool).shown());
      evaluations.put(JsonCursor.camelCase(pool), evaluation);
    }
    texts.forEach((pool, text) -> AtomicFile.write(file(pool).file(), text));
    result.put("solutions", solutions);
    result.put("serving", report.tree());
    result.put("evaluations", evaluations);
    if (!json) {
      out.println(report.text());
      out.flush();
    }
    err.println(
        source.shown()
            + ": written to "
            + file(Pool.PREFILL).shown()
            + " and "
            + file(Pool.DECODE).shown());
  }

  private int infeasible(
      ServingProblem serving,
      ServingSolver.Outcome outcome,
      List<String> violations,
      Map<String, Object> result) {
    err.println(source.shown() + ": no feasible plan; nothing written");
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
