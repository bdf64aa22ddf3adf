package dev.rackplan.solver;

/** Told how the search goes, from any thread. */
@FunctionalInterface
public interface SearchProgress {
  /**
   * @param layout layout being solved, counted from 1
   * @param layouts layouts in all
   * @param layersDone MoE layers searched
   * @param layers MoE layers in all
   * @param bestStepSeconds best TPOT or TTFT so far in s, of the layout being solved
   */
  void at(int layout, int layouts, int layersDone, int layers, double bestStepSeconds);
}
