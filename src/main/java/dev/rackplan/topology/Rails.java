package dev.rackplan.topology;

/**
 * Leaf switches by position in the node: GPU i of each node is on rail {@code i mod count}, and a
 * group of racks has one switch for each rail.
 *
 * @param count rails; 1 where all NICs of a group of racks share one switch
 * @param forwarding whether NCCL sends to another rail over a neighbour's NIC, reached over the
 *     scale-up port (PXN), instead of over the spine. Source: NCCL 2.12's release notes and {@code
 *     NCCL_PXN_DISABLE}
 */
public record Rails(int count, boolean forwarding) {
  /** One switch for all NICs. */
  public static final Rails NONE = new Rails(1, false);

  public Rails {
    if (count < 1) {
      throw new IllegalArgumentException("count must be >= 1, was " + count);
    }
  }
}
