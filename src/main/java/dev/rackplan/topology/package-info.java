/**
 * Racks, NVLink domains, nodes, GPUs and the links between them.
 *
 * <p>Imports nothing of rackplan. JGraphT stays hidden inside {@code Fabric}; no other package may use it.
 */
package dev.rackplan.topology;
