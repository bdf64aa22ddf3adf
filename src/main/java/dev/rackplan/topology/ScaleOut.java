package dev.rackplan.topology;

import java.util.OptionalDouble;

/**
 * The network between domains: one NIC per GPU into a leaf switch, leaves joined by a spine.
 *
 * @param nic each GPU's share of its host's NICs, one direction
 * @param domainUplinkBytesPerSecond line rate in bytes/s of one domain's uplinks together, one
 *     direction; empty = the sum of its NICs
 * @param racksPerLeaf racks that share one leaf switch
 * @param oversubscription leaf-to-NIC rate over leaf-to-spine rate, ≥ 1 means fewer spine links
 */
public record ScaleOut(
    LinkSpec nic,
    OptionalDouble domainUplinkBytesPerSecond,
    int racksPerLeaf,
    double oversubscription) {
  public ScaleOut {
    if (domainUplinkBytesPerSecond.isPresent() && !(domainUplinkBytesPerSecond.getAsDouble() > 0)) {
      throw new IllegalArgumentException(
          "domainUplinkBytesPerSecond must be > 0, was "
              + domainUplinkBytesPerSecond.getAsDouble());
    }
    if (racksPerLeaf < 1) {
      throw new IllegalArgumentException("racksPerLeaf must be >= 1, was " + racksPerLeaf);
    }
    if (!(oversubscription > 0) || Double.isInfinite(oversubscription)) {
      throw new IllegalArgumentException("oversubscription must be > 0, was " + oversubscription);
    }
  }

  /**
   * Sustained bytes/s of one direction of a domain's uplinks together.
   *
   * @param gpus of the domain
   */
  public double uplinkBytesPerSecond(int gpus) {
    return domainUplinkBytesPerSecond.orElse(gpus * nic.bandwidthBytesPerSecond())
        * nic.efficiency();
  }

  /**
   * The same network with NICs of another line rate: a given domain uplink keeps its share of the
   * NICs below it, the spine its oversubscription, and latency and efficiency stay.
   *
   * @param bytesPerSecond line rate in bytes/s of each GPU's share, one direction
   */
  public ScaleOut withNicBandwidth(double bytesPerSecond) {
    double factor = bytesPerSecond / nic.bandwidthBytesPerSecond();
    return new ScaleOut(
        new LinkSpec(bytesPerSecond, nic.latencySeconds(), nic.efficiency()),
        domainUplinkBytesPerSecond.isPresent()
            ? OptionalDouble.of(domainUplinkBytesPerSecond.getAsDouble() * factor)
            : OptionalDouble.empty(),
        racksPerLeaf,
        oversubscription);
  }
}
