package dev.rackplan.topology;

import java.util.List;

/**
 * One rack.
 *
 * @param index position in {@link Topology#racks()}
 * @param name such as {@code rack-0}
 * @param leaf index of the leaf switch that serves it
 * @param domains indices into {@link Topology#domains()}
 */
public record Rack(int index, String name, int leaf, List<Integer> domains) {
  public Rack {
    domains = List.copyOf(domains);
  }
}
