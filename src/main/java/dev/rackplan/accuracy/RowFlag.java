package dev.rackplan.accuracy;

/** What is said of a measured row, and with it where it counts. */
public enum RowFlag {
  /** Its layout was corrected; it counts like any other. */
  RELABELLED("relabelled", "layout corrected, counted"),
  /** The same measurement stands in another row. */
  DUPLICATE("duplicate", "measured once, given twice"),
  /** Its degrees don't agree with each other. */
  CONTRADICTORY("contradictory", "degrees that contradict each other"),
  /** Tokens may have been drafted, and nothing says so: told apart. */
  MAYBE_MTP("maybeMtp", "speculative decoding may be on"),
  /** Degrees or batches are missing. */
  INCOMPLETE("incomplete", "without workers or batch"),
  /** Faster than its weights can be read. */
  BELOW_FLOOR("belowFloor", "faster than reading the weights");

  private final String key;
  private final String words;

  RowFlag(String key, String words) {
    this.key = key;
    this.words = words;
  }

  /** Its name in files. */
  public String key() {
    return key;
  }

  /** What it means, for a table. */
  public String words() {
    return words;
  }
}
