package dev.rackplan.plan;

import java.util.List;

/**
 * One pipeline stage.
 *
 * @param firstLayer first layer, counted from 0
 * @param lastLayer last layer, inclusive
 * @param gpus indices into {@link dev.rackplan.topology.Topology#gpus()}: replicas × GPUs per
 *     stage, one instance after the other; within an instance in rank order, which is the order of
 *     the expert slots
 */
public record Stage(int firstLayer, int lastLayer, List<Integer> gpus) {
  public Stage {
    gpus = List.copyOf(gpus);
    if (firstLayer < 0 || lastLayer < firstLayer) {
      throw new IllegalArgumentException(
          "layers must be an ascending range, were [" + firstLayer + ", " + lastLayer + "]");
    }
  }

  /** GPUs of one instance's copy of this stage. */
  public List<Integer> gpusOfInstance(int instance, int gpusPerStage) {
    return gpus.subList(instance * gpusPerStage, (instance + 1) * gpusPerStage);
  }
}
