package dev.rackplan.cost;

import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.TransferStart;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.ExpertPrice;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.cost.operation.Stream;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.cost.placement.SlowestRank;
import dev.rackplan.cost.placement.StepLoads;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Turns a {@link PlacementTally} into the time of a MoE layer's expert part: per-GPU expert times
 * and the all-to-all.
 *
 * <ul>
 *   <li>experts on GPU g: the law of (pairs, active experts, tokens), {@link ExpertPrice}; the
 *       layer waits for the slowest GPU, which is another one from step to step: {@link
 *       SlowestRank}.
 *   <li>all-to-all: its start + the most loaded directed link's bytes over its sustained rate, once
 *       for dispatch, once for combine ({@link ExchangeLinks}); nothing where an all-reduce takes
 *       its place.
 * </ul>
 *
 * <p>Source: docs/cost-model.md. Immutable.
 */
public final class ExpertLayerModel {
  private final StageShape shape;
  private final double tokens;
  private final double tokensAtOnce;
  private final double tokensPerSequence;
  private final LayerExchange exchange;
  // Of each GPU.
  private final ExpertPrice[] prices;
  private final WindowTimes windowTimes;
  // The layer's terms that no placement changes; those that compute may hide the network.
  private final Breakdown beside;
  private final double besideCompute;
  private final double shared;
  private final StreamOverlap overlap;
  private final Map<ScenarioLayer, SlowestRank> slowestRanks = new ConcurrentHashMap<>();

  /** The experts of MoE layer {@code layer} on one stage, the rest of the layer left out. */
  public ExpertLayerModel(Problem problem, Layout layout, Layer layer, StageShape shape) {
    this(
        problem,
        layout,
        layer,
        shape,
        new StagePrices(problem, shape),
        () -> new TransferStart(0, 0),
        StreamOverlap.NOTHING,
        Breakdown.NONE);
  }

  /**
   * As above.
   *
   * @param shape the GPUs that expert slots are dealt to
   * @param gpus what operations take on the stage's GPUs
   * @param around all-gather and reduce-scatter of the stage's tokens, where they take the
   *     all-to-all's place, or those among GPUs that slice experts, after it
   * @param overlap what of the layer runs side by side
   * @param beside the layer's terms that no placement changes
   */
  public ExpertLayerModel(
      Problem problem,
      Layout layout,
      Layer layer,
      StageShape shape,
      StagePrices gpus,
      Supplier<TransferStart> around,
      StreamOverlap overlap,
      Breakdown beside) {
    MoeFfn moe = (MoeFfn) layer.ffn();
    Batch batch = Batch.of(problem, layout);
    PhaseCost phase = PhaseCost.of(problem, layout);
    this.overlap = overlap;
    this.beside = beside;
    this.besideCompute = beside.sum(Stream.COMPUTE);
    this.shared = beside.of(Term.SHARED);
    this.shape = shape;
    this.tokens = batch.tokens();
    this.tokensAtOnce = batch.tokensAtOnce();
    this.tokensPerSequence =
        Math.max(1, Math.min(tokensAtOnce, layout.queryTokens(problem.workload())));
    this.exchange = LayerExchange.of(problem, layout, moe, shape, gpus, around);
    this.prices = new ExpertPrice[shape.gpuCount()];
    int group = layout.gpusPerExpertHost();
    for (int host = 0; host < prices.length; host++) {
      prices[host] =
          host > 0 && gpus.sameAt(host * group, (host - 1) * group, group)
              ? prices[host - 1]
              : slowest(gpus, host * group, group, layer, batch, layout, phase);
    }
    this.windowTimes = windowTimes(prices, moe, tokensAtOnce);
  }

  private static WindowTimes windowTimes(ExpertPrice[] prices, MoeFfn moe, double tokensAtOnce) {
    double active =
        Roofline.expectedDistinctExperts(moe.experts(), moe.expertsPerToken(), tokensAtOnce);
    return new WindowTimes(
        prices,
        (double) moe.expertsPerToken() / prices.length,
        active / prices.length,
        tokensAtOnce);
  }

