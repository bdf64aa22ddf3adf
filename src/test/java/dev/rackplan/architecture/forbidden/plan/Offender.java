package dev.rackplan.architecture.forbidden.plan;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
