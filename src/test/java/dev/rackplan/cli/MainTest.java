package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Command;

class MainTest {
  /** What a run printed and returned. */
  private record Outcome(int exitCode, String out, String err) {}

  @Test
  void help_printsAnExampleAndTheCommands() {
    Outcome outcome = run("--help");

    assertEquals(ExitCode.SOLVED, outcome.exitCode());
    assertTrue(outcome.out().contains("Example:\n  rackplan solve problems/"), outcome.out());
    assertTrue(outcome.out().contains("Commands:\n"), outcome.out());
    assertEquals("", outcome.err());
  }

  @Test
  void version_isTheOneOfTheBuild() {
    Outcome outcome = run("--version");

    assertEquals(ExitCode.SOLVED, outcome.exitCode());
    assertTrue(outcome.out().matches("rackplan \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\n"), outcome.out());
  }

  @ParameterizedTest
  @CsvSource({
    "--frobnicate, Unknown option: '--frobnicate'",
    "frobnicate,   Unmatched argument at index 0: 'frobnicate'",
    "--hepl,       Unknown option: '--hepl'",
  })
  void usageErrors_sayWhatAndExit2(String argument, String message) {
    Outcome outcome = run(argument);

    assertEquals(ExitCode.BAD_INPUT, outcome.exitCode());
    assertEquals("", outcome.out());
    assertTrue(outcome.err().startsWith("rackplan: " + message + "\n"), outcome.err());
    assertTrue(outcome.err().endsWith("  Try 'rackplan --help'.\n"), outcome.err());
  }

  @Test
  void noCommand_isAUsageError() {
    Outcome outcome = run();

    assertEquals(
        new Outcome(2, "", "rackplan: Missing command\n  Try 'rackplan --help'.\n"), outcome);
  }

  @Test
  void badInput_printsTheMessageAloneAndExits2() {
    Outcome outcome =
        runFailing(
            () -> {
              throw new InputException("a.json", "$.x", "must be > 0, was -1", "Give a count.");
            });

    assertEquals(
        new Outcome(2, "", "a.json: $.x: must be > 0, was -1\n  Give a count.\n"), outcome);
  }

  @Test
  void bug_isOneLineAndExits1() {
    Outcome outcome =
        runFailing(
            () -> {
              throw new IllegalStateException("slot 7 has no expert\nsecond line");
            });

    assertEquals(
        new Outcome(
            1,
            "",
            "rackplan: internal error: java.lang.IllegalStateException: slot 7 has no expert"
                + " (please report it; --debug shows where)\n"),
        outcome);
  }

  @Test
  void bug_withDebugShowsTheStackTrace() {
    Outcome outcome =
        runFailing(
            () -> {
              throw new IllegalStateException("slot 7 has no expert");
            },
            "--debug");

    assertEquals(ExitCode.BUG, outcome.exitCode());
    assertTrue(outcome.err().contains("\tat dev.rackplan.cli.MainTest"), outcome.err());
  }

  @Test
  void stackOverflow_isABugToo() {
    Outcome outcome =
        runFailing(
            () -> {
              throw new StackOverflowError();
            });

    assertEquals(ExitCode.BUG, outcome.exitCode());
    assertTrue(
        outcome.err().startsWith("rackplan: internal error: java.lang.StackOverflowError "),
        outcome.err());
  }

  @Test
  void noFeasiblePlan_isTheCommandsOwnExitCode() {
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, runFailing(() -> ExitCode.NO_FEASIBLE_PLAN).exitCode());
  }

  @Test
  void readerThatLeft_isNoError() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();

    int exitCode = Main.run(refusing("Broken pipe"), err, "--help");

    assertEquals(ExitCode.SOLVED, exitCode);
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void fullDisk_isReported() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();

    int exitCode = Main.run(refusing("No space left on device"), err, "--help");

    assertEquals(ExitCode.BAD_INPUT, exitCode);
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("No space left on device"));
    assertFalse(err.toString(StandardCharsets.UTF_8).contains("\tat "));
  }

  private static Outcome run(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode = Main.run(out, err, arguments);
    return new Outcome(
        exitCode,
        text(out.toString(StandardCharsets.UTF_8)),
        text(err.toString(StandardCharsets.UTF_8)));
  }

  /** Runs {@code rackplan fail}, a command that does {@code body}. */
  private static Outcome runFailing(Callable<Integer> body, String... options) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    RackplanCommand command = new RackplanCommand();
    var line = Main.commandLine(command, new PrintWriter(out), new PrintWriter(err));
    // picocli hands settings down to the subcommands present when they are set.
    line.addSubcommand("fail", new FailingCommand(body));
    line.setExecutionExceptionHandler(line.getExecutionExceptionHandler());
    line.setOut(line.getOut());
    line.setErr(line.getErr());
    String[] arguments = new String[options.length + 1];
    arguments[0] = "fail";
    System.arraycopy(options, 0, arguments, 1, options.length);
    int exitCode = Main.execute(line, command, arguments);
    return new Outcome(exitCode, text(out.toString()), text(err.toString()));
  }

  private static String text(String printed) {
    return printed.replace(System.lineSeparator(), "\n");
  }

  private static OutputStream refusing(String reason) {
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        throw new IOException(reason);
      }
    };
  }

  @Command(name = "fail")
  private static final class FailingCommand implements Callable<Integer> {
    private final Callable<Integer> body;

    FailingCommand(Callable<Integer> body) {
      this.body = body;
    }

    @Override
    public Integer call() throws Exception {
      return body.call();
    }
  }
}
