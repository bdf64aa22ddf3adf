package dev.rackplan.architecture.forbidden;

/** A door that knows the commands. */
public record Rackplan(dev.rackplan.architecture.forbidden.cli.Offender up) {}
