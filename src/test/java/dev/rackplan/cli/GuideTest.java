package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every command of the walk-throughs runs, and the index knows every page. */
class GuideTest {
  private static final Path GUIDE = Path.of("docs/guide");
  private static final Path INDEX = Path.of("docs/index.md");

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicNode> commands_run() throws IOException {
    return pages(GUIDE, 1).stream().flatMap(page -> commands(page));
  }

  private Stream<DynamicNode> commands(Path page) {
    List<DocumentCommands.Shown> shown;
    try {
      shown = DocumentCommands.of(Files.readAllLines(page));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertFalse(shown.isEmpty(), () -> page + " has no command");
    // A folder for each page: its commands may use what those before them wrote.
    DocumentCommands commands = new DocumentCommands(folder.resolve(page.getFileName()));
    return shown.stream()
        .map(
            command ->
                DynamicTest.dynamicTest(
                    page.getFileName() + ": " + command.words(),
                    () -> commands.run(command.words())));
  }

  @Test
  void index_linksToEveryPage() throws IOException {
    String index = Files.readString(INDEX);
    for (Path page : pages(Path.of("docs"), 3)) {
      String link = Path.of("docs").relativize(page).toString();
      boolean listed = page.equals(INDEX) || link.startsWith("decisions/");
      assertTrue(listed || index.contains("(" + link), () -> INDEX + " has no link to " + link);
    }
  }

  private static List<Path> pages(Path from, int depth) throws IOException {
    try (Stream<Path> files = Files.walk(from, depth)) {
      return files.filter(file -> file.toString().endsWith(".md")).sorted().toList();
    }
  }
}
