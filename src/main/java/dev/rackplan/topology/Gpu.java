package dev.rackplan.topology;

/**
 * One GPU in its place. Positions are indices into the lists of {@link Topology}, counted over the
 * whole cluster.
 *
 * @param index position in {@link Topology#gpus()}
 * @param name full name such as {@code rack-0/domain-0/node-3/gpu-1}
 * @param rack index into {@link Topology#racks()}
 * @param domain index into {@link Topology#domains()}
 * @param node index into {@link Topology#nodes()}
 * @param rankInDomain position among its domain's GPUs, drained ones counted
 * @param spec accelerator type
 * @param drained whether operations took it out of use
 */
public record Gpu(
    int index,
    String name,
    int rack,
    int domain,
    int node,
    int rankInDomain,
    GpuSpec spec,
    boolean drained) {}
