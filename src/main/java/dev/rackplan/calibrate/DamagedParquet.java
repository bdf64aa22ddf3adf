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

  /** Of an error of the decoders', whose words are about their own classes. */
  static DamagedParquet ofDecoder() {
    return new DamagedParquet("is damaged");
  }

  String remedy() {
    return remedy;
  }
}
