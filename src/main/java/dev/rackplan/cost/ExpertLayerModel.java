package dev.rackplan.cost;

import dev.rackplan.cost.BusiestLink.Kind;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import java.util.Arrays;
import java.util.List;
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
 *       for dispatch, once for combine; nothing where an all-reduce takes its place. Links: each
 *       GPU's scale-up port, islands' ports and ways out, each GPU's NIC, and every uplink of
 *       {@link PortGroups}. Combine sends the same copies the other way.
 * </ul>
 *
 * <p>What kernels send: DeepEP's low-latency kernels one copy for each chosen expert, over the
 * sender's own NIC; its throughput kernels one copy for each node, to the GPU there with the
 * sender's number, which keeps to its rail, and over NVLink from there; NCCL's all-to-all by
 * forwarding where that is on. Only GPUs that have tokens send: with fewer sequences than attention
 * ranks each of these sends more than the mean.
 *
 * <p>Source: docs/cost-model.md; DeepEP's internode.cu and internode_ll.cu. Left out: contention
 * inside switches, what a sender's port carries beyond the mean of its domain (receivers bind), the
 * ports of GPUs that forward. Immutable.
 */
public final class ExpertLayerModel {
  // By how much sums of whole-number shares may stray from one another, relatively.
  private static final double ROUNDING = 1e-6;

