package dev.rackplan.architecture.forbidden.cost.operation;

import dev.rackplan.architecture.forbidden.cost.Offender;

/** A part that knows what stands on it, and another part that knows it. */
public record Circle(Offender whole, dev.rackplan.architecture.forbidden.cost.link.Circle other) {}
