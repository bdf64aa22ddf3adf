package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandHelpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "plan",
        "solve",
        "evaluate",
        "roofline",
        "sensitivity",
        "what-if",
        "economics serving",
        "economics training",
        "economics prices",
        "economics cache",
        "economics lecture",
        "accuracy",
        "requests",
        "replay",
        "calibrate",
        "topology",
        "validate",
        "catalog"
      })
  void help_hasAnExampleAndJson(String command) {
    CommandRun run = CommandRun.of((command + " --help").split(" "));

    assertEquals(ExitCode.SOLVED, run.exitCode());
    assertTrue(run.out().contains("\nExample:\n  rackplan " + command), run.out());
    assertTrue(run.out().contains("--json"), run.out());
    assertEquals("", run.err());
  }
}
