/**
 * Racks, NVLink domains, nodes, GPUs and the links between them.
 *
 * <p>{@link dev.rackplan.topology.TopologyBuilder} makes a {@link dev.rackplan.topology.Topology},
 * {@link dev.rackplan.topology.Draining} takes parts of it out of use, {@link
 * dev.rackplan.topology.Fabric} knows its links: routes, bottlenecks, cuts.
 *
 * <p>Imports nothing of rackplan. JGraphT stays hidden behind {@code Fabric}; no other package may
 * use it.
 */
package dev.rackplan.topology;
