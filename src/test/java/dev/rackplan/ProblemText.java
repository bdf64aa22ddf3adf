package dev.rackplan;

import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Problems on catalogue models and committed topologies, from the parts of a file that matter. */
public final class ProblemText {
  private ProblemText() {}

  /**
   * A problem read from a file in {@code folder}.
   *
   * @param topology name of a committed topology, or the text of one
   * @param workload keys of the workload but {@code phase}, which is decode, and routing
   * @param rest further keys, each begun by a comma
   */
  public static Problem decode(
      Path folder, String model, String topology, String workload, boolean experts, String rest) {
    try {
      Path cluster = Path.of("topologies", topology + ".json").toAbsolutePath();
      if (topology.startsWith("{")) {
        cluster = folder.resolve("topology.json");
        Files.writeString(cluster, topology, StandardCharsets.UTF_8);
      }
      String routing =
          experts ? ", \"routing\": {\"powerLaw\": {\"alpha\": 1.01, \"seed\": 1}}" : "";
      Path file = folder.resolve("problem.json");
      Files.writeString(
          file,
          "{\"name\": \"problem\", \"model\": \""
              + model
              + "\", \"topology\": \""
              + cluster
              + "\", \"workload\": {\"phase\": \"decode\", "
              + workload
              + routing
              + "}"
              + rest
              + "}",
          StandardCharsets.UTF_8);
      return ProblemFile.read(file, "problem.json");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
