package dev.rackplan;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Where reference data lies that is not part of the project; tests that need it skip aloud where it is absent. */
public final class SharedData {
  private SharedData() {}

  /** The data folder: {@code ../shared/data}, or {@code data} under the system property {@code rackplan.shared}. */
  public static Path dir() {
    String root = System.getProperty("rackplan.shared");
    Path dir = (root == null ? Path.of("..", "shared") : Path.of(root)).resolve("data");
    if (!Files.isDirectory(dir)) {
      System.out.println("SKIPPED: no reference data at " + dir + "; set -Drackplan.shared=FOLDER");
    }
    Assumptions.assumeTrue(Files.isDirectory(dir), "no reference data at " + dir);
    return dir;
  }
}
