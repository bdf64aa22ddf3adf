package dev.rackplan.architecture.forbidden.report;

/** Arrows upwards, and one to the solver. */
public record Offender(
    dev.rackplan.architecture.forbidden.solver.Offender solver,
    dev.rackplan.architecture.forbidden.cli.Offender up) {}
