package dev.rackplan.topology;

/**
 * One direction of one link of the {@link Fabric}.
 *
 * @param name {@code sender -> receiver}, such as {@code rack-0/domain-0/node-0/gpu-0 ->
 *     rack-0/domain-0/switch}; unique
 * @param kind which part of the network it belongs to
 * @param capacityBytesPerSecond sustained rate in bytes/s, {@link LinkSpec#efficiency()} applied
 * @param latencySeconds its share of the route's latency in s; the links of a route sum to the
 *     latency of its {@link LinkSpec}
 */
public record FabricLink(
    String name, Kind kind, double capacityBytesPerSecond, double latencySeconds) {
  /** Parts of the network, from the GPU outwards. */
  public enum Kind {
    /** GPU and its domain's switch. */
    SCALE_UP,
    /** GPU and its domain's uplink router. */
    NIC,
    /** A domain's uplink router and its leaf switch. */
    DOMAIN_UPLINK,
    /** Leaf switch and spine. */
    LEAF_UPLINK
  }

  public FabricLink {
    if (name.isBlank()) {
      throw new IllegalArgumentException("name must not be blank");
    }
    if (!(capacityBytesPerSecond > 0) || Double.isInfinite(capacityBytesPerSecond)) {
      throw new IllegalArgumentException(
          "capacityBytesPerSecond must be > 0, was " + capacityBytesPerSecond);
    }
    if (!(latencySeconds >= 0) || Double.isInfinite(latencySeconds)) {
      throw new IllegalArgumentException("latencySeconds must be >= 0, was " + latencySeconds);
    }
  }
}
