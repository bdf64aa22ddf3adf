/**
 * Expert placement of one MoE layer on one stage as a small OptaPlanner problem: entities = slots,
 * variable = expert.
 *
 * <p>Layers share nothing but the stage's sum, so each is searched alone and in parallel.
 */
package dev.rackplan.solver.experts;