  // GPUs that slice the same experts wait for the slowest of them, which balanced loads show.
  private static ExpertPrice slowest(
      StagePrices gpus,
      int first,
      int count,
      Layer layer,
      Batch batch,
      Layout layout,
      PhaseCost phase) {
    MoeFfn moe = (MoeFfn) layer.ffn();
    double pairs = batch.tokensAtOnce() * moe.expertsPerToken() / layout.expertHostCount();
    double active = (double) moe.experts() / layout.expertHostCount();
    ExpertPrice slowest = phase.experts(layer, moe, gpus.of(first), batch, layout);
    for (int g = first + 1; g < first + count; g++) {
      if (gpus.of(g) != gpus.of(g - 1)) {
        ExpertPrice other = phase.experts(layer, moe, gpus.of(g), batch, layout);
        slowest = other.seconds(pairs, active) > slowest.seconds(pairs, active) ? other : slowest;
      }
    }
    return slowest;
  }

  /** Time in s before the first byte of a collective of the stage's GPUs arrives. */
  static double latencySeconds(StageShape shape) {
    return shape.domainCount() > 1
        ? shape.scaleOutLatencySeconds()
        : shape.scaleUp(0).latencySeconds();
  }

  /** Tokens N of one micro-batch over the whole stage. */
  public double tokens() {
    return tokens;
  }

  /** As {@link Batch#tokensAtOnce}. */
  public double tokensAtOnce() {
    return tokensAtOnce;
  }

  /** Tokens of one sequence among those at once. */
  double tokensPerSequence() {
    return tokensPerSequence;
  }

  /** What the experts of each GPU take. */
  public ExpertPrice price(int gpu) {
    return prices[gpu];
  }

  /**
   * Time of GPU {@code gpu}, which computes {@code load} (token, expert) pairs per token of the
   * stage with {@code active} experts at once.
   */
  public ExpertTime gpuTime(int gpu, double load, double active) {
    return prices[gpu].time(load * tokensAtOnce, active);
  }

  /** The same in s. */
  public double gpuSeconds(int gpu, double load, double active) {
    return prices[gpu].seconds(load * tokensAtOnce, active);
  }

  /** Time of the experts of GPU {@code gpu} in s. */
  public double gpuSeconds(PlacementTally tally, int gpu) {
    return gpuSeconds(gpu, tally.load(gpu), tally.activeExperts(gpu));
  }

  /**
   * As {@link #gpuSeconds(PlacementTally, int)} with {@code deviations} times {@link
   * PlacementTally#loadDeviation} more load.
   */
  public double gpuSeconds(PlacementTally tally, int gpu, double deviations) {
    double load = tally.load(gpu) + deviations * tally.loadDeviation(gpu);
    return gpuSeconds(gpu, load, tally.activeExperts(gpu));
  }

  /** How far the slowest GPU is expected above others under {@code routing}. */
  public SlowestRank slowestRank(ScenarioLayer routing) {
    return slowestRanks.computeIfAbsent(
        routing,
        key ->
            StepLoads.of(key, shape.gpuCount(), tokensAtOnce, tokensPerSequence)
                .slowestRank(prices));
  }

  /**
   * Mean over the windows of a sample of the slowest GPU's expert time in s.
   *
   * @param tally of a routing in windows
   * @param means of the GPUs at their mean loads, in s
   */
  public double windowedExpertSeconds(PlacementTally tally, double[] means) {
    return windowTimes.seconds(tally, means);
  }

  /** How times move from window to window. */
  WindowTimes windowTimes() {
    return windowTimes;
  }

  /**
   * Position of the GPU whose experts take longest in one of the sample's windows, another one each
   * time: in that of {@code turn}; without windows at its mean load.
   */
  public int slowestGpuInTurn(PlacementTally tally, int turn) {
    if (tally.windows() == 0) {
      return slowestGpu(tally);
    }
    int window = turn % tally.windows();
    int slowest = 0;
    double most = -1;
    double[] row = new double[tally.windows()];
    for (int g = 0; g < shape.gpuCount(); g++) {
      int from = g * row.length;
      windowTimes.fill(
          g,
          gpuSeconds(tally, g),
          tally.fixedLoad(g),
          tally.windowLoads(),
          from,
          row.length,
          row,
          0);
      if (row[window] > most) {
        most = row[window];
        slowest = g;
      }
    }
    return slowest;
  }

  /** Position of the GPU whose experts take longest at its mean load. */
  public int slowestGpu(PlacementTally tally) {
    int slowest = 0;
    double most = -1;
    for (int g = 0; g < shape.gpuCount(); g++) {
      double seconds = gpuSeconds(tally, g);
      if (seconds > most) {
        most = seconds;
        slowest = g;
      }
    }
    return slowest;
  }

