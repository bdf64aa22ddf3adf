package dev.rackplan.inventory;

import java.util.List;

/**
 * Hosts under one leaf switch, or of one block.
 *
 * @param name of the switch or block
 * @param hosts in the order of the file
 * @param place such as {@code line 3}
 */
record HostGroup(String name, List<String> hosts, String place) {
  HostGroup {
    hosts = List.copyOf(hosts);
  }
}
