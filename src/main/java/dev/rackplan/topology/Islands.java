package dev.rackplan.topology;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A level inside a scale-up domain: pairs of GPUs with a bridge of their own, GPUs behind one PCIe
 * switch, or behind one of a host's sockets. Each run of {@link #gpus} GPUs of a node, in order, is
 * one island.
 *
 * @param gpus of one island; the last one of a node may have fewer
 * @param port each GPU's port to the others of its island, one direction; empty where these are
 *     reached as all of the domain are
 * @param uplinkBytesPerSecond line rate in bytes/s of what one island's GPUs share to the rest of
 *     the domain, one direction; empty where only their ports bind
 */
public record Islands(int gpus, Optional<LinkSpec> port, OptionalDouble uplinkBytesPerSecond) {
  public Islands {
    if (gpus < 1) {
      throw new IllegalArgumentException("gpus must be >= 1, was " + gpus);
    }
    if (uplinkBytesPerSecond.isPresent() && !(uplinkBytesPerSecond.getAsDouble() > 0)) {
      throw new IllegalArgumentException(
          "uplinkBytesPerSecond must be > 0, was " + uplinkBytesPerSecond.getAsDouble());
    }
    if (port.isEmpty() && uplinkBytesPerSecond.isEmpty()) {
      throw new IllegalArgumentException("islands need a port or an uplink of their own");
    }
  }

  /** The same with rates and latency times these factors. */
  Islands times(double bandwidth, double latency) {
    return new Islands(
        gpus,
        port.map(link -> link.times(bandwidth, latency)),
        uplinkBytesPerSecond.isPresent()
            ? OptionalDouble.of(uplinkBytesPerSecond.getAsDouble() * bandwidth)
            : uplinkBytesPerSecond);
  }
}
