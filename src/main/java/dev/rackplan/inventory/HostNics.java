package dev.rackplan.inventory;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * NICs of a node.
 *
 * @param bytesPerSecond of a GPU's share of them, or where {@code perNode} is said of one of them,
 *     one direction; empty = the catalogue's
 * @param perNode how many there are, dealt to runs of GPUs; empty = one for each GPU, or a share
 */
record HostNics(OptionalDouble bytesPerSecond, OptionalInt perNode) {
  static HostNics ofShares(OptionalDouble bytesPerSecond) {
    return new HostNics(bytesPerSecond, OptionalInt.empty());
  }
}
