package dev.rackplan.topology;

import java.util.List;

/**
 * One scale-up (NVLink) domain: GPUs that reach each other without the scale-out network.
 *
 * @param index position in {@link Topology#domains()}
 * @param name full name such as {@code rack-0/domain-0}
 * @param rack index into {@link Topology#racks()}
 * @param scaleUp each GPU's port into the domain's switch, one direction
 * @param gpus indices into {@link Topology#gpus()}, node by node
 */
public record Domain(int index, String name, int rack, LinkSpec scaleUp, List<Integer> gpus) {
  public Domain {
    gpus = List.copyOf(gpus);
  }
}
