package dev.rackplan.calibrate;

/** Why a row of a kernel table is not what a law is fitted to. */
public enum RowSkip {
  NO_LAW("tables of kernels that no law is of"),
  NO_SIZE("rows with a size of 0, in which nothing ran"),
  NO_TIME("rows without a time above 0"),
  UNKNOWN_FORMAT("rows in a number format that no law is of"),
  UNKNOWN_DISTRIBUTION("expert rows with a distribution of tokens that is not known"),
  EAGER("rows timed outside of a CUDA graph, which carry the host's launches"),
  SPARSE_PREFILL("prefill of sparse attention, timed outside of a CUDA graph"),
  MISLABELLED_SHAPE(
      "DeepSeek-V3's experts in kernels that route inside the layer: half of the experts that the row names ran"),
  NOT_CURRENT("older tunings, and rows copied to fill a file"),
  BEYOND_PEAK("rows faster than the GPU's datasheet allows"),
  NOT_CAUSAL("attention without a causal mask"),
  BETWEEN_NODES("transfers between nodes that are only known as a bandwidth"),
  COPIED_TABLE("tables equal to another GPU's, row by row: one of them is a copy");

  private final String words;

  RowSkip(String words) {
    this.words = words;
  }

  /** What a report calls these rows. */
  public String words() {
    return words;
  }
}
