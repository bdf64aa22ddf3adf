package dev.rackplan.topology;

import java.util.OptionalInt;

/**
 * The NICs of one node.
 *
 * @param nic one of them, one direction
 * @param count how many; empty = one for each GPU. With fewer than GPUs neighbours share one; with
 *     0 the node's GPUs send through their domain's other nodes
 */
public record NodeNics(LinkSpec nic, OptionalInt count) {
  public NodeNics {
    if (count.isPresent() && count.getAsInt() < 0) {
      throw new IllegalArgumentException("count must be >= 0, was " + count.getAsInt());
    }
  }

  /** NICs of a node of {@code gpus} GPUs. */
  int of(int gpus) {
    return count.orElse(gpus);
  }
}
