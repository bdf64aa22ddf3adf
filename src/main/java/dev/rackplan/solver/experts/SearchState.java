package dev.rackplan.solver.experts;

/**
 * Live facts of one search that moves are chosen by: replicas of each expert, and the GPU that
 * takes longest.
 */
final class SearchState {
  private final int[] replicas;
  private int hottestGpu;

  SearchState(int experts) {
    this.replicas = new int[experts];
  }

  void clear() {
    java.util.Arrays.fill(replicas, 0);
  }

  void add(int expert, int count) {
    replicas[expert] += count;
  }

  int replicas(int expert) {
    return replicas[expert];
  }

  int hottestGpu() {
    return hottestGpu;
  }

  void setHottestGpu(int gpu) {
    hottestGpu = gpu;
  }
}
