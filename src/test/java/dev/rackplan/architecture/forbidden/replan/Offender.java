package dev.rackplan.architecture.forbidden.replan;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
