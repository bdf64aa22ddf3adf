package dev.rackplan.evaluation;

import dev.rackplan.cost.MemoryUse;
import dev.rackplan.cost.StageCost;
import dev.rackplan.plan.LayoutRule;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** What a plan breaks, in words with figures. */
final class Violations {
  private Violations() {}

  static List<String> of(Problem problem, Plan plan, List<StageCost> stages, double stepSeconds) {
    List<String> violations = new ArrayList<>();
    for (int s = 0; s < stages.size(); s++) {
      int last = plan.stages().get(s).lastLayer();
      OptionalInt sharing = problem.model().sharesKvAcross(last);
      if (sharing.isPresent()) {
        violations.add(
            "stages: layer "
                + sharing.getAsInt()
                + " reads the KV cache of layer "
                + problem.model().layers().get(sharing.getAsInt()).kvSource().orElseThrow()
                + " across the end of stage "
                + s
                + " at layer "
                + last);
      }
      double limit = MemoryFiguresFinder.limitBytes(problem, plan.stages().get(s));
      double bytes = stages.get(s).memory().bytes();
      if (bytes > limit) {
        violations.add(
            String.format(
                Locale.ROOT,
                "memory: stage %d needs %.2f GB on each GPU, usable are %.2f GB: %.2f GB too much (%s)",
                s,
                bytes / 1e9,
                limit / 1e9,
                (bytes - limit) / 1e9,
                parts(stages.get(s).memory())));
      }
    }
    boolean decode = problem.workload().phase() == Phase.DECODE;
    LayoutRule.firstFault(problem, plan.layout()).ifPresent(violations::add);
    OptionalDouble limit = problem.limits().stepSeconds(problem.workload().phase());
    if (limit.isPresent() && stepSeconds > limit.getAsDouble()) {
      violations.add(
          String.format(
              Locale.ROOT,
              "%s: %.2f ms, limit %.2f ms: %.2f ms too long",
              decode ? "TPOT" : "TTFT",
              stepSeconds * 1e3,
              limit.getAsDouble() * 1e3,
              (stepSeconds - limit.getAsDouble()) * 1e3));
    }
    long held = plan.layout().concurrentSequences();
    long asked = problem.workload().concurrentSequences().orElse(0);
    // In training the rule of the global batch says so.
    if (held < asked && problem.workload().training().isEmpty()) {
      violations.add(
          String.format(
              Locale.ROOT,
              "concurrency: holds %d sequences, asked for %d: %d too few",
              held,
              asked,
              asked - held));
    }
    return violations;
  }

  private static String parts(MemoryUse use) {
    return use.training().isPresent()
        ? String.format(
            Locale.ROOT,
            "weights %.2f, gradients %.2f, optimizer %.2f, activations %.2f, buffers %.2f",
            use.weightBytes() / 1e9,
            use.training().get().gradientBytes() / 1e9,
            use.training().get().optimizerBytes() / 1e9,
            use.training().get().activationBytes() / 1e9,
            use.bufferBytes() / 1e9)
        : String.format(
            Locale.ROOT,
            "weights %.2f, KV cache %.2f, buffers %.2f",
            use.weightBytes() / 1e9,
            use.kvBytes() / 1e9,
            use.bufferBytes() / 1e9);
  }
}
