package dev.rackplan.topology;

import java.util.List;

/**
 * One host (an HGX server, an NVL72 compute tray).
 *
 * @param index position in {@link Topology#nodes()}
 * @param name full name such as {@code rack-0/domain-0/node-3}
 * @param gpus indices into {@link Topology#gpus()}
 */
public record Node(int index, String name, List<Integer> gpus) {
  public Node {
    gpus = List.copyOf(gpus);
  }
}
