package dev.rackplan.architecture.forbidden.replay;

/** An arrow upwards, and one to what judges plans. */
public record Offender(
    dev.rackplan.architecture.forbidden.evaluation.Offender judged,
    dev.rackplan.architecture.forbidden.cli.Offender up) {}
