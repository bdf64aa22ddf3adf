package dev.rackplan.architecture.forbidden.cli.file;

/** A part that another part knows, and that knows it. */
public record Circle(dev.rackplan.architecture.forbidden.cli.terminal.Circle other) {}
