package dev.rackplan.architecture.allowed.cost.link;

import dev.rackplan.architecture.allowed.cost.operation.Term;

/** An arrow from part to part. */
public record Link(Term term) {}
