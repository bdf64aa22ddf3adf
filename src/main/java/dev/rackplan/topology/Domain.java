package dev.rackplan.topology;

import java.util.List;
import java.util.Optional;

/**
 * One scale-up (NVLink) domain: GPUs that reach each other without the scale-out network.
 *
 * @param index position in {@link Topology#domains()}
 * @param name full name such as {@code rack-0/domain-0}
 * @param rack index into {@link Topology#racks()}; of a domain over several racks, the first
 * @param scaleUp each GPU's port into the domain's switch, one direction
 * @param gpus indices into {@link Topology#gpus()}, node by node
 * @param islands the level inside it; empty where each GPU reaches all others alike
 * @param reducesInSwitch whether its switches sum up all-reduces (NVLink SHARP)
 */
public record Domain(
    int index,
    String name,
    int rack,
    LinkSpec scaleUp,
    List<Integer> gpus,
    Optional<Islands> islands,
    boolean reducesInSwitch) {
  public Domain {
    gpus = List.copyOf(gpus);
  }

  /** A domain without islands whose switches only pass on. */
  public Domain(int index, String name, int rack, LinkSpec scaleUp, List<Integer> gpus) {
    this(index, name, rack, scaleUp, gpus, Optional.empty(), false);
  }

  /** The same domain, its links' rates and latencies times these factors. */
  public Domain withLinks(double bandwidth, double latency) {
    return new Domain(
        index,
        name,
        rack,
        scaleUp.times(bandwidth, latency),
        gpus,
        islands.map(level -> level.times(bandwidth, latency)),
        reducesInSwitch);
  }
}
