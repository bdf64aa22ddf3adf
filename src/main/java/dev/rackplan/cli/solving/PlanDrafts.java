package dev.rackplan.cli.solving;

import dev.rackplan.cli.file.Judge;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.json.InputException;
import dev.rackplan.json.IoReason;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.PlanReport;
import dev.rackplan.solver.Loss;
import dev.rackplan.solver.PlanSoFar;
import dev.rackplan.solver.PlanSolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Drafts of one problem's solution. What is written keeps every limit and is better than what is on
 * disk, so the file only ever gets better.
 */
final class PlanDrafts implements BestOnDisk.Drafts {
  private final Problem problem;
  private final PlanSoFar soFar;
  private final Judge judge;
  private final Consumer<PlanReport> file;
  private final Supplier<Optional<Loss>> before;
  private Optional<Loss> onDisk = Optional.empty();
  private List<Plan> seen = List.of();
  private boolean looked;
  private boolean wrote;

  /**
   * @param before loss of a plan that is there and stays unless a better one comes; asked once,
   *     when there is a plan
   * @param file writes one
   */
  PlanDrafts(
      Problem problem,
      PlanSoFar soFar,
      Judge judge,
      Supplier<Optional<Loss>> before,
      Consumer<PlanReport> file) {
    this.problem = problem;
    this.soFar = soFar;
    this.judge = judge;
    this.before = before;
    this.file = file;
  }

  private record Priced(CostedPlan costed, Loss loss) {}

  @Override
  public boolean write() {
    List<Plan> plans = soFar.plans();
    if (!looked && !plans.isEmpty()) {
      looked = true;
      onDisk = before.get();
    }
    List<Priced> better = new ArrayList<>();
    for (Plan plan : plans) {
      if (!seen.contains(plan)) {
        CostedPlan costed = judge.cost(plan);
        Loss loss = PlanSolver.loss(problem, costed);
        if (onDisk.isEmpty() || loss.isLessThan(onDisk.get())) {
          better.add(new Priced(costed, loss));
        }
      }
    }
    seen = plans;
    better.sort(Comparator.comparing(Priced::loss));
    for (Priced plan : better) {
      PlanReport report = judge.report(plan.costed(), List.of(), List.of());
      if (report.evaluation().feasible()) {
        file.accept(report);
        wrote = true;
        onDisk = Optional.of(plan.loss());
        break;
      }
    }
    return !plans.isEmpty();
  }

  /**
   * Takes what was written away again, where the search ends with no plan: then there is no file,
   * whatever the timing. For when nobody writes any more.
   */
  void withdraw(Path written) {
    if (wrote) {
      try {
        Files.deleteIfExists(written);
      } catch (IOException e) {
        throw new InputException(
            written.toString(),
            "",
            "can't be removed (" + IoReason.of(e) + ")",
            "Remove it: the search found no plan after all.");
      }
    }
  }
}
