package dev.rackplan.cost;

/**
 * What the time of a MoE layer is made of, load apart from weight fetch and links apart from ports:
 *
 * <p>{@code compute = mixer + max(load, fetch)}, {@code network = latency + max(link, port)}, the
 * layer their sum, or with two-batch overlap the longer one, and overhead.
 *
 * @param mixerSeconds slowest GPU's token mixer, all-reduces and element-wise work in s
 * @param loadSeconds compute of the GPU with the most expert work in s
 * @param fetchSeconds expert weights read by the GPU that reads most in s
 * @param latencySeconds of dispatch and combine in s
 * @param linkSeconds busiest NIC or uplink, both ways, in s; 0 within one domain
 * @param portSeconds fullest scale-up port, both ways, in s
 * @param overheadSeconds launches and kernels that only move activations, in s
 * @param remoteChoices expert choices per token that leave its home domain
 * @param remoteCopies copies per token that leave its home domain
 * @param overlap whether compute and network run side by side
 */
public record MoeLayerTerms(
    double mixerSeconds,
    double loadSeconds,
    double fetchSeconds,
    double latencySeconds,
    double linkSeconds,
    double portSeconds,
    double overheadSeconds,
    double remoteChoices,
    double remoteCopies,
    boolean overlap) {

  /** Terms of MoE layer {@code layer} on the stage of {@code model} under one tally. */
  static MoeLayerTerms of(StageModel model, int layer, PlacementTally tally) {
    ExpertLayerModel experts = model.expertLayer(layer);
    LayerCost cost = model.moeLayer(layer, tally);
    Roof most = most(experts, tally);
    boolean oneGpu = model.shape().gpuCount() == 1;
    RemoteTraffic remote = RemoteTraffic.of(tally);
    return new MoeLayerTerms(
        cost.attention().seconds()
            + cost.tensorParallelSeconds()
            + cost.training().map(LayerTraining::elementwiseSeconds).orElse(0.0),
        most.computeSeconds(),
        most.memorySeconds(),
        experts.dispatchSeconds(0) + experts.combineSeconds(0),
        experts.linkSecondsPerByte(tally) * experts.bytesPerCopy(),
        oneGpu ? 0 : experts.portSecondsPerByte(tally) * experts.bytesPerCopy(),
        cost.overheadSeconds(),
        remote.choices(),
        remote.copies(),
        model.overlaps());
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

  /** Mixer and experts of the slowest GPU in s. */
  public double computeSeconds() {
    return mixerSeconds + Math.max(loadSeconds, fetchSeconds);
  }

  /** Dispatch and combine in s. */
  public double networkSeconds() {
    return latencySeconds + Math.max(linkSeconds, portSeconds);
  }

  /** The layer in s. */
  public double seconds() {
    double apart =
        overlap
            ? Math.max(computeSeconds(), networkSeconds())
            : computeSeconds() + networkSeconds();
    return apart + overheadSeconds;
  }

  /** What two-batch overlap hides, the shorter of compute and network, in s; 0 without. */
  public double hiddenSeconds() {
    return overlap ? Math.min(computeSeconds(), networkSeconds()) : 0;
  }
}
