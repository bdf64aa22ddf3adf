package dev.rackplan.architecture.forbidden.sensitivity;

/** An arrow upwards, and one to replays. */
public record Offender(
    dev.rackplan.architecture.forbidden.replay.Offender replay,
    dev.rackplan.architecture.forbidden.cli.Offender up) {}
