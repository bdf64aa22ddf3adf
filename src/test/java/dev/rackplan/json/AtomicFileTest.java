package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  // No system gives a process so high a number.
  private static final String DEAD = "999999999999";

  @TempDir private Path folder;

  private void left(String name, long ageMillis) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "{");
    Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis() - ageMillis));
  }

  @Test
  void sweepAbandoned_removesOnlyWhatNobodyWritesAnyMore() throws IOException {
    String own = ".plan.json." + ProcessHandle.current().pid() + "-1.tmp";
    left(".plan.json." + DEAD + "-1.tmp", 3_600_000);
    left(".other.json." + DEAD + "-1.tmp", 0);
    left(own, 3_600_000);
    left(".notes.tmp", 3_600_000);
    left("plan.json", 3_600_000);

    AtomicFile.sweepAbandoned(folder);

    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of(own, ".other.json." + DEAD + "-1.tmp", ".notes.tmp", "plan.json").stream()
              .sorted()
              .toList(),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }
}
