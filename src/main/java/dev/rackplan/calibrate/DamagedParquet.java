package dev.rackplan.calibrate;

/** What is wrong with a Parquet file, before the file and the column are known. */
final class DamagedParquet extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final String REMEDY = "Copy the file again, or write it again.";

  private final String remedy;

  DamagedParquet(String problem) {
    this(problem, REMEDY);
  }

  DamagedParquet(String problem, String remedy) {
    super(problem);
    this.remedy = remedy;
  }

  /** Of an error of the library's. */
  static DamagedParquet of(Exception failure) {
    String message = failure.getMessage();
    return new DamagedParquet(
        "is damaged"
            + (message == null || message.isBlank() || message.contains("Exception")
                ? ""
                : " (" + message.lines().findFirst().orElseThrow() + ")"));
  }

  String remedy() {
    return remedy;
  }
}
