package dev.rackplan.inventory;

/**
 * What became of one fact.
 *
 * @param kind where it comes from
 * @param text a sentence
 * @param remedy how to say better; empty where there is nothing to
 */
public record Note(Kind kind, String text, String remedy) {
  /** Where a fact comes from. */
  public enum Kind {
    /** A tool says it. */
    READ,
    /** No tool says it; something usual was taken. */
    ASSUMED,
    /** Nobody says it, and the file does not. */
    UNKNOWN
  }
}
