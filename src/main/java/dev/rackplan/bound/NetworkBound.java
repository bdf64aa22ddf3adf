package dev.rackplan.bound;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Lower bounds on the busiest link of a MoE layer under one scenario.
 *
 * <ul>
 *   <li>choices: per home domain, those that exceed what the most loaded experts that it can hold
 *       keep at home; in the mean over homes, all but what the domains that hold an expert keep of
 *       it. A merged copy serves at most k of them, and spares at most what {@link Overlap} says.
 *   <li>distinct receivers: {@link RemoteReceivers} in the mean over homes, {@link ReceiverSpread}
 *       where all homes choose alike; by loads alone {@link IndependentReceivers} and {@link
 *       HottestReceiver}.
 *   <li>ports: {@link PortBound}.
 * </ul>
 *
 * <p>Homes are domains, and once more the domains below each larger link: what leaves a leaf
 * crosses its uplinks ({@link Homes}).
 */
final class NetworkBound {
  private final StageShape shape;
  private final Batch batch;
  private final ScenarioLayer routing;
  private final CopyRule copyRule;
  private final int slotsPerGpu;
  private final int slotsPerDomain;
  private final int largestDomain;
  private final int extra;
  private final List<Homes> homes = new ArrayList<>();
  // Whether all homes choose replicas alike, and whether none is sent more than even shares.
  private final boolean alike;
  private final boolean evenShares;
  private final boolean merged;
  private final double[] ascending;
  // Only where copies are merged.
  private final Optional<TokenBounds> tokens;

  NetworkBound(
      Problem problem,
      Layout layout,
      StageShape shape,
      Batch batch,
      MoeFfn moe,
      ScenarioLayer routing) {
    this.shape = shape;
    this.batch = batch;
    this.routing = routing;
    this.copyRule = problem.engine().copyRule();
    // The most slots of any plan: fewer only take freedom away, on each GPU and in each domain.
    GpuSlots dealt = new GpuSlots(moe.experts() + layout.redundantExperts(), shape.gpuCount());
    this.slotsPerGpu = dealt.mostSlotsPerGpu();
    homes.addAll(Homes.of(shape));
    this.largestDomain = homes.get(0).largest();
    this.slotsPerDomain = slotsPerGpu * largestDomain;
    this.extra = layout.redundantExperts();
    DispatchRule rule = problem.engine().dispatchRule();
    this.alike = rule.sendersAreAlike() || extra == 0;
    this.evenShares = rule.sendsAwayEvenly() || extra == 0;
    this.merged = copyRule != CopyRule.PER_EXPERT;
    this.tokens = merged ? Optional.of(new TokenBounds(routing)) : Optional.empty();
    // As copies are counted: merged ones token by token, else by loads.
    this.ascending =
        ascending(
            merged
                ? routing.chosenShares()
                : IntStream.range(0, routing.experts()).mapToDouble(routing::frequency).toArray());
  }

  static double[] ascending(double[] shares) {
    double[] ascending = shares.clone();
    Arrays.sort(ascending);
    return ascending;
  }

  /** Seconds per byte of one copy, by the bounds that cost next to nothing. */
  BoundValue quickSecondsPerByte() {
    if (shape.gpuCount() == 1) {
      return BoundValue.ZERO;
    }
    PortBound ports = new PortBound(shape, batch, routing, ascending, slotsPerGpu, extra);
    BoundValue bound = ports.secondsPerByte(shared(slotsPerGpu), merged);
    if (merged && routing.tokens() == 0) {
      bound =
          bound.or(
              shape.domainCount() == 1
                  ? ports.hottestSecondsPerByte(alike, evenShares)
                  : hottestNic(),
              BoundTerm.HOTTEST_RECEIVER);
    }
    if (shape.domainCount() == 1) {
      return bound;
    }
    IndependentReceivers receivers = new IndependentReceivers(routing);
    for (Homes parts : homes) {
      for (int home = 0; home < parts.count(); home++) {
        bound = bound.or(leaving(parts, home, receivers));
      }
      BoundValue mean = merged(meanAway(parts));
      bound = bound.or(meanSeconds(parts, mean.value()), mean.term());
    }
    return bound;
  }

