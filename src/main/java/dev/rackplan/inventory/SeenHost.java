package dev.rackplan.inventory;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A host that nvidia-smi or rocm-smi was run on.
 *
 * @param name by its file
 * @param shown the files
 * @param links how its GPUs are connected
 * @param query what nvidia-smi says of each
 * @param product what its GPUs are called
 */
record SeenHost(
    String name,
    String shown,
    Optional<GpuLinks> links,
    Optional<NvidiaQuery> query,
    Optional<String> product) {

  /** How many GPUs it has. */
  OptionalInt gpus() {
    return links
        .map(GpuLinks::gpus)
        .or(() -> query.map(NvidiaQuery::gpus))
        .map(OptionalInt::of)
        .orElse(OptionalInt.empty());
  }

  /** Both looks at one host. */
  SeenHost and(SeenHost other) {
    return new SeenHost(
        name,
        shown + " and " + other.shown,
        links.or(other::links),
        query.or(other::query),
        product.or(other::product));
  }
}
