package dev.rackplan.generated;

import dev.rackplan.bound.PipelineBound;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedLayer;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Whether bounds are below what they bound. */
final class Bounds {
  /** Share by which rounding may lift a bound. */
  static final double ROUNDING = 1e-9;

  private Bounds() {}

  static Optional<String> abovePlan(Trial trial) {
    for (Trial.Solution solution : trial.solve().solutions()) {
      Map<String, Object> evaluation = solution.evaluation();
      String step = stepKey(evaluation);
      double plan = number(evaluation, step);
      Map<?, ?> bound = (Map<?, ?>) evaluation.get("bound");
      if (number(bound, step) > plan * (1 + ROUNDING)) {
        return Optional.of(above("bound", number(bound, step), plan));
      }
    }
    return Optional.empty();
  }

  /** What experts and network are above their bounds, where one bound holds for all hosts. */
  static Optional<String> belowZero(Trial trial) {
    for (Trial.Solution solution : trial.solve().solutions()) {
      Map<?, ?> bound = (Map<?, ?>) solution.evaluation().get("bound");
      CostedPlan costed =
          CostedPlan.of(
              solution.problem(),
              ProblemRouting.of(solution.problem()),
              solution.plan(),
              CostDetail.TIMES);
      boolean alike =
          costed.instances().stream()
              .flatMap(instance -> instance.shapes().stream())
              .allMatch(costed.instances().get(0).shapes().get(0)::interchangeableWith);
      for (String gap : List.of("expertGap", "networkGap", "restGap")) {
        boolean may = !alike || gap.equals("restGap") && solution.plan().stages().size() > 1;
        if (!may && bound.containsKey(gap) && number(bound, gap) < -ROUNDING) {
          return Optional.of(gap + " is " + number(bound, gap));
        }
      }
    }
    return Optional.empty();
  }

