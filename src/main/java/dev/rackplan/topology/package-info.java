/**
 * Racks, NVLink domains, nodes, GPUs and the links between them.
 *
 * <p>{@link dev.rackplan.topology.TopologyBuilder} makes a {@link dev.rackplan.topology.Topology},
 * {@link dev.rackplan.topology.Draining} takes parts of it out of use. Its {@link
 * dev.rackplan.topology.Network} is the one place that knows links: which of them lie between two
 * GPUs, what each carries, what is put on them ({@link dev.rackplan.topology.LinkLoads}), and what
 * a cut carries. Costs, bounds, validation and pictures ask it; {@link
 * dev.rackplan.topology.LinkKind} lists the kinds, {@code NetworkBuilder} lays them.
 *
 * <p>Imports nothing of rackplan. JGraphT stays hidden behind {@code Network}; no other package may
 * use it.
 */
package dev.rackplan.topology;
