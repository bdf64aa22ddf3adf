package dev.rackplan.cost;

import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.Stream;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.RemoteTraffic;

/**
 * What the time of a MoE layer is made of, load apart from weight fetch and links apart from ports:
 *
 * <p>{@code compute = beside + experts}, {@code network = latency + max(link, port)}, put together
 * as {@link StreamOverlap} says.
 *
 * @param beside all terms except experts, dispatch and combine
 * @param experts of the slowest GPU
 * @param latencySeconds of dispatch and combine beside their links, in s
 * @param linkSeconds busiest NIC or uplink, both ways, in s; 0 within one domain
 * @param portSeconds fullest scale-up port, both ways, in s
 * @param remoteChoices expert choices per token that leave its home domain
 * @param remoteCopies copies per token that leave its home domain
 * @param overlap what runs side by side
 */
public record MoeLayerTerms(
    Breakdown beside,
    ExpertTime experts,
    double latencySeconds,
    double linkSeconds,
    double portSeconds,
    double remoteChoices,
    double remoteCopies,
    StreamOverlap overlap) {

  /**
   * Terms of a MoE layer under one tally.
   *
   * @param placed what the placement takes under it: {@link ExpertLayerModel#terms}
   * @param remote what leaves home under it
   */
  static MoeLayerTerms of(
      ExpertLayerModel experts, PlacementTally tally, Breakdown placed, RemoteTraffic remote) {
    Breakdown beside =
        experts
            .beside()
            .plus(placed)
            .with(Term.EXPERT_COMPUTE, 0)
            .with(Term.EXPERT_FETCH, 0)
            .with(Term.DISPATCH, 0)
            .with(Term.COMBINE, 0);
    return new MoeLayerTerms(
        beside,
        experts.experts(tally),
        experts.exchange().dispatchSeconds(0) + experts.exchange().combineSeconds(0),
        experts.exchange().links().scaleOutSecondsPerByte(tally)
            * experts.exchange().bytesPerCopy(),
        experts.exchange().links().portSecondsPerByte(tally) * experts.exchange().bytesPerCopy(),
        remote.choices(),
        remote.copies(),
        experts.overlap());
  }

  /** The same with experts that take another time. */
  MoeLayerTerms withExperts(ExpertTime other) {
    return new MoeLayerTerms(
        beside,
        other,
        latencySeconds,
        linkSeconds,
        portSeconds,
        remoteChoices,
        remoteCopies,
        overlap);
  }

  /** Compute beside the experts and the experts of the slowest GPU in s. */
  public double computeSeconds() {
    return beside.sum(Stream.COMPUTE) + experts.seconds();
  }

  /** Dispatch and combine, and what else the network carries, in s. */
  public double networkSeconds() {
    return beside.sum(Stream.NETWORK) + latencySeconds + Math.max(linkSeconds, portSeconds);
  }

  /** The layer in s. */
  public double seconds() {
    return overlap.together(computeSeconds(), networkSeconds())
        + beside.sum(Stream.ALONE)
        - hiddenSharedSeconds();
  }

  /**
   * What runs side by side hides, in s: of two-batch overlap the shorter of compute and network
   * except for what stays visible, of shared experts on a stream of their own the shorter of these
   * and the routed ones.
   */
  public double hiddenSeconds() {
    return overlap.hiddenSeconds(computeSeconds(), networkSeconds()) + hiddenSharedSeconds();
  }

  private double hiddenSharedSeconds() {
    double routed = experts.seconds() + latencySeconds + Math.max(linkSeconds, portSeconds);
    return overlap.hiddenSharedSeconds(beside.of(Term.SHARED), routed);
  }
}