  // Choices per token that can share a receiver of so many slots with another one, at most.
  private double shared(int slots) {
    return tokens.map(bounds -> bounds.shared(slots)).orElse(0.0);
  }

  /** The same by all bounds. */
  BoundValue secondsPerByte() {
    BoundValue bound = quickSecondsPerByte();
    if (!merged || routing.tokens() == 0 || shape.gpuCount() == 1) {
      return bound;
    }
    TokenBounds bounds = tokens.orElseThrow();
    if (shape.domainCount() == 1) {
      return evenShares ? bound.or(portIn(bounds), BoundTerm.REMOTE_RECEIVERS) : bound;
    }
    double fewestReceivers = alike ? fewestReceivers(bounds) : 0;
    for (Homes parts : homes) {
      if (mayBind(parts)) {
        bound =
            bound
                .or(meanSeconds(parts, remoteInTheMean(parts, bounds)), BoundTerm.REMOTE_RECEIVERS)
                .or(
                    meanSeconds(parts, remoteOf(fewestReceivers, parts)),
                    BoundTerm.RECEIVER_SPREAD);
      }
    }
    return bound;
  }

  // What leaves a leaf leaves a domain, too.
  private boolean mayBind(Homes parts) {
    return parts.bytesPerSecond() <= homes.get(0).bytesPerSecond();
  }

  // The program is convex in the shares that leave home, so its mean over homes is at least that of
  // the mean shares, of which each expert has a part at home somewhere.
  private double remoteInTheMean(Homes parts, TokenBounds bounds) {
    int gpus = shape.gpuCount();
    double atHome = 0;
    for (int size : parts.sizes()) {
      atHome += size / (double) gpus * Math.min(routing.experts(), slotsPerGpu * size);
    }
    int smallest = parts.smallest();
    // Where shares are not even, no home may choose a replica that it holds.
    double mostAway = evenShares ? 1 - smallest / (double) gpus : 1;
    int notAtHome = Math.max(0, routing.experts() - slotsPerGpu * smallest);
    return copyRule == CopyRule.PER_DOMAIN
        ? bounds.remote(
            atHome,
            mostAway,
            shape.domainCount() - parts.fewestDomains(),
            Math.min(slotsPerDomain, notAtHome))
        : bounds.remote(atHome, mostAway, gpus - smallest, Math.min(slotsPerGpu, notAtHome));
  }

  private double fewestReceivers(TokenBounds bounds) {
    return copyRule == CopyRule.PER_DOMAIN
        ? bounds.spread(shape.domainCount(), slotsPerDomain, extra)
        : bounds.spread(shape.gpuCount(), slotsPerGpu, extra);
  }

  // A receiver is remote to all tokens but those of its own home.
  private double remoteOf(double receivers, Homes parts) {
    return receivers * (1 - parts.largest() / (double) shape.gpuCount());
  }

  private BoundValue leaving(Homes parts, int home, IndependentReceivers receivers) {
    BoundValue copies = merged(away(parts.sizes()[home]));
    if (merged && routing.tokens() == 0) {
      copies =
          copies.or(
              copyRule == CopyRule.PER_DOMAIN
                  ? receivers.copies(slotsPerDomain, parts.domains()[home])
                  : receivers.copies(slotsPerGpu, parts.sizes()[home]),
              BoundTerm.INDEPENDENT_RECEIVERS);
    }
    double sent = copies(copies.value()) * parts.sizes()[home];
    return new BoundValue(sent / parts.bytesPerSecond(home), copies.term());
  }

