package dev.rackplan.architecture.forbidden.sensitivity;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
