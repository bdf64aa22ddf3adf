package dev.rackplan.architecture.allowed.cost;

import dev.rackplan.architecture.allowed.cost.link.Link;
import dev.rackplan.architecture.allowed.plan.Answer;

/** An arrow downwards, and one to a part. */
public record Price(Answer answer, Link link) {}
