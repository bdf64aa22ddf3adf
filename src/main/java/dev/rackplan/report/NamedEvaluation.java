package dev.rackplan.report;

import dev.rackplan.evaluation.Evaluation;

/**
 * What a baseline costs.
 *
 * @param name the baseline's, such as {@code eplb-global}
 */
public record NamedEvaluation(String name, Evaluation evaluation) {}
