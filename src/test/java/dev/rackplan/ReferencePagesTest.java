package dev.rackplan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The pages below {@code docs/reference} say what enums, schemas and laws say. {@code
 * -Dgolden.update=true} writes them.
 */
class ReferencePagesTest {
  private static final Path FOLDER = Path.of("docs/reference");

  @TestFactory
  Stream<DynamicTest> pages_areThoseOfTheCode() throws IOException {
    Map<String, String> pages = ReferencePages.all();
    return pages.entrySet().stream()
        .map(
            page ->
                DynamicTest.dynamicTest(
                    page.getKey(),
                    () -> {
                      Path file = FOLDER.resolve(page.getKey());
                      if (Boolean.getBoolean("golden.update")) {
                        AtomicFile.replace(file, page.getValue());
                      }
                      assertEquals(
                          page.getValue(),
                          Files.readString(file),
                          () -> file + " is old; -Dgolden.update=true writes it");
                    }));
  }

  /** A file's format can be told from the schema that it names. */
  @Test
  void everySchema_saysItsVersion() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("docs", "schema"))) {
      List<Path> schemas = files.filter(file -> file.toString().endsWith(".json")).toList();
      assertTrue(schemas.size() > 20, "schemas: " + schemas.size());
      for (Path schema : schemas) {
        String title = JsonCursor.read(schema, schema.toString()).get("title").text();
        assertTrue(title.matches("rackplan .+, version [1-9]\\d*"), schema + ": " + title);
      }
    }
  }
}
