package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.solving.SizedByReplay;
import dev.rackplan.cost.PoolTraffic;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.ReplayedLimits;
import dev.rackplan.report.ServingAnswer;
import dev.rackplan.report.ServingReport;
import dev.rackplan.report.html.PlanPage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the page of one of two pools says of both. */
final class PoolPages {
  private PoolPages() {}

  /** Empty where the solution has no pool, or the other pool's file is not there. */
  static Optional<PlanPage.Pools> of(Solved solved, PlanReport report) {
    Path file = InputFiles.path(solved.shown());
    Optional<SolutionFile.PoolLink> found = SolutionFile.pool(file, solved.shown());
    if (found.isEmpty() || !Files.isRegularFile(found.get().beside().file())) {
      return Optional.empty();
    }
    SolutionFile.PoolLink link = found.get();
    Pool other = link.pool() == Pool.PREFILL ? Pool.DECODE : Pool.PREFILL;
    ServingProblem serving =
        ProblemFile.loadServing(
                SolutionFile.problem(file, solved.shown()).file(), solved.problemShown())
            .serving();
    Plan plan =
        SolutionFile.read(link.beside().file(), link.beside().shown(), serving.of(other)).plan();
    PlanReport beside = report(serving.of(other), plan);
    ServingReport both =
        link.pool() == Pool.PREFILL
            ? new ServingReport(serving, report, beside)
            : new ServingReport(serving, beside, report);
    return Optional.of(
        new PlanPage.Pools(
            ServingAnswer.of(both.withRate()),
            percentiles(both),
            JsonCursor.camelCase(link.pool()),
            JsonCursor.camelCase(other),
            InputFiles.baseName(link.beside().file()) + ".html"));
  }

  // Where percentiles are limited, as in `solve`.
  private static Optional<PlanPage.Percentiles> percentiles(ServingReport both) {
    ServingProblem serving = both.serving();
    if (!serving.decode().limits().ofPercentiles()) {
      return Optional.empty();
    }
    Plan reads = both.prefill().plan();
    Plan writes = both.decode().plan();
    ReplayedLimits replayed =
        new SizedByReplay(serving)
            .replayed(PoolTraffic.together(serving, reads, writes), reads, writes);
    return Optional.of(
        new PlanPage.Percentiles(
            replayed.words(),
            replayed.rows(
                both.prefill().evaluation().confidence().plusMinus(),
                both.decode().evaluation().confidence().plusMinus()),
            replayed.goodput(serving.requestsPerSecond())));
  }

  private static PlanReport report(Problem problem, Plan plan) {
    return new PlanReport(
        problem, plan, new Evaluator(problem).evaluate(plan), List.of(), List.of(), List.of());
  }
}
