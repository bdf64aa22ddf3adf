package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.economics.FailureRate;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Finds the node whose loss costs most. */
final class FailureFiguresFinder {
  private FailureFiguresFinder() {}

  static FailureFigures of(Problem problem, CostedPlan costed) {
    Plan plan = costed.plan();
    Layout layout = plan.layout();
    List<Double> tokensPerSecond =
        costed.instances().stream().map(CostedInstance::tokensPerSecond).toList();
    Map<Integer, Set<Integer>> instancesOfNode = new TreeMap<>();
    for (Stage stage : plan.stages()) {
      for (int i = 0; i < layout.replicas(); i++) {
        for (int gpu : stage.gpusOfInstance(i, layout.gpusPerStage())) {
          int node = problem.topology().gpus().get(gpu).node();
          instancesOfNode.computeIfAbsent(node, key -> new TreeSet<>()).add(i);
        }
      }
    }
    double all = tokensPerSecond.stream().mapToDouble(Double::doubleValue).sum();
    int worst = -1;
    double most = -1;
    for (Map.Entry<Integer, Set<Integer>> entry : instancesOfNode.entrySet()) {
      double lost = entry.getValue().stream().mapToDouble(tokensPerSecond::get).sum();
      if (lost > most) {
        most = lost;
        worst = entry.getKey();
      }
    }
    int stopped = instancesOfNode.get(worst).size();
    int gpusPerInstance = layout.gpus() / layout.replicas();
    return new FailureFigures(
        FailureRate.interruptionsPerMonth(layout.gpus()),
        FailureRate.interruptionsPerMonth(gpusPerInstance),
        problem.topology().nodes().get(worst).name(),
        stopped * gpusPerInstance,
        stopped * (layout.concurrentSequences() / layout.replicas()),
        most / all);
  }
}
