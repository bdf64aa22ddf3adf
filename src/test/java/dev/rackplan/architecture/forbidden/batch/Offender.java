package dev.rackplan.architecture.forbidden.batch;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
