package dev.rackplan.bound;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.ExpertPrice;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.cost.placement.SlowestRank;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Lower bounds on the time of a MoE layer's slowest GPU, from its law.
 *
 * <ul>
 *   <li>mean: all pairs, and {@code Σ_e (1-(1-f_e)^N)} active experts at least, over all GPUs. On
 *       equal GPUs no plan's slowest one is below the law at the means of both, since the law with
 *       a norm p ≥ 1 is convex; a norm below 1 is taken as 1, which is shorter. What the slowest is
 *       expected above equal means is added: {@link SlowestRank} is convex and symmetric. On
 *       unequal GPUs each of the two alone, shared out by the GPUs' rates.
 *   <li>the largest replica's load when the slots are dealt to experts as well as can be, on the
 *       GPU that is fastest at it.
 * </ul>
 *
 * <p>More replicas only add active experts. Source: KERNELS section 7. Left out: that a GPU must
 * fill all its slots.
 */
final class ExpertBound {
  private final Batch batch;
  private final MoeFfn moe;
  private final int slots;
  private final int gpus;
  private final List<ExpertPrice> prices = new ArrayList<>();
  private final boolean equal;
  private final ExpertLayerModel model;

  ExpertBound(Layout layout, ExpertLayerModel model, StageShape shape, Batch batch, MoeFfn moe) {
    this.batch = batch;
    this.model = model;
    this.moe = moe;
    this.slots = moe.experts() + layout.redundantExperts();
    this.gpus = shape.gpuCount();
    for (int g = 0; g < gpus; g++) {
      boolean same = g > 0 && model.price(g) == model.price(g - 1);
      prices.add(same ? prices.get(g - 1) : model.price(g).convex());
    }
    this.equal = prices.stream().allMatch(price -> price == prices.get(0));
  }

  /** The strongest bound in s of one scenario. */
  BoundValue seconds(ScenarioLayer routing) {
    return seconds(routing, activeExperts(routing), excessSeconds(routing));
  }

  /** By how much the slowest of GPUs with equal means is expected above them, in s. */
  double excessSeconds(ScenarioLayer routing) {
    return model.slowestRank(routing).excessSeconds();
  }

  /** Experts of which at least one token is chosen at a time, over all GPUs, in the mean. */
  double activeExperts(ScenarioLayer routing) {
    double active = 0;
    for (int e = 0; e < routing.experts(); e++) {
      active += Roofline.activeChance(routing.frequency(e), batch.tokensAtOnce());
    }
    return active;
  }

  /**
   * The same for a mean of scenarios: loads are linear in the traffic; active experts are not, and
   * the mean of the scenarios' counts is given.
   *
   * @param active {@link #activeExperts}, mean
   * @param excess {@link #excessSeconds}, mean
   */
  BoundValue seconds(ScenarioLayer routing, double active, double excess) {
    double[] loads = new double[routing.experts()];
    for (int e = 0; e < loads.length; e++) {
      loads[e] = routing.frequency(e);
    }
    return meanSeconds(active, excess).or(largestReplicaSeconds(loads), BoundTerm.LARGEST_REPLICA);
  }

  private BoundValue meanSeconds(double active, double excess) {
    double pairs = batch.tokensAtOnce() * moe.expertsPerToken();
    if (equal) {
      ExpertTime mean = prices.get(0).time(pairs / gpus, active / gpus);
      return new BoundValue(
          mean.seconds() + excess,
          mean.fetchBound() ? BoundTerm.EXPERT_WEIGHTS : BoundTerm.MEAN_COMPUTE);
    }
    return new BoundValue(shared(pairs, 1, 0), BoundTerm.MEAN_COMPUTE)
        .or(shared(active, 0, 1), BoundTerm.EXPERT_WEIGHTS);
  }

  // The least time of the slowest GPU where work is all there is, shared out as the GPUs' rates
  // allow: t ≥ start + x·rate on each, Σ x = work.
  private double shared(double work, double pairs, double active) {
    double starts = 0;
    double rates = 0;
    for (ExpertPrice price : prices) {
      double start = price.seconds(0, 0);
      double perUnit = price.seconds(pairs, active) - start;
      starts += start / perUnit;
      rates += 1 / perUnit;
    }
    return (starts + work) / rates;
  }

  /**
   * The GPU with the largest replica.
   *
   * @param loads share of tokens that choose each expert; of several scenarios the largest
   */
  double largestReplicaSeconds(double[] loads) {
    double largest = Math.max(0, leastLargestReplica(loads, slots, gpus) - LayerBound.ROUNDING);
    double active = Roofline.activeChance(largest, batch.tokensAtOnce());
    double least = Double.POSITIVE_INFINITY;
    for (ExpertPrice price : prices) {
      least = Math.min(least, price.seconds(largest * batch.tokensAtOnce(), active));
    }
    return least;
  }

  /**
   * The largest load of one replica, in tokens per token of the stage, that {@code slots} slots
   * can't avoid: each further slot goes to the expert with most load a replica, which is exact.
   * Whatever the dispatch rule, some replica of an expert gets at least its mean.
   */
  static double leastLargestReplica(double[] loads, int slots, int gpus) {
    PriorityQueue<double[]> heaviest =
        new PriorityQueue<>(
            Comparator.comparingDouble((double[] expert) -> -expert[0] / expert[1]));
    for (double load : loads) {
      heaviest.add(new double[] {load, 1});
    }
    for (int slot = loads.length; slot < slots && heaviest.peek()[1] < gpus; slot++) {
      double[] expert = heaviest.poll();
      expert[1]++;
      heaviest.add(expert);
    }
    return heaviest.peek()[0] / heaviest.peek()[1];
  }
}
