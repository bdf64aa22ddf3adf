package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.MemoryConfidence;
import dev.rackplan.cost.PhaseCost;
import dev.rackplan.cost.StageTraining;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.cost.TrainingCost;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.law.Confidence;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A training layout that was run in full, as one of several to choose from.
 *
 * @param plan with its stages and hosts
 * @param stepSeconds one optimizer step
 * @param tokensPerSecond of all GPUs
 * @param bubbleFraction idle share of the schedule
 * @param memoryBytes of the fullest GPU
 * @param memory how sure that is
 * @param confidence of the step
 * @param shares of the step by what the slowest device spends it on, the largest first: its terms
 *     over all micro-batches, {@code pipeline bubble}, and the step's end
 */
public record TrainingOption(
    Plan plan,
    double stepSeconds,
    double tokensPerSecond,
    double bubbleFraction,
    double memoryBytes,
    MemoryConfidence memory,
    Confidence confidence,
    Map<String, Double> shares) {
  private static final double EVEN = 0.5;

  /** Of a plan that is costed. */
  public static TrainingOption of(Problem problem, CostedPlan costed) {
    CostedInstance slowest = costed.slowest();
    Plan plan = costed.plan();
    double memory = 0;
    for (CostedStage stage : slowest.stages()) {
      memory = Math.max(memory, stage.memory().bytes());
    }
    return new TrainingOption(
        plan,
        costed.stepSeconds(),
        costed.tokensPerSecond(),
        // Of one stage a rounding error below 0.
        Math.max(
            0,
            PhaseCost.of(problem, plan.layout()).bubbleFraction(plan.layout(), slowest.stages())),
        memory,
        MemoryConfidence.of(problem, plan, slowest.stages()),
        StepConfidence.of(problem, costed),
        shares(problem, plan, slowest));
  }

  /** Whether such a run more likely fits in memory than not; also where nobody measured. */
  public boolean likelyFits() {
    return memory.chanceBeyond().orElse(0) <= EVEN;
  }

  // Terms that run side by side are shortened alike.
  private static Map<String, Double> shares(Problem problem, Plan plan, CostedInstance instance) {
    int microBatches = plan.layout().microBatches();
    List<CostedStage> device = slowestDevice(problem, plan, instance.stages());
    double step = instance.stepSeconds();
    double passes = microBatches / step / device.size();
    Map<String, Double> groups = new LinkedHashMap<>();
    double busy = 0;
    for (CostedStage stage : device) {
      double shown = stage.seconds() / stage.terms().sum();
      busy += passes * stage.seconds();
      for (Term term : Term.values()) {
        groups.merge(term.group(), passes * shown * stage.terms().of(term), Double::sum);
      }
    }
    TrainingCost cost = new TrainingCost(problem, plan.layout());
    double schedule = cost.scheduleSeconds(microBatches, instance.stages());
    groups.put("pipeline bubble", Math.max(0, schedule / step - busy));
    groups.put(
        "gradients and weights at the end",
        StageTraining.ending(instance.stages()).reductionSeconds() / step);
    groups.put("optimizer", StageTraining.ending(instance.stages()).optimizerSeconds() / step);
    Map<String, Double> ordered = new LinkedHashMap<>();
    groups.entrySet().stream()
        .filter(group -> group.getValue() > 0)
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .forEach(group -> ordered.put(group.getKey(), group.getValue()));
    return ordered;
  }

  // The stage that takes longest; with DualPipe the two of one device, half of the passes each.
  private static List<CostedStage> slowestDevice(
      Problem problem, Plan plan, List<CostedStage> stages) {
    boolean pairs = plan.layout().training(problem.workload()).orElseThrow().overlapsPasses();
    List<CostedStage> slowest = List.of();
    double most = -1;
    for (int s = 0; s < stages.size(); s++) {
      List<CostedStage> device =
          pairs
              ? List.of(stages.get(s), stages.get(stages.size() - 1 - s))
              : List.of(stages.get(s));
      double mean = device.stream().mapToDouble(CostedStage::seconds).average().orElseThrow();
      if (mean > most) {
        most = mean;
        slowest = device;
      }
    }
    return slowest;
  }
}
