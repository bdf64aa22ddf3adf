package dev.rackplan.cost;

/**
 * What the time of a MoE layer is made of, load apart from weight fetch and links apart from ports:
 *
 * <p>{@code compute = beside + max(load, fetch)}, {@code network = latency + max(link, port)}, put
 * together as {@link StreamOverlap} says.
 *
 * @param beside all terms except experts, dispatch and combine
 * @param loadSeconds compute of the GPU with the most expert work in s
 * @param fetchSeconds expert weights read by the GPU that reads most in s
 * @param latencySeconds of dispatch and combine in s
 * @param linkSeconds busiest NIC or uplink, both ways, in s; 0 within one domain
 * @param portSeconds fullest scale-up port, both ways, in s
 * @param remoteChoices expert choices per token that leave its home domain
 * @param remoteCopies copies per token that leave its home domain
 * @param overlap what runs side by side
 */
public record MoeLayerTerms(
    Breakdown beside,
    double loadSeconds,
    double fetchSeconds,
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
    Roof most = most(experts, tally);
    boolean oneGpu = tally.shape().gpuCount() == 1;
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
        most.computeSeconds(),
        most.memorySeconds(),
        experts.dispatchSeconds(0) + experts.combineSeconds(0),
        experts.linkSecondsPerByte(tally) * experts.bytesPerCopy(),
        oneGpu ? 0 : experts.portSecondsPerByte(tally) * experts.bytesPerCopy(),
        remote.choices(),
        remote.copies(),
        experts.overlap());
  }

  // Each of whichever GPU: the slowest GPU's roofline is the longer of the two.
  private static Roof most(ExpertLayerModel experts, PlacementTally tally) {
    double compute = 0;
    double memory = 0;
    for (int g = 0; g < tally.shape().gpuCount(); g++) {
      Roof roof = experts.gpuRoof(g, tally.load(g), tally.activeExperts(g));
      compute = Math.max(compute, roof.computeSeconds());
      memory = Math.max(memory, roof.memorySeconds());
    }
    return new Roof(compute, memory);
  }

  /** Compute beside the experts and the experts of the slowest GPU in s. */
  public double computeSeconds() {
    return beside.sum(Stream.COMPUTE) + Math.max(loadSeconds, fetchSeconds);
  }

  /** Dispatch and combine, and what else the network carries, in s. */
  public double networkSeconds() {
    return beside.sum(Stream.NETWORK) + latencySeconds + Math.max(linkSeconds, portSeconds);
  }

  /** The layer in s. */
  public double seconds() {
    return overlap.together(computeSeconds(), networkSeconds()) + beside.sum(Stream.ALONE);
  }

  /** What two-batch overlap hides, the shorter of compute and network, in s; 0 without. */
  public double hiddenSeconds() {
    return overlap.hiddenSeconds(computeSeconds(), networkSeconds());
  }
}
