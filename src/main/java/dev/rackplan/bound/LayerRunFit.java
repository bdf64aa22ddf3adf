package dev.rackplan.bound;

/** Whether a stage may hold a run of layers: its memory, for one. */
@FunctionalInterface
public interface LayerRunFit {
  /**
   * @param stage stage, counted from 0
   * @param firstLayer first layer of the run
   * @param lastLayer last layer, inclusive
   */
  boolean fits(int stage, int firstLayer, int lastLayer);
}
