package dev.rackplan.accuracy;

import java.util.function.Function;

/** By what measured rows are told apart in a summary. */
public enum RowAttribute {
  MODEL("model", RowFamily::model),
  GPU("GPU", RowFamily::gpu),
  ENGINE("engine", RowFamily::engine),
  ENGINE_AND_GPU("engine, GPU", family -> family.engine() + ", " + family.gpu()),
  MODEL_ENGINE_AND_GPU(
      "model, engine, GPU",
      family -> String.join(", ", bare(family.model()), family.engine(), family.gpu())),
  PRECISION("precision", RowFamily::precision),
  LAYOUT("layout", RowFamily::layout),
  BATCH("sequences a rank", RowFamily::batch);

  private final String words;

  // Method references that can't change.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Function<RowFamily, String> value;

  RowAttribute(String words, Function<RowFamily, String> value) {
    this.words = words;
    this.value = value;
  }

  private static String bare(String model) {
    return model.substring(model.indexOf('/') + 1);
  }

  /** As the head of a table. */
  public String words() {
    return words;
  }

  /** What a row has of it. */
  public String of(RowFamily family) {
    return value.apply(family);
  }
}
