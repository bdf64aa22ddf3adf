package dev.rackplan;

import dev.rackplan.json.FileTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Measured data that lies beside the project; tests that need it skip aloud where it is absent. */
public final class SharedData {
  static {
    // Files of tests name it from their own folders.
    FileTree.trust(List.of(root()));
  }

  private SharedData() {}

  private static Path root() {
    return Path.of(System.getProperty("rackplan.shared", "../shared"));
  }

  /**
   * The data folder: {@code data} under the system property {@code rackplan.shared}, by default
   * {@code ../shared}.
   */
  public static Path dir() {
    return dir("data");
  }

  /** A folder below the same root; who asks for one that is absent skips. */
  public static Path dir(String first, String... more) {
    Path dir = root().resolve(Path.of(first, more));
    if (!Files.isDirectory(dir)) {
      String message = "SKIPPED: no data folder " + dir + " (set -Drackplan.shared=DIR)";
      System.out.println(message);
      Assumptions.assumeTrue(false, message);
    }
    return dir;
  }
}
