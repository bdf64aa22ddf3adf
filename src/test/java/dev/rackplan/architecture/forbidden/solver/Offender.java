package dev.rackplan.architecture.forbidden.solver;

/** Arrows to files and reports. */
public record Offender(
    dev.rackplan.architecture.forbidden.json.Offender json,
    dev.rackplan.architecture.forbidden.report.Offender report,
    dev.rackplan.architecture.forbidden.export.Offender export) {}
