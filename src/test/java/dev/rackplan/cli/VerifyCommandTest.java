package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
  @TempDir private Path folder;

  private TinyProblem tiny;

  @BeforeEach
  void solve() {
    tiny = new TinyProblem(folder);
    CommandRun run =
        CommandRun.of(
            "solve", tiny.path("problems/tiny.json"), "--steps", "100", "-o", tiny.path("out"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
  }

  private CommandRun verify(String... more) {
    String[] arguments = new String[more.length + 2];
    arguments[0] = "verify";
    arguments[1] = tiny.path("out/tiny.json");
    System.arraycopy(more, 0, arguments, 2, more.length);
    return CommandRun.of(arguments);
  }

  @Test
  void freshSolution_holds() {
    CommandRun run = verify();
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(tiny.path("out/tiny.json") + ": holds\n", run.out());
  }

  @Test
  void otherInputs_doNotHold_evenWhereNoFigureMoves() {
    tiny.write("problems/tiny.json", TinyProblem.PROBLEM + "\n");
    CommandRun run = verify();
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode());
    assertTrue(run.out().contains("made from other inputs"), run.out());
    assertTrue(!run.out().contains("another figure"), run.out());
  }

  @Test
  void otherFigure_isNamed() {
    String solution = tiny.read("out/tiny.json");
    int at = solution.indexOf("\"tokensPerSecond\": ") + "\"tokensPerSecond\": ".length();
    tiny.write("out/tiny.json", solution.substring(0, at) + "1" + solution.substring(at));
    CommandRun run = verify("--json");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode());
    assertEquals(1, run.json().list().get(0).get("faults").list().size(), run.out());
    assertTrue(run.out().contains("tokensPerSecond"), run.out());
  }

  @Test
  void brokenLimit_isNamed_andAnUnreadableFileDoesNotStopTheOthers() {
    tiny.variant("tiny", "\"tpotMillis\": 50", "\"tpotMillis\": 0.001");
    CommandRun run =
        CommandRun.of("verify", tiny.path("problems/tiny.json"), tiny.path("out/tiny.json"));
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode());
    assertTrue(run.out().contains("breaks a limit: "), run.out());
    assertTrue(run.err().contains(tiny.path("problems/tiny.json")), run.err());
  }

  @Test
  void otherVersion_isNamed_andHoldsWhereItsFiguresDo() {
    String solution = tiny.read("out/tiny.json");
    String version = "\"version\": \"" + VersionProvider.version() + "\"";
    assertTrue(solution.contains(version), solution);
    tiny.write("out/tiny.json", solution.replace(version, "\"version\": \"0.0.9\""));
    CommandRun run = verify();
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(
        tiny.path("out/tiny.json")
            + ": holds (made by rackplan 0.0.9, this is "
            + VersionProvider.version()
            + ")\n",
        run.out());
    CommandRun json = verify("--json");
    assertTrue(json.out().contains("\"madeBy\": \"0.0.9\""), json.out());
    assertEquals(
        json.json().list().get(0).text("inputSha256"),
        json.json().list().get(0).text("inputSha256Now"));
  }
}
