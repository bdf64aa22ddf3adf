package dev.rackplan.architecture.forbidden.model;

/** An arrow upwards. */
public record Offender(dev.rackplan.architecture.forbidden.cli.Offender up) {}
