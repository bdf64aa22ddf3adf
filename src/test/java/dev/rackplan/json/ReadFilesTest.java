package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadFilesTest {
  private static final int LOADS = 400;

  @TempDir private Path folder;

  @Test
  void file_thatChangesBeforeItIsHashed_isRefused() throws IOException {
    Path file = folder.resolve("a.json");
    Files.writeString(file, "one");
    ReadFiles read = new ReadFiles();
    read.add(file);
    String hash = read.sha256("p.json");
    assertEquals(64, hash.length());

    // As long as before.
    AtomicFile.replace(file, "two");
    InputException refused = assertThrows(InputException.class, () -> read.sha256("p.json"));
    assertTrue(
        refused.getMessage().contains(file + " changed or vanished while it was read"),
        refused.getMessage());

    Files.delete(file);
    assertThrows(InputException.class, () -> read.sha256("p.json"));
  }

  /** A topology that another process replaces all the time, by one or by the other. */
  @Test
  void problemRead_whileItsTopologyIsReplaced_neverGetsTheOthersHash()
      throws IOException, InterruptedException {
    TinyProblem tiny = new TinyProblem(folder);
    Path problem = Path.of(tiny.path("problems/tiny.json"));
    Path topology = Path.of(tiny.path("topologies/two-racks.json"));
    String[] texts = {
      TinyProblem.TOPOLOGY, TinyProblem.TOPOLOGY.replace("\"count\": 2", "\"count\": 3")
    };
    Map<String, Integer> gpusByHash = new HashMap<>();
    for (String text : texts) {
      AtomicFile.replace(topology, text);
      ProblemFile.Loaded loaded = ProblemFile.load(problem, "tiny.json");
      gpusByHash.put(loaded.sha256(), loaded.problem().topology().gpus().size());
    }
    assertEquals(2, gpusByHash.size());

    AtomicBoolean done = new AtomicBoolean();
    Thread writer =
        new Thread(
            () -> {
              for (int i = 0; !done.get(); i++) {
                replace(topology, texts[i % 2]);
              }
            });
    writer.start();
    int refused = 0;
    try {
      for (int i = 0; i < LOADS; i++) {
        try {
          ProblemFile.Loaded loaded = ProblemFile.load(problem, "tiny.json");
          assertEquals(gpusByHash.get(loaded.sha256()), loaded.problem().topology().gpus().size());
        } catch (InputException e) {
          assertTrue(
              e.getMessage().contains("changed or vanished while it was read"), e::getMessage);
          refused++;
        }
      }
    } finally {
      done.set(true);
      writer.join();
    }
    assertTrue(refused > 0, "the topology was never replaced at the right moment");
    System.out.printf("%d of %d loads met a change and were refused%n", refused, LOADS);
  }

  // Moved over the old one, as editors and configuration management do; not synced, to be quick.
  private static void replace(Path file, String text) {
    try {
      Path draft = file.resolveSibling("draft");
      Files.writeString(draft, text, StandardCharsets.UTF_8);
      Files.move(
          draft,
          file,
          java.nio.file.StandardCopyOption.ATOMIC_MOVE,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
