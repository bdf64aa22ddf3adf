package dev.rackplan.topology;

/** Kinds of links, from the GPU outwards. A link lies above a set of GPUs, see {@link Network}. */
public enum LinkKind {
  /** A GPU's port to its island: the GPUs behind one bridge or switch inside a host. */
  ISLAND_PORT("the island's port of"),
  /** A GPU's port into its domain. */
  SCALE_UP("the scale-up port of"),
  /** From an island to the rest of its domain: a PCIe switch's uplink, the link of two sockets. */
  ISLAND_UPLINK("the way out of"),
  /** A GPU's share of its host's NICs. */
  NIC("the NIC of"),
  /** A NIC that several GPUs share. */
  SHARED_NIC("the NIC"),
  /** A domain's NICs together, as far as they lead to one leaf switch. */
  DOMAIN_UPLINK("the uplinks of"),
  /** From a leaf switch or rail switch to the spine. */
  LEAF_UPLINK("the uplinks of");

  private final String words;

  LinkKind(String words) {
    this.words = words;
  }

  /** The link in words, such as {@code the uplinks of leaf-0}. */
  String describe(String below) {
    return words + " " + below;
  }
}
