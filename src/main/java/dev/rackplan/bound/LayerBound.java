package dev.rackplan.bound;

import dev.rackplan.cost.Batch;
import dev.rackplan.cost.GpuRates;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageShape;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Problem;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Lower bounds on a MoE layer's expert time and all-to-all, over all placements with the layout's
 * slots.
 *
 * <ul>
 *   <li>compute: all FLOPs over all GPUs' sustained rates together; and the largest replica's load
 *       when the slots are dealt to experts as well as can be, on the fastest GPU.
 *   <li>memory: {@code Σ_e (1-(1-f_e)^N)·w·P} over all bandwidths together; more replicas only add
 *       to it.
 *   <li>network: per home domain, the expert choices that exceed what the most loaded experts a
 *       domain can hold would keep at home. Distinct receivers are fewer than choices by at most
 *       the pairs that one receiver can hold together ({@link Overlap}), and at least one in k.
 *   <li>where only loads are known: the fewest receivers that independent choices can have ({@link
 *       IndependentReceivers}).
 *   <li>ports: the mean receiver's copies, likewise, over its port and NIC together; and the copies
 *       for the largest replica.
 * </ul>
 *
 * <p>Source: COST_MODEL section 6. They hold for each scenario, so the largest over scenarios
 * holds.
 */
public final class LayerBound {
  // Copies per token by which the cost model's whole-number sums may round below the real ones.
  private static final double ROUNDING = 1e-9;

  private LayerBound() {}

  /** Expert time in s that no placement of {@code moe} on {@code shape} goes below. */
  public static double expertSeconds(
      Problem problem,
      Layout layout,
      StageShape shape,
      Batch batch,
      MoeFfn moe,
      List<ScenarioLayer> routing) {
    return worst(routing, scenario -> expertSeconds(problem, layout, shape, batch, moe, scenario));
  }

