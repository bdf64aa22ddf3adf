package dev.rackplan.cli.file;

import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.PlanReport;
import dev.rackplan.solver.SolverOptions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Solutions of one problem's search, as they are written.
 *
 * @param problem the problem's file
 * @param target of the best plan
 * @param startNanos of the search, by the monotonic clock
 * @param started the same as a date
 */
public record PlanFile(
    FileReference problem,
    FileReference target,
    SolverOptions options,
    long startNanos,
    Instant started) {

  /**
   * How a plan came about. No date and time where steps limit the search: equal runs give equal
   * bytes.
   *
   * @param stopped whether the search did not come to its limit, or has not yet
   */
  public SolutionFile.Provenance provenance(String sha256, boolean stopped) {
    boolean timed = options.steps().isEmpty();
    return new SolutionFile.Provenance(
        VersionProvider.version(),
        options.seed(),
        timed ? OptionalDouble.of(options.timeLimitSeconds()) : OptionalDouble.empty(),
        options.steps(),
        timed ? Optional.of(started.truncatedTo(ChronoUnit.SECONDS).toString()) : Optional.empty(),
        timed
            ? OptionalDouble.of(Math.max(1, (System.nanoTime() - startNanos) / 1_000_000) / 1e3)
            : OptionalDouble.empty(),
        stopped,
        sha256);
  }

  /** Writes {@code report}'s plan with its figures; the figures as they are written. */
  public Map<String, Object> write(
      FileReference file, PlanReport report, SolutionFile.Provenance provenance) {
    Map<String, Object> evaluation = EvaluationTree.of(report);
    AtomicFile.replace(
        file.file(),
        SolutionFile.text(
            FileReference.relative(
                target.file().toAbsolutePath().normalize().getParent(), problem.file()),
            provenance,
            report.plan(),
            report.problem().topology(),
            evaluation));
    return evaluation;
  }

  /** The best plan of a search that goes on. */
  public void writeDraft(PlanReport report, String sha256) {
    write(target, report, provenance(sha256, true));
  }
}
