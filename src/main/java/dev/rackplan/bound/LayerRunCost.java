package dev.rackplan.bound;

/**
 * What a stage costs that holds a run of layers. Must give the same answer each time it is asked.
 */
@FunctionalInterface
public interface LayerRunCost {
  /**
   * @param stage stage, counted from 0
   * @param firstLayer first layer of the run
   * @param lastLayer last layer, inclusive
   * @return cost of the stage; finite, any unit
   */
  double cost(int stage, int firstLayer, int lastLayer);
}
