package dev.rackplan.accuracy;

import java.util.Optional;

/**
 * How a measured row trained, as a problem.
 *
 * @param deployment the cluster, the global batch and the one layout
 * @param unsaid what decides its step and is not said; its memory and its order among runs alike
 *     count all the same
 */
public record TrainingRun(Deployment deployment, Optional<String> unsaid) implements RowRun {}