  private static double expertSeconds(
      Problem problem,
      Layout layout,
      StageShape shape,
      Batch batch,
      MoeFfn moe,
      ScenarioLayer routing) {
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
      double shared =
          2
              * always
              * batch.tokensPerGpu()
              / GpuRates.flopsPerSecond(shape.spec(g), problem.precision().weights());
      flopsRate += flops;
      fastest = Math.max(fastest, flops);
      bytesRate += bytes;
      // A GPU's time t gives (t - shared) · rate of routed work: summed over GPUs, t ≥ (work + Σ
      // shared·rate) / Σ rate.
      sharedCompute += shared * flops;
      sharedMemory += always * problem.precision().weights().bytes();
      leastShared = Math.min(leastShared, shared);
    }
    double pairFlops = 2 * (double) moe.parametersPerExpert() * batch.tokens();
    double active = 0;
    for (int e = 0; e < routing.experts(); e++) {
      active += 1 - StrictMath.pow(1 - Math.min(1, routing.frequency(e)), batch.tokens());
    }
    double hottest =
        leastLargestReplica(routing, dealt(layout, shape, moe).slots(), shape.gpuCount());
    double mean = (pairFlops * moe.expertsPerToken() + sharedCompute) / flopsRate;
    double hot = pairFlops * Math.max(0, hottest - ROUNDING) / fastest + leastShared;
    double memory =
        (active * moe.parametersPerExpert() * problem.precision().experts().bytes() + sharedMemory)
            / bytesRate;
    return Math.max(memory, Math.max(mean, hot));
  }

  /** Seconds per byte of one copy that the busiest link takes at least. */
  public static double secondsPerByte(
      Problem problem,
      Layout layout,
      StageShape shape,
      Batch batch,
      MoeFfn moe,
      List<ScenarioLayer> routing) {
    return worst(routing, scenario -> secondsPerByte(problem, layout, shape, batch, moe, scenario));
  }

  // The most slots of any plan: fewer only take freedom away, on each GPU and in each domain.
  private static GpuSlots dealt(Layout layout, StageShape shape, MoeFfn moe) {
    return new GpuSlots(moe.experts() + layout.redundantExperts(), shape.gpuCount());
  }

  private static double worst(List<ScenarioLayer> routing, ToDoubleFunction<ScenarioLayer> bound) {
    return routing.stream().mapToDouble(bound).max().orElse(0);
  }

  private static double secondsPerByte(
      Problem problem,
      Layout layout,
      StageShape shape,
      Batch batch,
      MoeFfn moe,
      ScenarioLayer routing) {
    GpuSlots dealt = dealt(layout, shape, moe);
    int slotsPerGpu = dealt.mostSlotsPerGpu();
    int[] slotsOfDomain = new int[shape.domainCount()];
    for (int g = 0; g < shape.gpuCount(); g++) {
      slotsOfDomain[shape.domainOf(g)] += dealt.slotsOf(g);
    }
    int slotsPerDomain = IntStream.of(slotsOfDomain).max().orElseThrow();
    boolean merged = problem.engine().copyRule() != CopyRule.PER_EXPERT;
    double sharedOnGpu = 0;
    double sharedInDomain = 0;
    if (merged) {
      Overlap overlap = new Overlap(routing);
      sharedOnGpu = overlap.choices(slotsPerGpu);
      sharedInDomain = overlap.choices(slotsPerDomain);
    }
    IndependentReceivers receivers = new IndependentReceivers(routing);
    double leastReceivers = merged && routing.tokens() == 0 ? receivers.copies(slotsPerGpu, 0) : 0;
    double bound =
        portBound(
            shape,
            batch,
            dealt.slots(),
            routing,
            Math.max(routing.expertsPerToken() - sharedOnGpu, leastReceivers));
    if (shape.domainCount() == 1) {
      return bound;
    }
    double[] ascending = ascending(routing);
    double nic = shape.scaleOut().nic().sustainedBytesPerSecond();
    double shared =
        switch (problem.engine().copyRule()) {
          case PER_EXPERT -> 0;
          case PER_GPU -> sharedOnGpu;
          case PER_DOMAIN -> sharedInDomain;
        };
    for (int d = 0; d < shape.domainCount(); d++) {
      int held = Math.min(ascending.length, slotsOfDomain[d]);
      double away = 0;
      for (int e = 0; e < ascending.length - held; e++) {
        away += ascending[e];
      }
      double atLeast =
          merged ? away / expertsPerCopy(moe.expertsPerToken(), routing.loadProfiles() > 0) : away;
      double distinct =
          Math.max(
              away - shared,
              Math.max(
                  atLeast,
                  independent(problem, shape, routing, receivers, slotsPerGpu, slotsPerDomain, d)));
      distinct = Math.max(0, distinct - ROUNDING);
      double copies = batch.tokensPerGpu() * shape.domainSize(d) * distinct;
      bound = Math.max(bound, copies / shape.domainSize(d) / nic);
      bound = Math.max(bound, copies / shape.domainUplinkBytesPerSecond(d));
    }
    return bound;
  }

  // Least copies per token of domain d that leave it, where every profile is known by load only.
  private static double independent(
      Problem problem,
      StageShape shape,
      ScenarioLayer routing,
      IndependentReceivers receivers,
      int slotsPerGpu,
      int slotsPerDomain,
      int d) {
    if (routing.tokens() > 0) {
      return 0;
    }
    return switch (problem.engine().copyRule()) {
      case PER_EXPERT -> 0;
      case PER_GPU -> receivers.copies(slotsPerGpu, shape.domainSize(d));
      case PER_DOMAIN -> receivers.copies(slotsPerDomain, 1);
    };
  }

  /**
   * The largest load of one replica, in tokens per token of the stage, that {@code slots} slots
   * can't avoid: each further slot goes to the expert with most load a replica, which is exact.
   * Whatever the dispatch rule, some replica of an expert gets at least its mean.
   */
  static double leastLargestReplica(ScenarioLayer routing, int slots, int gpus) {
    PriorityQueue<double[]> heaviest =
        new PriorityQueue<>(
            Comparator.comparingDouble((double[] expert) -> -expert[0] / expert[1]));
    for (int e = 0; e < routing.experts(); e++) {
      heaviest.add(new double[] {routing.frequency(e), 1});
    }
    for (int slot = routing.experts(); slot < slots && heaviest.peek()[1] < gpus; slot++) {
      double[] expert = heaviest.poll();
      expert[1]++;
      heaviest.add(expert);
    }
    return heaviest.peek()[0] / heaviest.peek()[1];
  }

  // Most experts that one merged copy serves: all k of a recorded token. Where experts are drawn
  // independently with the loads' frequencies
  // a token has k of them in the mean only: a receiver that gets A of them in the mean is sent 1 -
  // Π(1-f) ≥ 1 - e^-A copies, which is
  // concave in A, so at least A·(1 - e^-k)/k.
  private static double expertsPerCopy(int expertsPerToken, boolean independent) {
    return independent ? expertsPerToken / (1 - StrictMath.exp(-expertsPerToken)) : expertsPerToken;
  }

  private static double[] ascending(ScenarioLayer routing) {
    double[] frequency = new double[routing.experts()];
    for (int e = 0; e < frequency.length; e++) {
      frequency[e] = routing.frequency(e);
    }
    Arrays.sort(frequency);
    return frequency;
  }

  // Every copy but those to the token's own GPU crosses a port or a NIC into its receiver.
  private static double portBound(
      StageShape shape, Batch batch, int slots, ScenarioLayer routing, double receivers) {
    double rate = 0;
    for (int d = 0; d < shape.domainCount(); d++) {
      rate = Math.max(rate, shape.scaleUp(d).sustainedBytesPerSecond());
    }
    if (shape.domainCount() > 1) {
      rate += shape.scaleOut().nic().sustainedBytesPerSecond();
    }
    int extra = slots - routing.experts();
    double copies = receivers - keptOnOwnGpu(routing, shape.gpuCount(), extra);
    // The GPU with the largest replica is sent a copy for each of its tokens but those that live
    // there.
    double hottest = ascending(routing)[routing.experts() - 1];
    double largest =
        leastLargestReplica(routing, slots, shape.gpuCount()) - hottest / shape.gpuCount();
    double receiver =
        Math.max(batch.tokensPerGpu() * (copies - ROUNDING), batch.tokens() * (largest - ROUNDING));
    return Math.max(0, receiver) / rate;
  }

  /**
   * Choices per token that its own GPU can hold, mean over GPUs: each expert somewhere, the extra
   * slots given to the most loaded.
   */
  private static double keptOnOwnGpu(ScenarioLayer routing, int gpus, int extra) {
    double[] ascending = ascending(routing);
    double held = routing.expertsPerToken();
    int left = extra;
    for (int e = ascending.length - 1; e >= 0 && left > 0; e--) {
      int more = Math.min(left, gpus - 1);
      held += more * ascending[e];
      left -= more;
    }
    return Math.min(held / gpus, routing.expertsPerToken());
  }
}
