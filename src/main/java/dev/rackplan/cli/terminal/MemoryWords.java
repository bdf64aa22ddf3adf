package dev.rackplan.cli.terminal;

/** How running out of memory is told, wherever it happened. */
public final class MemoryWords {
  private MemoryWords() {}

  /**
   * What was missing, and the remedy on a line of its own.
   *
   * @param smaller what could be given less of, as the beginning of a sentence
   */
  public static String of(String smaller) {
    return "needs more than the "
        + (Runtime.getRuntime().maxMemory() >> 20)
        + " MB of memory that rackplan may use\n  "
        + smaller
        + ", or give more with --memory, such as --memory 8g.";
  }
}
