package dev.rackplan.architecture.forbidden.problem;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
