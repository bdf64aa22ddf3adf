package dev.rackplan.architecture.forbidden.accuracy;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
