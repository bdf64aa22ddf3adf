package dev.rackplan.report;

import dev.rackplan.law.CellKey;
import java.util.ArrayList;
import java.util.List;

/** What a law is of, in words. */
final class LawWords {
  private LawWords() {}

  /** Such as {@code sglang 0.5.6, fp8-block, kernel deepgemm, headSize 128}. */
  static String of(CellKey key) {
    List<String> words = new ArrayList<>();
    words.add((key.engine() + " " + key.version()).strip());
    words.add(
        key.cache() == key.format()
            ? key.format().key()
            : key.format().key() + " with a cache in " + key.cache().key());
    if (!key.kernel().isEmpty()) {
      words.add("kernel " + key.kernel());
    }
    key.variant().forEach((name, value) -> words.add(name + " " + Figures.shortest(value)));
    return String.join(", ", words);
  }
}