  private final StageShape shape;
  private final double tokens;
  private final double tokensAtOnce;
  private final double tokensPerSequence;
  private final CopyRule copyRule;
  private final boolean keepsToRails;
  // Tokens of a GPU that has some over the mean.
  private final double crowding;
  private final double dispatchBytes;
  private final double combineBytes;
  private final TransferStart start;
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
  ExpertLayerModel(
      Problem problem,
      Layout layout,
      Layer layer,
      StageShape shape,
      StagePrices gpus,
      Supplier<TransferStart> around,
      StreamOverlap overlap,
      Breakdown beside) {
    MoeFfn moe = (MoeFfn) layer.ffn();
    Precision precision = problem.precision();
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
    this.copyRule = problem.engine().copyRule();
    this.keepsToRails =
        switch (copyRule) {
          case PER_EXPERT -> false;
          case PER_GPU -> shape.portGroups().forwarding();
          case PER_DOMAIN -> true;
        };
    this.crowding =
        problem.workload().prompts().isPresent()
            ? 1
            : Math.max(1, layout.attentionRanks() / (double) layout.sequencesPerMicroBatch());
    // In training the layer's time is that of all its passes.
    Exchange exchange = Exchange.of(problem, layout);
    boolean sends = exchange == Exchange.ALL_TO_ALL;
    // Each of the GPUs that slice an expert takes its own senders' copies.
    double bytesPerElement =
        sends ? phase.counts().network() * moe.tokenWidth() / layout.gpusPerExpertHost() : 0;
    this.dispatchBytes = bytesPerElement * precision.dispatch().bytes();
    this.combineBytes = bytesPerElement * precision.combine().bytes();
    this.start =
        switch (exchange) {
          case ALL_TO_ALL -> phase.transferStart(moe, gpus, shape, batch).plus(around.get());
          case ALL_GATHER -> around.get();
          case NONE, ALL_REDUCE -> new TransferStart(0, 0);
        };
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
  double gpuSeconds(int gpu, double load, double active) {
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

  /** Dispatch of one micro-batch in s. */
  public double dispatchSeconds(double secondsPerByte) {
    return start.dispatchSeconds() + secondsPerByte * dispatchBytes;
  }

  /** Combine of one micro-batch in s. */
  public double combineSeconds(double secondsPerByte) {
    return start.combineSeconds() + secondsPerByte * combineBytes;
  }

  /**
   * What the placement adds to the layer's other compute in s: what it is judged by. How compute
   * and network overlap: {@link StreamOverlap}.
   */
  public double placementSeconds(PlacementTally tally) {
    return placementSecondsOf(expertSeconds(tally), busiestLink(tally).secondsPerByte());
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
    LinkScan scan = new LinkScan();
    double mean = scanScaleOut(scan, tally);
    LinkScan tempered = new LinkScan();
    // Without rounding where all of it counts.
    double most = excessShare == 1 ? scan.most() : mean + excessShare * (scan.most() - mean);
    tempered.see(scan.busiest(), most);
    scanPorts(tempered, tally);
    return placementSecondsOf(expertSeconds, tempered.most());
  }

  private double placementSecondsOf(double experts, double perByte) {
    return overlap.addedSeconds(
        experts, dispatchSeconds(perByte) + combineSeconds(perByte), besideCompute, shared);
  }

  /** What the placement adds to the layer, term by term in s. */
  public Breakdown terms(PlacementTally tally) {
    return terms(tally, busiestLink(tally));
  }

  /** The same with {@link #busiestLink} at hand. */
  Breakdown terms(PlacementTally tally, BusiestLink busiest) {
    return terms(experts(tally), busiest.secondsPerByte());
  }

  /**
   * The same where the slowest GPU's experts take {@code experts} and a byte of each copy takes
   * {@code secondsPerByte} on the busiest link: of a bound, what no placement is below.
   */
  public Breakdown terms(ExpertTime experts, double secondsPerByte) {
    return Breakdown.of(
            experts.fetchBound() ? Term.EXPERT_FETCH : Term.EXPERT_COMPUTE, experts.seconds())
        .with(Term.DISPATCH, dispatchSeconds(secondsPerByte))
        .with(Term.COMBINE, combineSeconds(secondsPerByte));
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
  Breakdown beside() {
    return beside;
  }

  StreamOverlap overlap() {
    return overlap;
  }

  /**
   * The link whose copies of one micro-batch take longest, with the seconds that one byte per copy
   * costs there.
   *
   * <p>The ports out of a domain's GPUs carry, in the mean, what its GPUs receive from one another,
   * so they never bind before the fullest port in. Ports come last: a GPU gets at most one copy for
   * each choice that it serves, and where that many would not bind its copies need no counting.
   */
  public BusiestLink busiestLink(PlacementTally tally) {
    LinkScan scan = new LinkScan();
    scanScaleOut(scan, tally);
    scanPorts(scan, tally);
    return scan.busiest();
  }

  /** Every link that copies cross, with the seconds that one byte per copy costs there. */
  public List<BusiestLink> links(PlacementTally tally) {
    LinkScan.All scan = new LinkScan.All();
    scanScaleOut(scan, tally);
    scanPorts(scan, tally);
    return scan.links();
  }

  /** The mean NIC's seconds per byte. */
  private double scanScaleOut(LinkScan scan, PlacementTally tally) {
    if (shape.domainCount() == 1) {
      return 0;
    }
    double tokensPerGpu = tokens / shape.gpuCount();
    DomainTraffic traffic = new DomainTraffic(shape, keepsToRails);
    if (copyRule == CopyRule.PER_DOMAIN) {
      countForwarded(tally, tokensPerGpu, traffic::addToDomain);
    } else {
      countDirect(tally, tokensPerGpu, traffic, scan);
    }
    scanGroups(scan, traffic);
    return traffic.sent() / shape.gpuCount() / shape.meanNicBytesPerSecond();
  }

  /** Seconds per byte of a copy on the busiest NIC or uplink; 0 within one domain. */
  double linkSecondsPerByte(PlacementTally tally) {
    LinkScan scan = new LinkScan();
    scanScaleOut(scan, tally);
    return scan.most();
  }

  /** Seconds per byte of a copy on the fullest port in. */
  double portSecondsPerByte(PlacementTally tally) {
    LinkScan scan = new LinkScan();
    scanPorts(scan, tally);
    return scan.most();
  }

  private void scanPorts(LinkScan scan, PlacementTally tally) {
    if (shape.islands().any()) {
      scanIslands(scan, tally);
      return;
    }
    double tokensPerGpu = tokens / shape.gpuCount();
    for (int g = 0; g < shape.gpuCount(); g++) {
      double rate = shape.scaleUp(shape.domainOf(g)).sustainedBytesPerSecond();
      if (tokens * tally.mostCopies(g) * (1 + ROUNDING) / rate > scan.most()) {
        scan.see(Kind.PORT_IN, g, portCopies(tally, g, tokensPerGpu) / rate);
      }
    }
    if (crowding > 1) {
      scanSenders(scan, tally);
    }
  }

  // Copies inside a domain leave the few GPUs that have tokens.
  private void scanSenders(LinkScan scan, PlacementTally tally) {
    double tokensPerGpu = tokens / shape.gpuCount();
    double[] sent = new double[shape.domainCount()];
    for (int g = 0; g < shape.gpuCount(); g++) {
      int domain = shape.domainOf(g);
      sent[domain] += tokensPerGpu * (shape.domainSize(domain) - 1) * tally.copiesFromOwnDomain(g);
    }
    for (int d = 0; d < sent.length; d++) {
      double rate = shape.scaleUp(d).sustainedBytesPerSecond();
      scan.see(Kind.PORT_OUT, d, crowding * sent[d] / shape.domainSize(d) / rate);
    }
  }

  // Senders of a domain are alike, so of what a GPU receives from its domain its island's part is
  // that of its island's GPUs.
  private void scanIslands(LinkScan scan, PlacementTally tally) {
    IslandShape islands = shape.islands();
    double tokensPerGpu = tokens / shape.gpuCount();
    double[] into = new double[islands.count()];
    for (int g = 0; g < shape.gpuCount(); g++) {
      int island = islands.of(g);
      int others = shape.domainSize(shape.domainOf(g)) - 1;
      double copies = portCopies(tally, g, tokensPerGpu);
      double inside = others == 0 ? 0 : copies * (islands.size(island) - 1) / others;
      double port = shape.scaleUp(shape.domainOf(g)).sustainedBytesPerSecond();
      into[island] += copies - inside;
      if (islands.hasPorts(island)) {
        scan.see(Kind.ISLAND_PORT_IN, g, inside / islands.insideBytesPerSecond(island));
        scan.see(Kind.PORT_IN, g, (copies - inside) / port);
      } else {
        scan.see(Kind.PORT_IN, g, copies / port);
      }
    }
    double[] out = islands.outOf(into, shape);
    for (int island = 0; island < into.length; island++) {
      scan.see(
          Kind.ISLAND_UPLINK,
          island,
          Math.max(into[island], out[island]) / islands.uplinkBytesPerSecond(island));
    }
    if (crowding > 1) {
      scanSenders(scan, tally);
    }
  }

  // A forwarded copy lands on one GPU of the domain and crosses a port unless it landed at its
  // receiver.
  private double portCopies(PlacementTally tally, int gpu, double tokensPerGpu) {
    int own = shape.domainOf(gpu);
    int size = shape.domainSize(own);
    double copies = tokensPerGpu * (size - 1) * tally.copiesFromOwnDomain(gpu);
    return copyRule == CopyRule.PER_DOMAIN
        ? copies + fromOtherDomains(tally, gpu, tokensPerGpu) * (size - 1) / size
        : copies;
  }

  private double fromOtherDomains(PlacementTally tally, int gpu, double tokensPerGpu) {
    double copies = 0;
    for (int home = 0; home < shape.domainCount(); home++) {
      if (home != shape.domainOf(gpu)) {
        copies += tokensPerGpu * shape.domainSize(home) * tally.copiesFromOtherDomain(home, gpu);
      }
    }
    return copies;
  }

  private void countDirect(
      PlacementTally tally, double tokensPerGpu, DomainTraffic traffic, LinkScan scan) {
    for (int g = 0; g < shape.gpuCount(); g++) {
      int own = shape.domainOf(g);
      int group = shape.portGroups().of(g);
      for (int home = 0; home < shape.domainCount(); home++) {
        if (home != own) {
          traffic.add(
              home,
              group,
              tokensPerGpu * shape.domainSize(home) * tally.copiesFromOtherDomain(home, g));
        }
      }
      scan.see(
          Kind.NIC_IN, g, fromOtherDomains(tally, g, tokensPerGpu) / shape.nicBytesPerSecond(g));
    }
  }

  /** Takes copies of one micro-batch from one domain to another. */
  @FunctionalInterface
  private interface DomainCopies {
    void add(int home, int domain, double copies);
  }

  private void countForwarded(PlacementTally tally, double tokensPerGpu, DomainCopies traffic) {
    for (int home = 0; home < shape.domainCount(); home++) {
      for (int domain = 0; domain < shape.domainCount(); domain++) {
        if (domain != home) {
          traffic.add(
              home,
              domain,
              tokensPerGpu * shape.domainSize(home) * tally.copiesToDomain(home, domain));
        }
      }
    }
  }

  private void scanGroups(LinkScan scan, DomainTraffic traffic) {
    PortGroups groups = shape.portGroups();
    for (int group = 0; group < groups.count(); group++) {
      int size = groups.size(group);
      double nic = groups.nicBytesPerSecond(group);
      scan.see(Kind.NIC_OUT, group, crowding * traffic.out(group) / size / nic);
      if (copyRule == CopyRule.PER_DOMAIN) {
        scan.see(Kind.NIC_IN_MEAN, group, traffic.in(group) / size / nic);
      }
    }
    for (int uplink = 0; uplink < groups.uplinks().size(); uplink++) {
      double rate = groups.uplinkBytesPerSecond(uplink);
      scan.see(Kind.UPLINK, uplink, traffic.onUplink(uplink) / rate);
    }
  }

  /** Bytes from domain to domain [from][to] of one micro-batch, dispatch and combine together. */
  public double[][] domainBytes(PlacementTally tally) {
    double[][] bytes = new double[shape.domainCount()][shape.domainCount()];
    double tokensPerGpu = tokens / shape.gpuCount();
    if (copyRule == CopyRule.PER_DOMAIN) {
      countForwarded(
          tally,
          tokensPerGpu,
          (home, domain, copies) -> bytes[home][domain] += copies * bytesPerCopy());
      return bytes;
    }
    for (int g = 0; g < shape.gpuCount(); g++) {
      for (int home = 0; home < shape.domainCount(); home++) {
        if (home != shape.domainOf(g)) {
          double copies =
              tokensPerGpu * shape.domainSize(home) * tally.copiesFromOtherDomain(home, g);
          bytes[home][shape.domainOf(g)] += copies * bytesPerCopy();
        }
      }
    }
    return bytes;
  }

  /** Bytes that other GPUs send to GPU {@code gpu} for one micro-batch, both ways together. */
  public double receivedBytes(PlacementTally tally, int gpu) {
    double tokensPerGpu = tokens / shape.gpuCount();
    double others = shape.domainSize(shape.domainOf(gpu)) - 1;
    double own = tokensPerGpu * others * tally.copiesFromOwnDomain(gpu);
    double other = shape.domainCount() == 1 ? 0 : fromOtherDomains(tally, gpu, tokensPerGpu);
    return (own + other) * bytesPerCopy();
  }

  /** Bytes per token of the stage that leave their home domain, dispatch and combine together. */
  public double scaleOutBytesPerToken(PlacementTally tally) {
    return RemoteTraffic.copiesPerToken(tally) * bytesPerCopy();
  }

  /** Bytes of one copy, dispatch and combine together. */
  double bytesPerCopy() {
    return dispatchBytes + combineBytes;
  }
}
