package dev.rackplan.cost;

import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;

/**
 * What is left of a kernel's measured rate where all GPUs of a node multiply without a pause, as
 * training and the reading of prompts do: laws are fitted to kernels that ran a few times on idle
 * neighbours.
 *
 * <p>One figure a generation, chosen by the training rows that docs/decisions/0027 names; 1 where
 * no rows were at hand.
 */
final class SustainedShare {
  private static final double AMPERE = 0.93;
  private static final double HOPPER = 0.9;
  private static final double BLACKWELL = 0.9;

  private SustainedShare() {}

  /** In (0, 1]. */
  static double of(GpuSpec gpu) {
    return gpu.generation().map(SustainedShare::of).orElse(1.0);
  }

  private static double of(GpuGeneration generation) {
    return switch (generation) {
      case AMPERE -> AMPERE;
      case HOPPER -> HOPPER;
      case BLACKWELL -> BLACKWELL;
      default -> 1;
    };
  }
}
