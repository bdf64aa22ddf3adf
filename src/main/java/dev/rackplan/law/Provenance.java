package dev.rackplan.law;

/** Where a law that answers a question comes from; the first that there is answers. */
public enum Provenance {
  /** Measured on that GPU with that engine, in the version asked for or its newest. */
  OWN("own", "measured on this GPU and engine"),
  /** Measured on that GPU with another engine, another version or a like format. */
  OTHER_ENGINE("otherEngine", "measured on this GPU with another engine, version or format"),
  /** Measured on another GPU of the generation, datasheet rates exchanged. */
  OTHER_GPU("otherGpu", "measured on another GPU of this generation, rates exchanged"),
  /** Not measured: a roofline at assumed efficiencies. */
  FLAT("flat", "by the flat formula, not measured");

  private final String key;
  private final String words;

  Provenance(String key, String words) {
    this.key = key;
    this.words = words;
  }

  /** Its key in files. */
  public String key() {
    return key;
  }

  /** What reports call it. */
  public String words() {
    return words;
  }
}
