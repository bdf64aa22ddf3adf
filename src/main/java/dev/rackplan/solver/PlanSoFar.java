package dev.rackplan.solver;

import dev.rackplan.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whole plans of a search that goes on, for another thread that keeps them. The search is not
 * slowed: it leaves word where its plans are, and who asks puts them together.
 */
public final class PlanSoFar {
  private Optional<Plan> found = Optional.empty();
  private Optional<Loss> loss = Optional.empty();
  private Optional<Supplier<Plan>> underway = Optional.empty();

  /** A plan that keeps the limits of memory and time; the best of them is kept. */
  synchronized void found(Plan plan, Standing standing) {
    if (loss.isEmpty() || standing.loss().isLessThan(loss.get())) {
      found = Optional.of(plan);
      loss = Optional.of(standing.loss());
    }
  }

  /**
   * A layout's search begins.
   *
   * @param plan puts together the best of each layer; asked from another thread
   */
  synchronized void begins(Supplier<Plan> plan) {
    underway = Optional.of(plan);
  }

  /** That search ended. */
  synchronized void ends() {
    underway = Optional.empty();
  }

  /**
   * The best whole plan of the searches that ended, and the one that is being searched, as they are
   * now; each where there is one, and once where they are the same. The second may break a limit,
   * and be worse than the first.
   */
  public List<Plan> plans() {
    List<Plan> plans = new ArrayList<>();
    Optional<Supplier<Plan>> searched;
    synchronized (this) {
      found.ifPresent(plans::add);
      searched = underway;
    }
    searched.map(Supplier::get).filter(plan -> !plans.contains(plan)).ifPresent(plans::add);
    return plans;
  }
}
