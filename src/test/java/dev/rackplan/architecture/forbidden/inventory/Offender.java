package dev.rackplan.architecture.forbidden.inventory;

/** Arrows to the search and upwards. */
public record Offender(
    dev.rackplan.architecture.forbidden.solver.Offender solver,
    dev.rackplan.architecture.forbidden.cli.Offender up) {}