  static Optional<String> aboveLayer(Trial trial) {
    for (Trial.Solution solution : trial.solve().solutions()) {
      ProblemRouting routing = ProblemRouting.of(solution.problem());
      CostedPlan costed =
          CostedPlan.of(solution.problem(), routing, solution.plan(), CostDetail.FIGURES);
      for (CostedInstance instance : costed.differentInstances()) {
        PipelineBound.StageTimes bound =
            PipelineBound.stageTimes(
                solution.problem(), solution.plan().layout(), instance.shapes(), routing);
        Optional<String> fault = aboveLayer(instance, bound);
        if (fault.isPresent()) {
          return fault;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> aboveLayer(
      CostedInstance instance, PipelineBound.StageTimes bound) {
    for (CostedLayer layer :
        instance.stages().stream().flatMap(s -> s.layers().stream()).toList()) {
      double floor = bound.layers().get(layer.index()).seconds();
      if (floor > layer.seconds() * (1 + ROUNDING)) {
        return Optional.of("layer " + layer.index() + above(": bound", floor, layer.seconds()));
      }
    }
    double sum = instance.seconds().stream().mapToDouble(s -> s).sum();
    double most = instance.seconds().stream().mapToDouble(s -> s).max().orElse(0);
    return bound.stages().sumSeconds() > sum * (1 + ROUNDING)
        ? Optional.of(above("sum of stages", bound.stages().sumSeconds(), sum))
        : bound.stages().largestSeconds() > most * (1 + ROUNDING)
            ? Optional.of(above("largest stage", bound.stages().largestSeconds(), most))
            : Optional.empty();
  }

  static Optional<String> aboveUsual(Trial trial) {
    for (Trial.Solution solution : trial.solve().solutions()) {
      String step = stepKey(solution.evaluation());
      double bound = number((Map<?, ?>) solution.evaluation().get("bound"), step);
      for (Object item : (List<?>) solution.evaluation().get("baselines")) {
        Map<?, ?> baseline = (Map<?, ?>) item;
        if (bound > number(baseline, step) * (1 + ROUNDING)) {
          return Optional.of(
              above("bound against " + baseline.get("name"), bound, number(baseline, step)));
        }
      }
    }
    return Optional.empty();
  }

  static Optional<String> aboveOtherSeed(Trial trial) {
    List<Trial.Solution> own = trial.solve().solutions();
    List<Trial.Solution> others = trial.solve("seed", 1, 1).solutions();
    if (own.size() != others.size()) {
      // With one seed a plan, with the other none: the limits are near.
      return Optional.empty();
    }
    for (int i = 0; i < own.size(); i++) {
      String step = stepKey(own.get(i).evaluation());
      double bound = number((Map<?, ?>) own.get(i).evaluation().get("bound"), step);
      double other = number(others.get(i).evaluation(), step);
      if (sameHosts(own.get(i), others.get(i)) && bound > other * (1 + ROUNDING)) {
        return Optional.of(above("bound against seed 1", bound, other));
      }
    }
    return Optional.empty();
  }

  private static boolean sameHosts(Trial.Solution one, Trial.Solution other) {
    return one.plan().layout().equals(other.plan().layout())
        && one.plan().stages().stream()
            .map(Stage::gpus)
            .toList()
            .equals(other.plan().stages().stream().map(Stage::gpus).toList());
  }

  // A plan leaves degrees out that are neutral; a problem would leave them open.
  private static Map<String, Object> pinned(Map<?, ?> layout) {
    Map<String, Object> pinned = new LinkedHashMap<>();
    for (Degree degree : Degree.values()) {
      Object value = layout.get(degree.key());
      pinned.put(degree.key(), value == null ? degree.inFile(degree.neutral()) : value);
    }
    return pinned;
  }

  /** A layout that was not searched because of its bound is searched now. */
  static Optional<String> beatsItsBound(Trial trial) {
    if (trial.problem().isServing() || trial.solve().solutions().isEmpty()) {
      return Optional.empty();
    }
    Trial.Solution best = trial.solve().solutions().get(0);
    Object tried = best.evaluation().getOrDefault("layoutsTried", List.of());
    int looked = 0;
    for (Object item : (List<?>) tried) {
      Map<?, ?> layout = (Map<?, ?>) item;
      if (!"bound".equals(layout.get("reason")) || looked++ >= 2) {
        continue;
      }
      GeneratedProblem only = Notations.merged(trial.problem()).copy();
      only.object(GeneratedProblem.PROBLEM).put("layout", pinned((Map<?, ?>) layout.get("layout")));
      Trial alone = trial.other("layout-" + looked, only);
      for (Trial.Solution solution : alone.solve().solutions()) {
        double loss =
            Plans.loss(solution.problem(), solution.evaluation(), solution.plan().layout());
        double least = Plans.loss(best.problem(), best.evaluation(), best.plan().layout());
        if (loss < least * (1 - ROUNDING) / Plans.EQUALS) {
          return Optional.of(
              "layout "
                  + layout.get("layout")
                  + " can't win, it says, but reaches "
                  + loss
                  + " and the plan "
                  + least);
        }
      }
    }
    return Optional.empty();
  }

  static String stepKey(Map<String, Object> evaluation) {
    return List.of("tpotSeconds", "ttftSeconds", "stepSeconds").stream()
        .filter(evaluation::containsKey)
        .findFirst()
        .orElseThrow();
  }

  static double number(Map<?, ?> map, String key) {
    return ((Number) map.get(key)).doubleValue();
  }

  private static String above(String what, double bound, double plan) {
    return what
        + " "
        + bound
        + " s is above "
        + plan
        + " s by "
        + String.format(Locale.ROOT, "%.3g%%", 100 * (bound / plan - 1));
  }

  /** A map without some keys. */
  static Map<String, Object> without(Map<String, Object> map, List<String> keys) {
    Map<String, Object> rest = new LinkedHashMap<>(map);
    keys.forEach(rest::remove);
    return rest;
  }
}
