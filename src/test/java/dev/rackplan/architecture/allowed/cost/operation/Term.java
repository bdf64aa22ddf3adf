package dev.rackplan.architecture.allowed.cost.operation;

/** A part that knows no other. */
public record Term(String words) {}
