package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.export.Deployment;
import dev.rackplan.export.ExportRefusal;
import dev.rackplan.export.ExportTarget;
import dev.rackplan.export.ExportedFile;
import dev.rackplan.export.HostNames;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.replan.WeightMoves;
import dev.rackplan.replan.WindowReplan;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.ReplanReport;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** What {@code replan} writes: the new solution, its moves and, for who waits for it, the map. */
final class ReplanFiles {
  private final String from;
  private final Optional<SolutionFile.PoolLink> pool;
  private final ChangedProblem now;
  private final SolutionFile.Provenance provenance;
  private final Path target;

  /**
   * @param from the running plan, as the user gave it
   * @param pool which pool it is, where it stays that one, and the other's file
   * @param now what the new plan is for
   * @param target the new solution
   */
  ReplanFiles(
      String from,
      Optional<SolutionFile.PoolLink> pool,
      ChangedProblem now,
      SolutionFile.Provenance provenance,
      Path target) {
    this.from = from;
    this.pool = pool;
    this.now = now;
    this.provenance = provenance;
    this.target = target;
  }

  /** Where the solution is written. */
  Path solution() {
    return target;
  }

  /**
   * Solution, moves and the engine's map, the map last: who waits for it finds the rest.
   *
   * @param name of the running solution
   */
  void write(String name, WindowReplan replan) {
    write(replan.plan(), replan.moves());
    Deployment deployment =
        new Deployment(
            name, now.problem(), replan.plan(), HostNames.byPlace(), true, Optional.empty());
    ExportTarget engine =
        Arrays.stream(ExportTarget.values())
            .filter(each -> each.engine().equals(now.problem().engine().kind()))
            .filter(each -> each.engine().isPresent())
            .findFirst()
            .orElse(ExportTarget.SGLANG);
    try {
      for (ExportedFile map : engine.maps(deployment)) {
        AtomicFile.write(target.resolveSibling(map.name()), map.text());
      }
    } catch (ExportRefusal refusal) {
      throw new InputException(
          from, "", "no map for " + engine.word() + ": " + refusal.getMessage(), refusal.remedy());
    }
  }

  /** Solution and moves; the file of the moves. */
  Path write(Plan plan, WeightMoves moved) {
    PlanReport report = Judge.report(now.problem(), plan);
    Path folder = target.toAbsolutePath().normalize().getParent();
    Map<String, Object> evaluation = EvaluationTree.of(report);
    Path moves = target.resolveSibling(InputFiles.baseName(target) + ".moves.csv");
    AtomicFile.write(moves, ReplanReport.csv(moved));
    AtomicFile.sweepAbandoned(folder);
    AtomicFile.write(
        target,
        SolutionFile.text(
            FileReference.relative(folder, now.loaded().files().get(0)),
            poolName(folder),
            now.drained(),
            provenance,
            plan,
            now.problem().topology(),
            evaluation));
    return moves;
  }

  private Optional<SolutionFile.PoolName> poolName(Path folder) {
    return pool.map(
        link ->
            new SolutionFile.PoolName(
                link.pool(), FileReference.relative(folder, link.beside().file())));
  }
}
