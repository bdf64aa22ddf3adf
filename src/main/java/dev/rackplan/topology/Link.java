package dev.rackplan.topology;

/**
 * One direction of one link of the {@link Network}.
 *
 * @param name {@code sender -> receiver}, such as {@code rack-0/domain-0/node-0/gpu-0 ->
 *     rack-0/domain-0/switch}; unique
 * @param kind which part of the network it belongs to
 * @param capacityBytesPerSecond sustained rate in bytes/s, {@link LinkSpec#efficiency()} applied
 * @param latencySeconds its share of the route's latency in s; the links of a route sum to the
 *     route's latency
 */
public record Link(
    String name, LinkKind kind, double capacityBytesPerSecond, double latencySeconds) {
  public Link {
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
