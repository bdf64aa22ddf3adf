package dev.rackplan.architecture.forbidden.benchmark;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
