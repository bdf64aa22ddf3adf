package dev.rackplan.architecture.allowed.cost;

import dev.rackplan.architecture.allowed.plan.Answer;

/** An arrow downwards. */
public record Price(Answer answer) {}
