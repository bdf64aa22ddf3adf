package dev.rackplan.cost.memory;

import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the layers of a stage must keep to on its GPUs, whatever the layout: the search never
 * returns what a rule forbids, and an evaluation says which rule a plan breaks.
 */
public enum StageRule {
  /** Model: layers that read another layer's KV cache lie in its stage. */
  KV_SHARING {
    @Override
    Optional<String> fault(Problem problem, Plan plan, int stage) {
      int last = plan.stages().get(stage).lastLayer();
      OptionalInt sharing = problem.model().sharesKvAcross(last);
      return sharing.isEmpty()
          ? Optional.empty()
          : Optional.of(
              "stages: layer "
                  + sharing.getAsInt()
                  + " reads the KV cache of layer "
                  + problem.model().layers().get(sharing.getAsInt()).kvSource().orElseThrow()
                  + " across the end of stage "
                  + stage
                  + " at layer "
                  + last);
    }
  },
  /** Memory: the stage's smallest GPU holds what the plan puts on it. */
  MEMORY {
    @Override
    Optional<String> fault(Problem problem, Plan plan, int stage) {
      double limit = limitBytes(problem, plan.stages().get(stage));
      MemoryUse use = MemoryUse.of(problem, plan, stage);
      return use.bytes() <= limit
          ? Optional.empty()
          : Optional.of(
              String.format(
                  Locale.ROOT,
                  "memory: stage %d needs %.2f GB on each GPU, usable are %.2f GB: %.2f GB too much (%s)",
                  stage,
                  use.bytes() / 1e9,
                  limit / 1e9,
                  (use.bytes() - limit) / 1e9,
                  use.words()));
    }
  };

  /** What a stage breaks, in words with figures; empty where it keeps the rule. */
  abstract Optional<String> fault(Problem problem, Plan plan, int stage);

  /** What the stages of {@code plan} break, stage by stage; empty = nothing. */
  public static List<String> faults(Problem problem, Plan plan) {
    List<String> faults = new ArrayList<>();
    for (int s = 0; s < plan.stages().size(); s++) {
      int stage = s;
      Arrays.stream(values())
          .flatMap(rule -> rule.fault(problem, plan, stage).stream())
          .forEach(faults::add);
    }
    return faults;
  }

  /** Usable bytes of the smallest GPU of a stage, over all instances. */
  public static double limitBytes(Problem problem, Stage stage) {
    double least = Double.POSITIVE_INFINITY;
    for (int gpu : stage.gpus()) {
      least = Math.min(least, problem.topology().gpus().get(gpu).spec().hbmBytes());
    }
    return problem.usableBytes(least);
  }
}
