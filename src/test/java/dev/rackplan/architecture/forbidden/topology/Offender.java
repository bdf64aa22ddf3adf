package dev.rackplan.architecture.forbidden.topology;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
