package dev.rackplan.inventory;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How GPUs of a node reach each other.
 *
 * @param bytesPerSecond of a GPU's port to all of them, one direction; empty = the catalogue's
 * @param islands those that are nearer to one another
 */
record HostPort(OptionalDouble bytesPerSecond, Optional<HostIslands> islands) {
  static final HostPort CATALOGUE = new HostPort(OptionalDouble.empty(), Optional.empty());
}
