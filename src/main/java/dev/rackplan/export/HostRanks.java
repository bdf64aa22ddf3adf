package dev.rackplan.export;

import java.util.List;

/**
 * Ranks in a row on one host.
 *
 * @param node name of the node
 * @param host its host name
 * @param firstRank first rank
 * @param devices its GPUs in rank order, as positions on the node
 */
record HostRanks(String node, String host, int firstRank, List<Integer> devices) {
  public HostRanks {
    devices = List.copyOf(devices);
  }

  String deviceList() {
    return String.join(",", devices.stream().map(String::valueOf).toList());
  }
}
