package dev.rackplan.inventory;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a user says where no tool does.
 *
 * @param name of the topology
 * @param gpu kind of all GPUs, before what tools say
 * @param gpusPerNode GPUs of nodes of which no tool says it
 * @param nodes how many there are, like the one that was looked at; empty = as the tools list them
 * @param nicGigabits rate of each NIC in Gb/s
 * @param rails leaf switches that each node's NICs are dealt to; empty = as tools say
 */
public record Given(
    String name,
    Optional<String> gpu,
    OptionalInt gpusPerNode,
    OptionalInt nodes,
    OptionalDouble nicGigabits,
    OptionalInt rails) {}
