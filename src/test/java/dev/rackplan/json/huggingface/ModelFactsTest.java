package dev.rackplan.json.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.SharedData;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every real config against collected facts: total and active parameters, KV bytes per token,
 * within 1%.
 */
class ModelFactsTest {
  private static final double TOLERANCE = 0.01;

  /** A fact that we don't meet within 1%, with the reason and what we say instead. */
  private record Explained(double ours, String reason) {}

  private static final String ROUNDED = "published value is rounded to whole billions or coarser";

  private static TreeMap<String, Explained> exceptions() {
    TreeMap<String, Explained> table = new TreeMap<>();
    table.put("Qwen3-30B-A3B total published", new Explained(30_532_122_624.0, ROUNDED));
    table.put(
        "Qwen3-30B-A3B active derived",
        new Explained(
            3_353_032_704.0, "derived value is rounded to one decimal: 3.353 is written 3.4"));
    table.put("Qwen3-30B-A3B active published", new Explained(3_353_032_704.0, ROUNDED));
    table.put(
        "DeepSeek-V3 active published",
        new Explained(
            37_552_297_472.0,
            "published 36.7 counts one of embedding and head (0.93 each), and is rounded up to 37"));
    table.put(
        "DeepSeek-V4-Pro total published",
        new Explained(1_572_997_201_763.0, "published 1.6T is rounded to two digits"));
    table.put(
        "Kimi-K2-Instruct total published",
        new Explained(1_026_408_232_448.0, "published 1T is rounded to one digit"));
    table.put(
        "Kimi-K2-Instruct active published",
        new Explained(
            32_861_500_928.0, "published 32 leaves out the embedding (1.17), and is rounded"));
    table.put(
        "gpt-oss-120b total published",
        new Explained(116_829_156_672.0, "published 120 is a rounded name"));
    table.put(
        "gpt-oss-120b active published",
        new Explained(
            5_711_982_912.0, "published 5.1 leaves out the embedding (0.58), and is rounded"));
    table.put(
        "OLMoE-1B-7B-0924 active derived",
        new Explained(1_282_017_280.0, "derived value is rounded to one decimal"));
    table.put(
        "MiniMax-Text-01_and_M1 active published",
        new Explained(
            48_403_306_496.0, "published 45.9 leaves out embedding and head (1.23 each)"));
    return table;
  }

  @Test
  void everyConfig_agreesWithTheFacts() throws IOException {
    Path folder = SharedData.dir();
    List<JsonCursor> facts =
        JsonCursor.read(folder.resolve("model-facts.json"), "model-facts.json")
            .get("models")
            .list();
    TreeMap<String, Explained> open = exceptions();
    List<String> wrong = new ArrayList<>();
    int compared = 0;
    System.out.printf(
        "%-46s %20s %16s %20s%n",
        "ours / fact (derived, published)", "total B", "active B", "KV bytes/token");
    for (JsonCursor fact : facts) {
      String name = fact.text("name");
      Model model = read(folder.resolve("models"), name);
      compared +=
          check(
              name + " total derived",
              model.parameters(),
              fact(fact, "params_total_B_derived", 1e9),
              open,
              wrong);
      compared +=
          check(
              name + " total published",
              model.parameters(),
              fact(fact, "params_total_B_published", 1e9),
              open,
              wrong);
      compared +=
          check(
              name + " active derived",
              model.activeParameters(),
              fact(fact, "params_active_B_derived", 1e9),
              open,
              wrong);
      compared +=
          check(
              name + " active published",
              model.activeParameters(),
              fact(fact, "params_active_B_published", 1e9),
              open,
              wrong);
      compared += check(name + " kv", model.kvBytesPerToken(Dtype.BF16), kvFact(fact), open, wrong);
      System.out.println(row(name, model, fact));
    }
    assertEquals(List.of(), wrong);
    assertTrue(open.isEmpty(), "exceptions that no longer are any: " + open.keySet());
    assertTrue(compared > 55, "only " + compared + " figures compared");
  }

  @Test
  void indexKeys_areCountedApart() throws IOException {
    Path folder = SharedData.dir().resolve("models");

    // 61 and 78 layers with a key of 128 elements; MiniMax: 57 of 60.
    assertEquals(61 * 128 * 2, read(folder, "DeepSeek-V3.2").indexBytesPerToken(Dtype.BF16));
    assertEquals(78 * 128 * 2, read(folder, "GLM-5").indexBytesPerToken(Dtype.BF16));
    assertEquals(57 * 128 * 2, read(folder, "MiniMax-M3").indexBytesPerToken(Dtype.BF16));
    assertEquals(0, read(folder, "DeepSeek-V3").indexBytesPerToken(Dtype.BF16));
  }

  @Test
  void everyConfig_hasFacts() throws IOException {
    Path folder = SharedData.dir();
    List<String> names = new ArrayList<>();
    for (JsonCursor fact :
        JsonCursor.read(folder.resolve("model-facts.json"), "model-facts.json")
            .get("models")
            .list()) {
      names.add(fact.text("name"));
    }
    try (Stream<Path> files = Files.list(folder.resolve("models"))) {
      files.forEach(
          file ->
              assertTrue(
                  names.contains(
                      file.getFileName().toString().replaceFirst("(\\.derived)?\\.json$", "")),
                  file + ""));
    }
  }

  /** Returns 1 where there is a fact to compare with, else 0. */
  private static int check(
      String figure,
      double ours,
      Optional<Double> fact,
      TreeMap<String, Explained> open,
      List<String> wrong) {
    if (fact.isEmpty()) {
      return 0;
    }
    boolean meets = Math.abs(ours / fact.get() - 1) <= TOLERANCE;
    Explained exception = meets ? null : open.remove(figure);
    if (!meets && (exception == null || exception.ours() != ours)) {
      wrong.add(String.format(Locale.ROOT, "%s: ours %.0f, fact %.0f", figure, ours, fact.get()));
    }
    return 1;
  }

  private static Optional<Double> fact(JsonCursor fact, String key, double unit) {
    return fact.findNullable(key).map(value -> value.number() * unit);
  }

  private static Optional<Double> kvFact(JsonCursor fact) {
    return fact(fact, "kv_bytes_per_token_bf16_derived", 1)
        .or(() -> fact(fact, "kv_bytes_per_token_bf16_full_layers_derived", 1));
  }

  private static String row(String name, Model model, JsonCursor fact) {
    return String.format(
        Locale.ROOT,
        "%-46s %8.1f /%5s /%5s %7.2f /%5s /%5s %8.0f /%7s",
        name,
        model.parameters() / 1e9,
        shown(fact, "params_total_B_derived"),
        shown(fact, "params_total_B_published"),
        model.activeParameters() / 1e9,
        shown(fact, "params_active_B_derived"),
        shown(fact, "params_active_B_published"),
        model.kvBytesPerToken(Dtype.BF16),
        kvFact(fact).map(value -> String.format(Locale.ROOT, "%.0f", value)).orElse("-"));
  }

  private static String shown(JsonCursor fact, String key) {
    return fact(fact, key, 1).map(value -> String.format(Locale.ROOT, "%s", value)).orElse("-");
  }

  static Model read(Path folder, String name) throws IOException {
    Path file = folder.resolve(name + ".json");
    if (!Files.exists(file)) {
      file = folder.resolve(name + ".derived.json");
    }
    return HuggingFaceConfig.read(file, file.toString());
  }
}
