package dev.rackplan.export;

import java.util.List;
import java.util.stream.IntStream;

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

  /** The same in parts of so many ranks, which divide them. */
  List<HostRanks> inParts(int ranks) {
    return IntStream.range(0, devices.size() / ranks)
        .map(part -> part * ranks)
        .mapToObj(
            from ->
                new HostRanks(node, host, firstRank + from, devices.subList(from, from + ranks)))
        .toList();
  }

  String deviceList() {
    return String.join(",", devices.stream().map(String::valueOf).toList());
  }
}
