package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.rackplan.json.JsonCursor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one command printed and returned. */
public record CommandRun(int exitCode, String out, String err) {
  /** Runs rackplan in this process. */
  public static CommandRun of(String... arguments) {
    CommandRun run = traced(arguments);
    assertFalse(run.err().contains("\tat "), run.err());
    return run;
  }

  /** The same where a stack trace on standard error is something to look at. */
  public static CommandRun traced(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode = Main.run(out, err, arguments);
    return new CommandRun(exitCode, text(out), text(err));
  }

  /** The words that run rackplan in a process of its own; {@code jvm} are options of its Java. */
  public static List<String> inAProcess(List<String> jvm, List<String> arguments) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(jvm);
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.rackplan.cli.Main"));
    words.addAll(arguments);
    return words;
  }

  /** Standard output, which must be one JSON value. */
  public JsonCursor json() {
    return JsonCursor.parse(out, "standard output");
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }
}
