package dev.rackplan.cost.link;

import dev.rackplan.topology.LinkKind;

/**
 * A link above GPUs of a stage, other than their own ports.
 *
 * @param link its number in the topology's network
 * @param kind which part of the network it belongs to
 * @param bytesPerSecond sustained, each direction, that the stage gets of it
 * @param wholeDomains whether each domain of the stage lies below it whole or not at all
 */
public record Uplink(int link, LinkKind kind, double bytesPerSecond, boolean wholeDomains) {
  /** Whether it costs the same as another one. */
  boolean costsAs(Uplink other) {
    return kind == other.kind
        && bytesPerSecond == other.bytesPerSecond
        && wholeDomains == other.wholeDomains;
  }
}
