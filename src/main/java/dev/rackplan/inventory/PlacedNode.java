package dev.rackplan.inventory;

import dev.rackplan.topology.GpuCatalogEntry;
import java.util.Optional;

/**
 * A node with its place.
 *
 * @param host its name; empty where no tool names it
 * @param gpus how many it has
 * @param gpu what they are
 * @param domain what its NVLink domain is called; empty where that is the node alone
 * @param leaf what its leaf switch is called; empty where no tool says it
 * @param drained why it is out of use
 */
record PlacedNode(
    Optional<String> host,
    int gpus,
    GpuCatalogEntry gpu,
    Optional<String> domain,
    Optional<String> leaf,
    Optional<String> drained) {
  PlacedNode withDomain(String other) {
    return new PlacedNode(host, gpus, gpu, Optional.of(other), leaf, drained);
  }

  PlacedNode alone() {
    return new PlacedNode(host, gpus, gpu, Optional.empty(), leaf, drained);
  }
}
