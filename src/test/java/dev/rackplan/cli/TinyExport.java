package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The tiny problem with some words changed, solved, and exported for an engine. */
record TinyExport(Path folder) {
  private static final String README = "README.md";

  static TinyExport of(Path folder, String problem, String target) {
    CommandRun run = run(folder, problem, target);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return new TinyExport(folder.resolve("exports"));
  }

  /** What {@code export} says, whether it writes something or not. */
  static CommandRun run(Path folder, String problem, String target) {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write("problems/tiny.json", problem);
    CommandRun solved =
        CommandRun.of(
            "solve", tiny.path("problems/tiny.json"), "--steps", "20", "-o", tiny.path("out/"));
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
    return CommandRun.of(
        "export", tiny.path("out/tiny.json"), "--for", target, "-o", tiny.path("exports"));
  }

  /** All files that something reads, one after the other. */
  String launched() {
    return text(file -> !file.endsWith(README));
  }

  /** What people read. */
  String readme() {
    return text(file -> file.endsWith(README));
  }

  private String text(Predicate<Path> which) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(which)
          .map(TinyExport::read)
          .reduce("", String::concat);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
