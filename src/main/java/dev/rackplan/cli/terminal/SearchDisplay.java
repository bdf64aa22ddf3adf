package dev.rackplan.cli.terminal;

import dev.rackplan.solver.SearchProgress;

/** Shows how a search goes until it is closed. */
public interface SearchDisplay extends SearchProgress, AutoCloseable {
  /**
   * The search begins.
   *
   * @param words what it needs
   * @return whether they are shown
   */
  boolean begins(String words);

  /** The best plan so far was written to {@code file}. */
  void written(String file);

  @Override
  public void close();

  /** Shows nothing. */
  static SearchDisplay none() {
    return new SearchDisplay() {
      @Override
      public void at(int layout, int layouts, int layersDone, int layers, double bestStepSeconds) {}

      @Override
      public boolean begins(String words) {
        return false;
      }

      @Override
      public void written(String file) {}

      @Override
      public void close() {}
    };
  }
}
