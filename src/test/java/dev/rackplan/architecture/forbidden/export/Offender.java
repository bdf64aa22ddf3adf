package dev.rackplan.architecture.forbidden.export;

/** Arrows upwards, one to the solver, and that to what draws. */
public record Offender(
    dev.rackplan.architecture.forbidden.solver.Offender solver,
    dev.rackplan.architecture.forbidden.cli.Offender up,
    java.awt.geom.Point2D point) {}
