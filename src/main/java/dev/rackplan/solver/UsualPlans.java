package dev.rackplan.solver;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedLayer;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.memory.StageRule;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Holds the plans found against the usual ones, so that none that is printed is worse. */
final class UsualPlans {
  private final Problem problem;
  private final ProblemRouting routing;
  private final Optional<WarmStart> warmStart;
  private final SolvedPlans found;

  /**
   * @param found at least one; gets better
   */
  UsualPlans(
      Problem problem, ProblemRouting routing, Optional<WarmStart> warmStart, SolvedPlans found) {
    this.problem = problem;
    this.routing = routing;
    this.warmStart = warmStart;
    this.found = found;
  }

  /**
   * Takes a usual plan where it is better after all, and of its layers those that are: layers and
   * cuts are searched on the first instance, by the slowest stage and for unseen tokens; plans are
   * judged by the slowest instance, the objective and the tokens that are given. In training a
   * slower backward pass may hide more of the gradients' reduction.
   */
  void keep() {
    SolvedPlan kept = keptToUsual(found.best().orElseThrow());
    // Of equals the surest is taken, where there are any: it, too, is never worse than a usual
    // plan.
    SolvedPlan surest = found.surest().orElse(kept);
    while (!surest.equals(kept)) {
      kept = keptToUsual(surest);
      surest = found.surest().orElse(kept);
    }
  }

  private SolvedPlan keptToUsual(SolvedPlan solution) {
    SolvedPlan kept = solution;
    List<Stage> stages;
    do {
      stages = kept.plan().stages();
      for (Plan usual : usual(kept.plan())) {
        if (StageRule.faults(problem, usual).isEmpty()) {
          Plan before = kept.plan();
          if (before.stages().equals(usual.stages()) && routing.recorded()) {
            kept = keptToUsual(kept, usual);
            continue;
          }
          SolvedPlan better = found.improve(kept, usual);
          if (!better.equals(kept) && before.stages().equals(usual.stages())) {
            better =
                found.improve(better, taking(savedSeconds(before, usual).keySet(), before, usual));
          }
          kept = better;
        }
      }
      // Other stages have other usual plans.
    } while (!kept.plan().stages().equals(stages));
    return kept;
  }

  // With the plan that the search began with, where one was given.
  private List<Plan> usual(Plan plan) {
    List<Plan> plans = new ArrayList<>();
    BaselinePlans.of(problem, plan).forEach(named -> plans.add(named.plan()));
    warmStart.filter(from -> routing.recorded()).ifPresent(from -> plans.add(from.plan()));
    return plans;
  }

  // A usual plan that is faster on the recorded tokens rests on their accidents, which windows of
  // them show: the plan comes closer to the sample itself, and only where that is not enough takes
  // layers of the usual one.
  private SolvedPlan keptToUsual(SolvedPlan solution, Plan usual) {
    Loss limit = Standing.of(problem, routing, usual).loss();
    Optional<Plan> closer =
        solution.solver().closer().filter(plan -> plan.stages().equals(solution.plan().stages()));
    SolvedPlan kept = solution;
    if (closer.isPresent()) {
      kept = withLayers(kept, closer.get(), limit);
    }
    return found.improve(withLayers(kept, usual, limit), usual);
  }

  // As few layers of another plan as make this one no slower than the limit, or all that help:
  // those first that lose least by windows for what they save.
  private SolvedPlan withLayers(SolvedPlan solution, Plan other, Loss limit) {
    if (!limit.isLessThan(solution.standing().loss())) {
      return solution;
    }
    List<Integer> faster = cheapestLayers(solution, other);
    int tooFew = 0;
    int enough = faster.size();
    while (enough - tooFew > 1) {
      int count = (tooFew + enough) / 2;
      Plan plan = taking(faster.subList(0, count), solution.plan(), other);
      if (limit.isLessThan(Standing.of(problem, routing, plan).loss())) {
        tooFew = count;
      } else {
        enough = count;
      }
    }
    return found.improve(solution, taking(faster.subList(0, enough), solution.plan(), other));
  }

  private List<Integer> cheapestLayers(SolvedPlan solution, Plan usual) {
    SortedMap<Integer, Double> saved = savedSeconds(solution.plan(), usual);
    SortedMap<Integer, Double> lostPerSaved = new TreeMap<>();
    saved.forEach(
        (layer, seconds) -> {
          double lost =
              solution.solver().searchedSeconds(usual, layer)
                  - solution.solver().searchedSeconds(solution.plan(), layer);
          lostPerSaved.put(layer, lost / seconds);
        });
    return lostPerSaved.keySet().stream().sorted(Comparator.comparing(lostPerSaved::get)).toList();
  }

  // Layers whose map of the other plan is faster in the slowest instance, with what they save in s.
  private SortedMap<Integer, Double> savedSeconds(Plan one, Plan other) {
    List<CostedLayer> ofOne = layers(one);
    List<CostedLayer> ofOther = layers(other);
    SortedMap<Integer, Double> saved = new TreeMap<>();
    for (int i = 0; i < ofOne.size(); i++) {
      int layer = ofOne.get(i).index();
      if (one.experts().containsKey(layer) && ofOther.get(i).seconds() < ofOne.get(i).seconds()) {
        saved.put(layer, ofOne.get(i).seconds() - ofOther.get(i).seconds());
      }
    }
    return saved;
  }

  // One plan with the other's maps of some layers.
  private static Plan taking(Collection<Integer> layers, Plan one, Plan other) {
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>(one.experts());
    layers.forEach(layer -> maps.put(layer, other.experts().get(layer)));
    return new Plan(one.layout(), one.stages(), maps);
  }

  private List<CostedLayer> layers(Plan plan) {
    return CostedPlan.of(problem, routing, plan, CostDetail.TIMES).slowest().stages().stream()
        .flatMap(stage -> stage.layers().stream())
        .toList();
  }
}
