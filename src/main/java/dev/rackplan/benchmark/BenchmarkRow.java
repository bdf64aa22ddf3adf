package dev.rackplan.benchmark;

import dev.rackplan.evaluation.PlacementFigures;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One placer on one problem.
 *
 * @param placer such as {@code eplb-global}
 * @param planned figures on the routing that the placement was made for
 * @param plannedLayerSeconds expert time + all-to-all of a MoE layer in s, mean over layers, on
 *     that routing
 * @param heldOut figures on tokens kept back; empty where none were
 * @param heldOutLayerSeconds the same time on tokens kept back
 * @param objectiveSeconds what the searches minimise, in s, mean over layers
 * @param seconds wall-clock time that the placer took in s
 * @param leastSeconds the least {@link #layerSeconds} of all seeds, in s
 * @param mostSeconds the most, in s
 * @param movesPerSecond scored moves per second, all threads together; empty where it does not
 *     search
 */
public record BenchmarkRow(
    String placer,
    PlacementFigures planned,
    double plannedLayerSeconds,
    Optional<PlacementFigures> heldOut,
    OptionalDouble heldOutLayerSeconds,
    double objectiveSeconds,
    double seconds,
    OptionalDouble movesPerSecond,
    double leastSeconds,
    double mostSeconds) {

  /** The layer time that counts: on tokens kept back where there are some. */
  public double layerSeconds() {
    return layerSeconds(plannedLayerSeconds, heldOutLayerSeconds);
  }

  static double layerSeconds(double planned, OptionalDouble heldOut) {
    return heldOut.orElse(planned);
  }

  /** The same with the range of all seeds. */
  BenchmarkRow ofSeeds(double least, double most) {
    return new BenchmarkRow(
        placer,
        planned,
        plannedLayerSeconds,
        heldOut,
        heldOutLayerSeconds,
        objectiveSeconds,
        seconds,
        movesPerSecond,
        least,
        most);
  }
}
