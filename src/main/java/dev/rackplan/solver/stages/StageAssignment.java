package dev.rackplan.solver.stages;

import java.util.List;

/**
 * A cut and its hosts.
 *
 * @param firstLayers first layer of each stage, ascending from 0
 * @param blocks host block of each stage, all different
 */
public record StageAssignment(List<Integer> firstLayers, List<Integer> blocks) {
  public StageAssignment {
    firstLayers = List.copyOf(firstLayers);
    blocks = List.copyOf(blocks);
  }

  /** Last layer of stage {@code s} of a model of {@code layers} layers. */
  public int lastLayer(int s, int layers) {
    return s + 1 < firstLayers.size() ? firstLayers.get(s + 1) - 1 : layers - 1;
  }
}
