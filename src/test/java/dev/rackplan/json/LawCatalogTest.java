package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.rackplan.CommittedSchema;
import dev.rackplan.law.GpuLaws;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The laws that come with rackplan. */
class LawCatalogTest {
  private static final Path FOLDER = Path.of("src/main/resources/dev/rackplan/json/laws");

  @Test
  void everyFile_isReadAndValidAndOfItsGpu() throws IOException {
    for (Map.Entry<String, String> gpu : LawCatalog.generations().entrySet()) {
      List<GpuLaws> laws = LawCatalog.of(gpu.getKey());
      assertEquals(1, laws.size(), gpu.getKey());
      assertEquals(gpu.getKey(), laws.get(0).gpu());
      assertEquals(gpu.getValue(), laws.get(0).generation());
      assertFalse(laws.get(0).cells().isEmpty(), gpu.getKey());
      String text = Files.readString(FOLDER.resolve(gpu.getKey() + ".json"));
      assertEquals(Set.of(), CommittedSchema.validate("laws", text), gpu.getKey());
    }
    assertEquals("hopper", LawCatalog.generations().get("h100-sxm"));
  }

  @Test
  void index_namesEveryFile() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertEquals(
          LawCatalog.generations().keySet().stream().map(gpu -> gpu + ".json").sorted().toList(),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> !name.equals("index.json"))
              .sorted()
              .toList());
    }
  }
}
