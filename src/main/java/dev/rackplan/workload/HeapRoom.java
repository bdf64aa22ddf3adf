package dev.rackplan.workload;

/**
 * Asks for room on the heap before large data are made. A heap that is filled to its brim takes
 * others' work with it: a class whose first use meets it stays unusable for good.
 */
public final class HeapRoom {
  // Assumed: what a search, a reader or a writer beside it may need at once.
  private static final double LEFT_FOR_OTHERS = 0.125;

  private HeapRoom() {}

  /**
   * Returns where {@code bytes} more fit and an eighth of the heap is left.
   *
   * @throws OutOfMemoryError where they don't; nothing was taken
   */
  public static void require(long bytes) {
    if (!fits(bytes)) {
      MadeRouting.forget();
      // What is no longer used counts as used until it is collected.
      System.gc();
      if (!fits(bytes)) {
        throw new OutOfMemoryError(bytes + " bytes of routing");
      }
    }
  }

  private static boolean fits(long bytes) {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    return bytes <= runtime.maxMemory() * (1 - LEFT_FOR_OTHERS) - used;
  }
}
