package dev.rackplan.accuracy;

/**
 * How a measured row trained, as a problem.
 *
 * @param deployment the cluster, the global batch and the one layout
 */
public record TrainingRun(Deployment deployment) implements RowRun {}
