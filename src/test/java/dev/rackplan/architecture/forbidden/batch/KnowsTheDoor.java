package dev.rackplan.architecture.forbidden.batch;

/** Asks the door for programs. */
public record KnowsTheDoor(dev.rackplan.architecture.forbidden.Rackplan door) {}
