package dev.rackplan.architecture.forbidden.json;

/** Arrows to computing packages. */
public record Offender(
    dev.rackplan.architecture.forbidden.solver.Offender solver,
    dev.rackplan.architecture.forbidden.cost.Offender cost,
    dev.rackplan.architecture.forbidden.evaluation.Offender evaluation,
    dev.rackplan.architecture.forbidden.report.Offender up) {}