  private BoundValue merged(double away) {
    BoundValue copies = new BoundValue(perCopy(away), BoundTerm.CHOICES);
    int slots = copyRule == CopyRule.PER_DOMAIN ? slotsPerDomain : slotsPerGpu;
    return merged ? copies.or(away - shared(slots), BoundTerm.SHARED_RECEIVERS) : copies;
  }

  // Choices per token of a home of so many GPUs that its most loaded experts can't keep.
  private double away(int gpus) {
    double away = 0;
    for (int e = 0; e < ascending.length - slotsPerGpu * gpus; e++) {
      away += ascending[e];
    }
    return away;
  }

  private double meanAway(Homes parts) {
    double share = parts.largest() / (double) shape.gpuCount();
    return leastAway(ascending, share, alike ? 0 : extra);
  }

  /**
   * Choices per token that leave home, in the mean over homes, at least: an expert is kept by the
   * domains that hold it. One holds each expert; the extra slots go to the most loaded, unless all
   * homes choose alike: then a replica more takes from another's home.
   *
   * @param ascending share of tokens that choose each expert
   * @param share most tokens that live in one home
   */
  static double leastAway(double[] ascending, double share, int extra) {
    double away = 0;
    for (double frequency : ascending) {
      away += (1 - share) * frequency;
    }
    double left = extra;
    double most = 1 / share - 1;
    for (int e = ascending.length - 1; e >= 0 && left > 0; e--) {
      away -= share * Math.min(most, left) * ascending[e];
      left -= Math.min(most, left);
    }
    return away;
  }

  // Most experts that one merged copy serves: all k of a recorded token. Where experts are drawn
  // independently with the loads' frequencies a token has k of them in the mean only: a receiver
  // that gets A of them in the mean is sent 1 - Π(1-f) ≥ 1 - e^-A copies, which is concave in A, so
  // at least A·(1 - e^-k)/k.
  private double perCopy(double choices) {
    if (!merged) {
      return choices;
    }
    double k = routing.expertsPerToken();
    return choices * (routing.loadProfiles() > 0 ? (1 - StrictMath.exp(-k)) / k : 1 / k);
  }

  // Copies per token that leave their home, mean over all tokens, on all links out of homes.
  private double meanSeconds(Homes parts, double copies) {
    return copies(copies) * shape.gpuCount() / parts.bytesPerSecond();
  }

  // Copies of one GPU's tokens.
  private double copies(double perToken) {
    return batch.tokensPerGpu() * Math.max(0, perToken - LayerBound.ROUNDING);
  }

  private double hottestNic() {
    HottestReceiver receivers = new HottestReceiver(routing);
    boolean domains = copyRule == CopyRule.PER_DOMAIN;
    int count = domains ? shape.domainCount() : shape.gpuCount();
    int nics = domains ? largestDomain : 1;
    double fullest = receivers.copiesOfTheFullest(count, alike ? 0 : extra);
    double sent = (1 - largestDomain / (double) shape.gpuCount()) * fullest;
    if (evenShares) {
      int slots = domains ? slotsPerDomain : slotsPerGpu;
      sent = Math.max(sent, meanAway(homes.get(0)) / receivers.capacity(count, slots));
    }
    return batch.tokens()
        * Math.max(0, sent - LayerBound.ROUNDING)
        / nics
        / shape.mostNicBytesPerSecond();
  }

  // In a stage of one domain: under nearest an expert's r replicas keep (r-1)/(G-1) of the tokens
  // that live on any GPU but the receiver, which is what a home of extra/(G-1) slots keeps.
  private double portIn(TokenBounds bounds) {
    int gpus = shape.gpuCount();
    double copies = bounds.remote(extra / (gpus - 1.0), 1, gpus, slotsPerGpu);
    return batch.tokensPerGpu()
        * Math.max(0, copies - LayerBound.ROUNDING)
        * (gpus - 1)
        / gpus
        / PortBound.mostPortBytesPerSecond(shape);
  }
}
