package dev.rackplan.baseline;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Pipeline stages of equal layer count, as engines cut them when told nothing; which stages take
 * the remainder differs by engine.
 */
public final class EvenStages {
  /** Reports and solution files call this baseline so. */
  public static final String NAME = "even-stages";

  /** Who takes the remainder. */
  public enum Remainder {
    /**
     * vLLM's {@code get_pp_indices}: one more layer each to the stages just before the last, which
     * has the final norm and head to compute. 61 layers in 4 stages: 15, 15, 16, 15.
     */
    BEFORE_LAST,
    /**
     * SGLang's {@code get_pp_indices}: one more layer each to the last stages. 61 layers in 4
     * stages: 15, 15, 15, 16.
     */
    LAST
  }

  private EvenStages() {}

  /**
   * Layers per stage; rackplan's default is vLLM's rule, {@link Remainder#BEFORE_LAST}.
   *
   * @param layers layers of the model
   * @param stages pipeline stages, at most {@code layers}
   * @return layer count of each stage, summing to {@code layers}
   */
  public static List<Integer> layersPerStage(int layers, int stages, Remainder remainder) {
    if (stages < 1 || stages > layers) {
      throw new IllegalArgumentException("stages must be in 1.." + layers + ", were " + stages);
    }
    int end =
        switch (remainder) {
          case BEFORE_LAST -> layers % stages == 0 ? stages : stages - 1;
          case LAST -> stages;
        };
    int start = end - layers % stages;
    return IntStream.range(0, stages)
        .map(stage -> layers / stages + (stage >= start && stage < end ? 1 : 0))
        .boxed()
        .toList();
  }

  /** First layer of each stage under vLLM's rule. */
  public static List<Integer> firstLayers(int layers, int stages) {
    List<Integer> counts = layersPerStage(layers, stages, Remainder.BEFORE_LAST);
    int[] first = new int[stages];
    for (int stage = 1; stage < stages; stage++) {
      first[stage] = first[stage - 1] + counts.get(stage - 1);
    }
    return IntStream.of(first).boxed().toList();
  }
}
