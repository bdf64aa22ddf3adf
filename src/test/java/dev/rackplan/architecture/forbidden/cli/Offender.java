package dev.rackplan.architecture.forbidden.cli;

/** What nothing may depend on. */
public record Offender() {}
