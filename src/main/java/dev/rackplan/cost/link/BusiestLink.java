package dev.rackplan.cost.link;

/**
 * The link that bounds an all-to-all.
 *
 * @param kind what kind of use
 * @param index GPU position, island, {@link PortGroups port group} or uplink in the {@link
 *     StageShape}, by kind
 * @param secondsPerByte seconds that one micro-batch's copies take there, per byte of one copy
 */
public record BusiestLink(Kind kind, int index, double secondsPerByte) {

  /** Directed links that copies cross. */
  public enum Kind {
    /** Into one GPU from its domain's switch. */
    PORT_IN,
    /** Out of a GPU that has tokens, where not all have some. */
    PORT_OUT,
    /** Into one GPU from its island. */
    ISLAND_PORT_IN,
    /** Between an island and the rest of its domain. */
    ISLAND_UPLINK,
    /** Into one GPU from the network. */
    NIC_IN,
    /** Into a port group's GPUs from the network, their mean: copies that are forwarded inside. */
    NIC_IN_MEAN,
    /** Out of a port group's GPUs to the network, the mean of those that have tokens. */
    NIC_OUT,
    /** Any link above NICs, in the direction that carries more. */
    UPLINK
  }

  /** The link in words, such as {@code the NIC into rack-0/domain-1/node-0/gpu-3}. */
  public String describe(StageShape shape) {
    PortGroups groups = shape.portGroups();
    return switch (kind) {
      case PORT_IN -> "the scale-up port into " + shape.gpu(index).name();
      case PORT_OUT -> "the scale-up ports out of " + shape.domainName(index);
      case ISLAND_PORT_IN -> "the island's port into " + shape.gpu(index).name();
      case ISLAND_UPLINK -> "the way out of the island of " + firstOfIsland(shape);
      case NIC_IN -> "the NIC into " + shape.gpu(index).name();
      case NIC_IN_MEAN -> "the NICs into " + shape.domainName(groups.domain(index));
      case NIC_OUT -> "the NICs out of " + shape.domainName(groups.domain(index));
      case UPLINK -> shape.network().describe(groups.uplinks().get(index).link());
    };
  }

  private String firstOfIsland(StageShape shape) {
    int position = 0;
    while (shape.islands().of(position) != index) {
      position++;
    }
    return shape.gpu(position).name();
  }
}
