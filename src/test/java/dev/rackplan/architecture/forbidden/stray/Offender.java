package dev.rackplan.architecture.forbidden.stray;

/** In a package that the flow does not list. */
public record Offender(int size) {}
