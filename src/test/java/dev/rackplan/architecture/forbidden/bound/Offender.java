package dev.rackplan.architecture.forbidden.bound;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
