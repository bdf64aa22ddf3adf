package dev.rackplan.architecture.forbidden.cli.terminal;

import dev.rackplan.architecture.forbidden.cli.Offender;

/** A part that knows what stands on it, and another part that knows it. */
public record Circle(Offender whole, dev.rackplan.architecture.forbidden.cli.file.Circle other) {}