  /** Expected time of the slowest GPU's experts in s. */
  public double expertSeconds(PlacementTally tally) {
    double[] means = new double[prices.length];
    for (int g = 0; g < means.length; g++) {
      means[g] = gpuSeconds(tally, g);
    }
    return slowestRank(tally.routing()).seconds(means);
  }

  /** The same with its parts: those of the slowest GPU at the mean loads, and what is beyond. */
  ExpertTime experts(PlacementTally tally) {
    int slowest = slowestGpu(tally);
    ExpertTime mean = gpuTime(slowest, tally.load(slowest), tally.activeExperts(slowest));
    return mean.longer(expertSeconds(tally) - mean.seconds());
  }

  /**
   * What the placement adds to the layer's other compute in s: what it is judged by. How compute
   * and network overlap: {@link StreamOverlap}.
   */
  public double placementSeconds(PlacementTally tally) {
    return placementSecondsOf(expertSeconds(tally), exchange.busiestLink(tally).secondsPerByte());
  }

  /**
   * As {@link #placementSeconds(PlacementTally)}, the busiest scale-out link's excess over the mean
   * NIC's time counted in part only.
   *
   * <p>Which of the links is busiest differs from one sample of the traffic to the next, so that a
   * sample's own busiest link overstates what evening out links is worth on others.
   *
   * @param excessShare share of the excess that counts, in [0, 1]
   */
  public double placementSeconds(PlacementTally tally, double excessShare) {
    return placementSeconds(tally, excessShare, expertSeconds(tally));
  }

  /** As above, {@code expertSeconds} in place of the time of the slowest GPU's experts in s. */
  public double placementSeconds(PlacementTally tally, double excessShare, double expertSeconds) {
    return placementSecondsOf(
        expertSeconds, exchange.links().temperedSecondsPerByte(tally, excessShare));
  }

  private double placementSecondsOf(double experts, double perByte) {
    return overlap.addedSeconds(
        experts,
        exchange.dispatchSeconds(perByte) + exchange.combineSeconds(perByte),
        besideCompute,
        shared);
  }

  /** What the placement adds to the layer, term by term in s. */
  public Breakdown terms(PlacementTally tally) {
    return terms(tally, exchange.busiestLink(tally));
  }

  /** The same with {@link LayerExchange#busiestLink} at hand. */
  public Breakdown terms(PlacementTally tally, BusiestLink busiest) {
    return terms(experts(tally), busiest.secondsPerByte());
  }

  /**
   * The same where the slowest GPU's experts take {@code experts} and a byte of each copy takes
   * {@code secondsPerByte} on the busiest link: of a bound, what no placement is below.
   */
  public Breakdown terms(ExpertTime experts, double secondsPerByte) {
    return Breakdown.of(
            experts.fetchBound() ? Term.EXPERT_FETCH : Term.EXPERT_COMPUTE, experts.seconds())
        .with(Term.DISPATCH, exchange.dispatchSeconds(secondsPerByte))
        .with(Term.COMBINE, exchange.combineSeconds(secondsPerByte));
  }

  /**
   * Terms where each GPU computes an equal share and sends each token's copies to GPUs that are
   * drawn evenly: over the NICs what leaves the domain, over the ports the rest.
   */
  Breakdown evenTerms(MoeFfn moe) {
    int gpus = shape.gpuCount();
    double active =
        Roofline.expectedDistinctExperts(moe.experts(), moe.expertsPerToken(), tokensAtOnce) / gpus;
    double copies = tokens / gpus * ExpertPrice.Handled.receivers(moe, gpus);
    double away = shape.domainCount() == 1 ? 0 : 1 - 1.0 / shape.domainCount();
    double perByte =
        Math.max(
            copies * away / shape.meanNicBytesPerSecond(),
            copies * (1 - away) * (gpus - 1) / gpus / shape.scaleUp(0).sustainedBytesPerSecond());
    double[] even = new double[moe.experts()];
    Arrays.fill(even, (double) moe.expertsPerToken() / moe.experts());
    StepLoads loads =
        StepLoads.of(even, moe.expertsPerToken(), 0, gpus, tokensAtOnce, tokensPerSequence);
    ExpertTime mean = gpuTime(0, (double) moe.expertsPerToken() / gpus, active);
    return terms(mean.longer(loads.slowestRank(prices).excessSeconds()), perByte);
  }

  /** The layer's terms that no placement changes. */
  public Breakdown beside() {
    return beside;
  }

  /** The all-to-all to and from the experts. */
  public LayerExchange exchange() {
    return exchange;
  }

  StreamOverlap overlap() {
    return overlap;
  }
}
