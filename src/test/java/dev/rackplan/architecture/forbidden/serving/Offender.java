package dev.rackplan.architecture.forbidden.serving;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
