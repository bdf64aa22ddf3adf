package dev.rackplan.replan;

/**
 * How to replan.
 *
 * @param steps scored moves of each layer's searches
 * @param seed of every random choice
 * @param threads layers at the same time
 * @param mostMovedBytes bytes of expert weights that may move; infinite without a limit
 * @param pins what changes only as far as it must
 * @param nothingChanged whether the problem is the one that the running plan was made for: then it
 *     stays, unless a limit asks for the best within it
 */
public record ReplanOptions(
    long steps, long seed, int threads, double mostMovedBytes, Pins pins, boolean nothingChanged) {
  boolean limited() {
    return mostMovedBytes < Double.POSITIVE_INFINITY;
  }
}
