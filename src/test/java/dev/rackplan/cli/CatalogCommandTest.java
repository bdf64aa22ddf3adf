package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.SharedData;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ModelCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogCommandTest {
  private static final List<String> KEYS =
      List.of(
          "name",
          "architecture",
          "parameters",
          "activeParameters",
          "kvBytesPerToken",
          "indexBytesPerToken",
          "layers",
          "nextTokenLayers",
          "nextTokenParameters",
          "experts",
          "expertsPerToken",
          "attentionLayers",
          "towerParameters",
          "notes",
          "formats");

  // Not every config says how long contexts may be.
  private static List<String> keys(JsonCursor model) {
    return model.keys().stream().filter(key -> !key.equals("maxContext")).toList();
  }

  @Test
  void listing_hasEveryModelAndUnits() {
    CommandRun run = CommandRun.of("catalog");

    assertEquals(ExitCode.SOLVED, run.exitCode());
    String[] lines = run.out().split("\n");
    assertEquals(
        "Weights in 1e9 parameters; KV bytes a token in BF16; experts a layer, chosen a", lines[0]);
    assertTrue(
        run.out().replaceAll(" +", " ").contains("\ndeepseek-v3.2 671.88 38.40 70272 61 256 8\n"),
        run.out());
    assertTrue(run.out().contains("\nGPU "), run.out());
    assertTrue(run.out().contains("  USD/h\n"), run.out());
    assertTrue(run.out().lines().allMatch(line -> line.length() <= 80), run.out());
    JsonCursor json = CommandRun.of("catalog", "--json").json();
    assertEquals(
        ModelCatalog.names(),
        json.get("models").list().stream().map(model -> model.text("name")).toList());
    assertTrue(json.get("gpus").list().size() >= 18);
  }

  @Test
  void model_isOneObject() {
    JsonCursor model = CommandRun.of("catalog", "--model", "deepseek-v3.2", "--json").json();

    assertEquals(KEYS, keys(model));
    assertEquals(163_840, model.integer("maxContext", 1, Integer.MAX_VALUE));
    assertEquals("deepseek-v3.2", model.text("name"));
    assertEquals(671877944064L, model.get("parameters").whole(0, Long.MAX_VALUE));
    assertEquals(38403822336L, model.get("activeParameters").whole(0, Long.MAX_VALUE));
    assertEquals(70272, model.integer("kvBytesPerToken", 0, 1 << 30));
    assertEquals(61 * 128 * 2, model.integer("indexBytesPerToken", 0, 1 << 30));
    assertEquals(61, model.integer("layers", 0, 1000));
    assertEquals(256, model.integer("experts", 0, 1000));
    assertEquals(8, model.integer("expertsPerToken", 0, 1000));
    assertEquals(61, model.get("attentionLayers").integer("sparse", 0, 1000));
    assertEquals("weights fp8_block, experts fp8_block (model file)", model.text("formats"));
  }

  @Test
  void gpu_saysWhatItMultipliesIn80Columns() {
    CommandRun hopper = CommandRun.of("catalog", "--gpu", "h100-sxm");
    String table = hopper.out().substring(hopper.out().indexOf("weights in"));

    assertTrue(table.lines().allMatch(line -> line.length() <= 80), table);
    assertTrue(table.contains("fp8_block     8.002            fp8             1979"), table);
    assertTrue(table.contains("nvfp4           4.5           bf16              989"), table);
    assertTrue(
        table.lines().anyMatch(line -> line.startsWith("nvfp4") && line.endsWith("none: widened")),
        table);
    assertTrue(
        table.lines().anyMatch(line -> line.startsWith("int4") && line.endsWith("by design")),
        table);
    JsonCursor ascend = CommandRun.of("catalog", "--gpu", "ascend-910b", "--json").json();
    assertTrue(
        ascend.get("formats").list().stream()
            .filter(row -> row.text("format").contains("fp"))
            .filter(row -> !row.text("multipliedIn").equals("fp32"))
            .allMatch(row -> row.text("multipliedIn").equals("bf16")));
  }

  @Test
  void gpu_isOneObjectToo() {
    JsonCursor gpu = CommandRun.of("catalog", "--gpu", "gb200", "--json").json();

    assertEquals("gb200", gpu.text("name"));
    assertEquals(
        gpu.get("hbmGB").number() / gpu.get("hbmTBps").number(),
        gpu.get("drainMillis").number(),
        1e-9);
    assertEquals(192, gpu.get("hbmGB").number());
    // 189,471 MiB.
    assertEquals(198_674_743_296L, gpu.get("hbmBytes").whole(0, Long.MAX_VALUE));
    assertEquals(8, gpu.get("planningTBps").number());
    assertEquals("blackwell", gpu.text("generation"));
    assertEquals("measured", gpu.get("basis").text("hbmBytes"));
    assertEquals("vendor", gpu.get("basis").text("hbmGB"));
  }

  @Test
  void ownModelFile_isRead(@TempDir Path folder) {
    TinyProblem tiny = new TinyProblem(folder);

    JsonCursor model =
        CommandRun.of("catalog", "--model", tiny.path("models/tiny-moe.json"), "--json").json();

    assertEquals("tiny-moe", model.text("name"));
    // 3 layers of 2·2·16 elements.
    assertEquals(3 * 64 * 2, model.integer("kvBytesPerToken", 0, 1 << 30));
  }

  @Test
  void unknownNames_areCorrected() {
    CommandRun model = CommandRun.of("catalog", "--model", "deepsek-v3");
    CommandRun gpu = CommandRun.of("catalog", "--gpu", "h1000");

    assertEquals(ExitCode.BAD_INPUT, model.exitCode());
    assertTrue(model.err().contains("did you mean \"deepseek-v3\"?"), model.err());
    assertEquals(ExitCode.BAD_INPUT, gpu.exitCode());
    assertTrue(gpu.err().contains("Did you mean \"h100-"), gpu.err());
  }

  @Test
  void everyPublishedConfig_isRead() throws IOException {
    List<Path> configs;
    try (Stream<Path> files = Files.list(SharedData.dir().resolve("models"))) {
      configs = files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    assertTrue(configs.size() > 20, configs.size() + "");
    for (Path config : configs) {
      CommandRun run = CommandRun.of("catalog", "--model", config.toString(), "--json");

      assertEquals(ExitCode.SOLVED, run.exitCode(), config + ": " + run.err());
      assertEquals(KEYS, keys(run.json()));
    }
  }
}
