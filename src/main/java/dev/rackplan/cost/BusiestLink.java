package dev.rackplan.cost;

/**
 * The link that bounds an all-to-all.
 *
 * @param kind what kind of link
 * @param index GPU position, domain or leaf in the {@link StageShape}, by kind
 * @param secondsPerByte seconds that one micro-batch's copies take there, per byte of one copy
 */
public record BusiestLink(Kind kind, int index, double secondsPerByte) {

  /** Directed links that copies cross. */
  public enum Kind {
    /** Into one GPU from its domain's switch. */
    PORT_IN,
    /** Into one GPU from the network. */
    NIC_IN,
    /** Into a domain's GPUs from the network, their mean: copies that are forwarded inside. */
    NIC_IN_MEAN,
    /** Out of a domain's GPUs to the network, their mean. */
    NIC_OUT,
    /** Between a domain and its leaf. */
    DOMAIN_UPLINK,
    /** Between a leaf and the spine. */
    LEAF_UPLINK
  }

  /** The link in words, such as {@code the NIC into rack-0/domain-1/node-0/gpu-3}. */
  public String describe(StageShape shape) {
    return switch (kind) {
      case PORT_IN -> "the scale-up port into " + shape.gpu(index).name();
      case NIC_IN -> "the NIC into " + shape.gpu(index).name();
      case NIC_IN_MEAN -> "the NICs into " + shape.domainName(index);
      case NIC_OUT -> "the NICs out of " + shape.domainName(index);
      case DOMAIN_UPLINK -> "the uplinks of " + shape.domainName(index);
      case LEAF_UPLINK -> "the uplinks of the leaf of " + shape.domainNameUnderLeaf(index);
    };
  }
}
