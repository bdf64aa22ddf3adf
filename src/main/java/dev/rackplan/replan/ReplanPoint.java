package dev.rackplan.replan;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.plan.Plan;

/** One new plan, what it costs and what it moves. */
public record ReplanPoint(Plan plan, Evaluation evaluation, WeightMoves moves) {}
