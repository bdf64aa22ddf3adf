package dev.rackplan.bound;

import dev.rackplan.cost.Batch;
import dev.rackplan.cost.GpuRates;
import dev.rackplan.cost.MoeShard;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.StageShape;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Lower bounds on the time of a MoE layer's slowest GPU.
 *
 * <ul>
 *   <li>compute: all FLOPs over all GPUs' sustained rates together; and the largest replica's load
 *       when the slots are dealt to experts as well as can be, on the fastest GPU.
 *   <li>memory: {@code Σ_e (1-(1-f_e)^N)·w·P} over all bandwidths together; more replicas only add
 *       to it.
 * </ul>
 *
 * <p>Source: COST_MODEL section 6. Left out: that a GPU must fill all its slots.
 */
final class ExpertBound {
  private final Batch batch;
  private final MoeFfn moe;
  private final MoeShard shard;
  private final int slots;
  private final int gpus;
  private final double expertWeightBytes;
  // How often training does a forward pass's products; 1 in inference.
  private final double passes;
  private double flopsRate;
  private double fastest;
  private double bytesRate;
  private double sharedCompute;
  private double sharedMemory;
  private double leastShared = Double.POSITIVE_INFINITY;

  ExpertBound(Problem problem, Layout layout, StageShape shape, Batch batch, MoeFfn moe) {
    this.batch = batch;
    this.moe = moe;
    this.slots = moe.experts() + layout.redundantExperts();
    this.gpus = shape.gpuCount();
    this.passes = StageModel.productPasses(problem);
    this.shard = MoeShard.of(moe, layout);
    this.expertWeightBytes =
        passes * shard.expertParameters() * problem.precision().experts().bytes();
    double always = shard.alwaysParameters();
    for (int g = 0; g < gpus; g++) {
      double flops = GpuRates.flopsPerSecond(shape.spec(g), problem.precision().experts());
      double shared =
          passes
              * 2
              * always
              * batch.tokensPerGpu()
              / GpuRates.flopsPerSecond(shape.spec(g), problem.precision().weights());
      flopsRate += flops;
      fastest = Math.max(fastest, flops);
      bytesRate += GpuRates.bytesPerSecond(shape.spec(g));
      // A GPU's time t gives (t - shared) · rate of routed work: summed over GPUs, t ≥ (work + Σ
      // shared·rate) / Σ rate.
      sharedCompute += shared * flops;
      sharedMemory += passes * always * problem.precision().weights().bytes();
      leastShared = Math.min(leastShared, shared);
    }
  }

  /** The strongest bound in s of one scenario. */
  BoundValue seconds(ScenarioLayer routing) {
    return new BoundValue(memorySeconds(routing), BoundTerm.EXPERT_WEIGHTS)
        .or(computeSeconds(routing));
  }

  /**
   * Reading the active experts' weights. Concave in the frequencies, so that of a mean of scenarios
   * says nothing about their mean.
   */
  double memorySeconds(ScenarioLayer routing) {
    double active = 0;
    for (int e = 0; e < routing.experts(); e++) {
      active += 1 - StrictMath.pow(1 - Math.min(1, routing.frequency(e)), batch.tokensAtOnce());
    }
    return batch.parts() * (active * expertWeightBytes + sharedMemory) / bytesRate;
  }

  /** Linear in the frequencies: for a mean of scenarios a bound on their mean. */
  BoundValue computeSeconds(ScenarioLayer routing) {
    double[] loads = new double[routing.experts()];
    for (int e = 0; e < loads.length; e++) {
      loads[e] = routing.frequency(e);
    }
    double mean = (pairFlops() * moe.expertsPerToken() + sharedCompute) / flopsRate;
    return new BoundValue(mean, BoundTerm.MEAN_COMPUTE)
        .or(largestReplicaSeconds(loads), BoundTerm.LARGEST_REPLICA);
  }

  /**
   * The GPU with the largest replica.
   *
   * @param loads share of tokens that choose each expert; of several scenarios the largest
   */
  double largestReplicaSeconds(double[] loads) {
    double largest = leastLargestReplica(loads, slots, gpus);
    return pairFlops() * Math.max(0, largest - LayerBound.ROUNDING) / fastest + leastShared;
  }

  private double pairFlops() {
    return passes * 2 * shard.expertParameters() * batch.tokens();
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
