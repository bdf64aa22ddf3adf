package dev.rackplan.architecture.forbidden.workload;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
