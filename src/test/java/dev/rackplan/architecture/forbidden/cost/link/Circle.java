package dev.rackplan.architecture.forbidden.cost.link;

/** A part that another part knows, and that knows it. */
public record Circle(dev.rackplan.architecture.forbidden.cost.operation.Circle other) {}
