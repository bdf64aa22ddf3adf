package dev.rackplan.json;

import dev.rackplan.topology.LinkSpec;
import java.util.Optional;

/** A link in a topology file: each key may be left out where the catalogue has one answer. */
final class LinkJson {
  /** Measured on H800 with ConnectX-7, see gpus.json. */
  private static final double DEFAULT_EFFICIENCY = 0.8;

  private LinkJson() {}

  /** {@code fallback}: the catalogue's link where all accelerators concerned agree on one. */
  static LinkSpec read(JsonCursor at, String bandwidthKey, Optional<LinkSpec> fallback) {
    double bandwidth =
        at.find(bandwidthKey)
            .map(child -> child.positive() * GpuSpecJson.GIGA)
            .or(() -> fallback.map(LinkSpec::bandwidthBytesPerSecond))
            .orElseThrow(() -> missing(at, bandwidthKey));
    double latency =
        at.find("latencyMicros")
            .map(child -> child.numberIn(0, 1e6) / GpuSpecJson.MICROS_PER_SECOND)
            .or(() -> fallback.map(LinkSpec::latencySeconds))
            .orElseThrow(() -> missing(at, "latencyMicros"));
    double efficiency =
        GpuSpecJson.efficiency(
            at, "efficiency", fallback.map(LinkSpec::efficiency).orElse(DEFAULT_EFFICIENCY));
    return at.build(() -> new LinkSpec(bandwidth, latency, efficiency), "Correct the link.");
  }

  private static InputException missing(JsonCursor at, String key) {
    return at.error(
        "key \"" + key + "\" is missing",
        "Add it: the catalogue has no single value for these accelerators.");
  }
}
