package dev.rackplan;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Measured data that lies beside the project; tests that need it skip aloud where it is absent. */
public final class SharedData {
  private SharedData() {}

  /**
   * The data folder: {@code data} under the system property {@code rackplan.shared}, by default
   * {@code ../shared}.
   */
  public static Path dir() {
    Path dir = Path.of(System.getProperty("rackplan.shared", "../shared"), "data");
    if (!Files.isDirectory(dir)) {
      String message = "SKIPPED: no data folder " + dir + " (set -Drackplan.shared=DIR)";
      System.out.println(message);
      Assumptions.assumeTrue(false, message);
    }
    return dir;
  }
}
