package dev.rackplan.cost;

import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.ReplicaShares;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.DrawnLoads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a plan takes in single steps whose experts' loads are drawn ({@link DrawnLoads}), the same
 * loads for each plan of a problem: by how much two plans differ from step to step says whether a
 * cluster sees that one is faster.
 *
 * <p>In each step each MoE layer waits for the GPU whose experts take longest at the step's loads,
 * in the scenario that is slowest at the mean ones; all else of the step is as costed. Left out:
 * traffic that moves with the loads, contexts that move. Safe to share between threads.
 */
public final class DrawnSteps {
  /** Steps drawn: the mean of their differences is sure to a sixth of their deviation. */
  public static final int STEPS = 32;

  private final Problem problem;
  private final ProblemRouting routing;
  private final Map<Drawn, double[][]> loads = new ConcurrentHashMap<>();

  private record Drawn(ScenarioLayer routing, double tokens) {}

  public DrawnSteps(Problem problem, ProblemRouting routing) {
    this.problem = problem;
    this.routing = routing;
  }

  /** TPOT, TTFT or step time of the slowest instance in s in each step; empty without experts. */
  public List<Double> seconds(CostedPlan costed) {
    Plan plan = costed.plan();
    if (plan.experts().isEmpty()) {
      return List.of();
    }
    CostedInstance instance = costed.slowest();
    List<Double> seconds = new ArrayList<>(Collections.nCopies(STEPS, instance.stepSeconds()));
    for (int s = 0; s < instance.stages().size(); s++) {
      StageModel model = new StageModel(problem, plan.layout(), instance.shapes().get(s));
      double passes = instance.passes().get(s);
      for (CostedLayer layer : instance.stages().get(s).layers()) {
        if (layer.experts().isPresent() && passes > 0) {
          double[] beyond = beyond(model, layer, plan.experts().get(layer.index()));
          for (int step = 0; step < STEPS; step++) {
            seconds.set(step, seconds.get(step) + passes * beyond[step]);
          }
        }
      }
    }
    return seconds;
  }

  /** By how much the layer takes longer in each step than it is costed at, in s. */
  private double[] beyond(StageModel stage, CostedLayer layer, ExpertMap map) {
    CostedExperts costed = layer.experts().orElseThrow();
    MoeLayerTerms terms = costed.terms();
    ScenarioLayer scenario = routing.of(layer.index()).get(costed.slowest());
    ExpertLayerModel model = stage.expertLayer(layer.index());
    double alike = 1 + (model.tokensPerSequence() - 1) * scenario.likeness();
    double[][] drawn =
        loads.computeIfAbsent(
            new Drawn(scenario, model.tokensAtOnce() / alike), key -> draw(key, layer.index()));
    ReplicaShares[] shares = shares(stage.expertShape(), map, scenario.experts());
    double[] beyond = new double[STEPS];
    for (int step = 0; step < STEPS; step++) {
      double slowest = slowest(model, shares, drawn[step], map.gpus());
      beyond[step] = terms.withExperts(ExpertTime.ofSeconds(slowest)).seconds() - terms.seconds();
    }
    return beyond;
  }

  private static double[][] draw(Drawn drawn, int layer) {
    double[] frequency = new double[drawn.routing().experts()];
    for (int e = 0; e < frequency.length; e++) {
      frequency[e] = drawn.routing().frequency(e);
    }
    return DrawnLoads.of(frequency, drawn.tokens(), STEPS, layer);
  }

  private ReplicaShares[] shares(StageShape shape, ExpertMap map, int experts) {
    DispatchRule rule = problem.engine().dispatchRule();
    int[][] replicas = PlanShapes.replicaGpus(map, experts);
    ReplicaShares[] shares = new ReplicaShares[experts];
    for (int e = 0; e < experts; e++) {
      shares[e] = ReplicaShares.of(rule, shape, replicas[e]);
    }
    return shares;
  }

  private static double slowest(
      ExpertLayerModel model, ReplicaShares[] shares, double[] frequency, int gpus) {
    double[] load = new double[gpus];
    double[] active = new double[gpus];
    for (int e = 0; e < shares.length; e++) {
      for (int i = 0; i < shares[e].gpuCount(); i++) {
        double replica = frequency[e] * shares[e].totalShare(i);
        load[shares[e].gpu(i)] += replica;
        active[shares[e].gpu(i)] += Roofline.activeChance(replica, model.tokensAtOnce());
      }
    }
    double slowest = 0;
    for (int g = 0; g < gpus; g++) {
      slowest = Math.max(slowest, model.gpuSeconds(g, load[g], active[g]));
    }
    return slowest;
  }
}
