package dev.rackplan.bound;

import dev.rackplan.cost.Batch;
import dev.rackplan.cost.GpuRates;
import dev.rackplan.cost.MemoryUse;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageShape;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Problem;
import java.util.Arrays;
import java.util.List;

/**
 * Lower bounds on a MoE layer's expert time and all-to-all, over all placements with the layout's slots.
 *
 * <ul>
 *   <li>compute: all FLOPs over all GPUs' sustained rates together; and the hottest expert's load over the most replicas it can have, on
 *       the fastest GPU.
 *   <li>memory: {@code Σ_e (1-(1-f_e)^N)·w·P} over all bandwidths together; more replicas only add to it.
 *   <li>network: per home domain, the expert copies that exceed what the most loaded experts a domain can hold would keep at home; one copy
 *       for k experts at most, a little less where only loads are known and experts count as independent.
 * </ul>
 *
 * <p>Source: COST_MODEL section 6. They hold for each scenario, so the largest over scenarios holds.
 */
public final class LayerBound {
  private LayerBound() {}

  /** Expert time in s that no placement of {@code moe} on {@code shape} goes below. */
  public static double expertSeconds(Problem problem, Layout layout, StageShape shape, Batch batch, MoeFfn moe, List<ScenarioLayer> routing) {
    double worst = 0;
    for (ScenarioLayer scenario : routing) {
      worst = Math.max(worst, expertSeconds(problem, layout, shape, batch, moe, scenario));
    }
    return worst;
  }

  private static double expertSeconds(
      Problem problem, Layout layout, StageShape shape, Batch batch, MoeFfn moe, ScenarioLayer routing) {
    double flopsRate = 0;
    double fastest = 0;
    double bytesRate = 0;
    double sharedCompute = 0;
    double sharedMemory = 0;
    double leastShared = Double.POSITIVE_INFINITY;
    double always = moe.sharedParameters() + (double) moe.routerParameters();
    for (int g = 0; g < shape.gpuCount(); g++) {
      double flops = GpuRates.flopsPerSecond(shape.spec(g), problem.precision().experts());
      double bytes = GpuRates.bytesPerSecond(shape.spec(g));
      double shared = 2 * always * batch.tokensPerGpu() / GpuRates.flopsPerSecond(shape.spec(g), problem.precision().weights());
      flopsRate += flops;
      fastest = Math.max(fastest, flops);
      bytesRate += bytes;
      // A GPU's time t gives (t - shared) · rate of routed work: summed over GPUs, t ≥ (work + Σ shared·rate) / Σ rate.
      sharedCompute += shared * flops;
      sharedMemory += always * problem.precision().weights().bytes();
      leastShared = Math.min(leastShared, shared);
    }
    double pairFlops = 2 * (double) moe.parametersPerExpert() * batch.tokens();
    double active = 0;
    double hottest = 0;
    for (int e = 0; e < routing.experts(); e++) {
      active += 1 - StrictMath.pow(1 - Math.min(1, routing.frequency(e)), batch.tokens());
      hottest = Math.max(hottest, routing.frequency(e));
    }
    int slots = MemoryUse.slotsPerGpu(layout, moe) * layout.expertParallel();
    int replicaLimit = Math.max(1, Math.min(shape.gpuCount(), slots - routing.experts() + 1));
    double mean = (pairFlops * moe.expertsPerToken() + sharedCompute) / flopsRate;
    double hot = pairFlops * hottest / replicaLimit / fastest + leastShared;
    double memory = (active * moe.parametersPerExpert() * problem.precision().experts().bytes() + sharedMemory) / bytesRate;
    return Math.max(memory, Math.max(mean, hot));
  }

  /** Seconds per byte of one copy that the busiest link takes at least. */
  public static double secondsPerByte(Problem problem, Layout layout, StageShape shape, Batch batch, MoeFfn moe, List<ScenarioLayer> routing) {
    double worst = 0;
    for (ScenarioLayer scenario : routing) {
      worst = Math.max(worst, secondsPerByte(problem, layout, shape, batch, moe, scenario));
    }
    return worst;
  }

  private static double secondsPerByte(
      Problem problem, Layout layout, StageShape shape, Batch batch, MoeFfn moe, ScenarioLayer routing) {
    int slotsPerGpu = MemoryUse.slotsPerGpu(layout, moe);
    boolean merged = problem.engine().copyRule() != CopyRule.PER_EXPERT;
    boolean independent = merged && routing.loadProfiles() > 0;
    double bound = portBound(shape, batch, moe, slotsPerGpu, independent);
    if (shape.domainCount() == 1) {
      return bound;
    }
    double[] ascending = new double[routing.experts()];
    for (int e = 0; e < ascending.length; e++) {
      ascending[e] = routing.frequency(e);
    }
    Arrays.sort(ascending);
    double nic = shape.scaleOut().nic().sustainedBytesPerSecond();
    for (int d = 0; d < shape.domainCount(); d++) {
      int held = Math.min(ascending.length, slotsPerGpu * shape.domainSize(d));
      double away = 0;
      for (int e = 0; e < ascending.length - held; e++) {
        away += ascending[e];
      }
      double copies = batch.tokensPerGpu() * shape.domainSize(d) * away / (merged ? expertsPerCopy(moe.expertsPerToken(), independent) : 1);
      bound = Math.max(bound, copies / shape.domainSize(d) / nic);
      bound = Math.max(bound, copies / shape.domainUplinkBytesPerSecond(d));
    }
    return bound;
  }

  // Most experts that one merged copy serves: all k of a recorded token. Where experts are drawn independently with the loads' frequencies
  // a token has k of them in the mean only: a receiver that gets A of them in the mean is sent 1 - Π(1-f) ≥ 1 - e^-A copies, which is
  // concave in A, so at least A·(1 - e^-k)/k.
  private static double expertsPerCopy(int expertsPerToken, boolean independent) {
    return independent ? expertsPerToken / (1 - StrictMath.exp(-expertsPerToken)) : expertsPerToken;
  }

  // Every token's experts need at least ceil(k / slots of a GPU) GPUs, one of which may be its own; if all receivers sit in the home domain
  // the copies cross ports, else NICs: the fastest of the two for all of them bounds the mean receiver. Experts drawn independently need
  // k / slots GPUs in the mean: with L of a token's experts in the mean on a GPU of s slots, 1 - (1 - L/s)^s ≥ L/s.
  private static double portBound(StageShape shape, Batch batch, MoeFfn moe, int slotsPerGpu, boolean independent) {
    double rate = 0;
    for (int d = 0; d < shape.domainCount(); d++) {
      rate = Math.max(rate, shape.scaleUp(d).sustainedBytesPerSecond());
    }
    if (shape.domainCount() > 1) {
      rate += shape.scaleOut().nic().sustainedBytesPerSecond();
    }
    double perGpu = moe.expertsPerToken() / (double) slotsPerGpu;
    double receivers = independent ? perGpu : Math.ceil(perGpu);
    return batch.tokensPerGpu() * Math.max(0, receivers - 1) / rate;
  }
}
