package dev.rackplan.cli.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a command's files go; nothing is written here. */
class OutputFolderTest {
  private static Map<String, Path> targets(String folder, String problem) {
    return OutputFolder.targets(folder, "-o", List.of(problem), ".json");
  }

  // The working folder has no name of its own.
  @ParameterizedTest
  @ValueSource(strings = {".", "./", "..", "target/..", "target/../."})
  void everyWayToNameAFolder_isTaken(String folder) {
    Path file = targets(folder, "problems/p.json").get("problems/p.json");
    assertEquals(
        Path.of(folder).toAbsolutePath().normalize().resolve("p.json"),
        file.toAbsolutePath().normalize());
  }

  @Test
  void problem_isNotOverwrittenByItsPlan() {
    String problem = "problems/deepseek-v3-decode-gb200.json";
    InputException refused =
        assertThrows(InputException.class, () -> targets("./problems/.", problem));
    assertTrue(refused.getMessage().contains("would be overwritten"), refused.getMessage());
  }
}
