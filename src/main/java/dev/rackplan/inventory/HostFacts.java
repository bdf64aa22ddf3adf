package dev.rackplan.inventory;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a list of nodes says of one.
 *
 * @param name its host name
 * @param place file and line, or path, that says so
 * @param gpus how many it has; empty where that is not said
 * @param product what they are called there
 * @param domain what all hosts of its NVLink domain name alike
 * @param leaf what all hosts under its leaf switch name alike
 * @param drained why it is out of use; empty where it is not
 */
record HostFacts(
    String name,
    String place,
    OptionalInt gpus,
    Optional<String> product,
    Optional<String> domain,
    Optional<String> leaf,
    Optional<String> drained) {}
