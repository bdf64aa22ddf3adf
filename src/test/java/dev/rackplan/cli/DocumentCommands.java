package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The commands that a document shows: lines {@code $ ./rackplan …} in its {@code console} blocks,
 * each with the output that follows it there.
 *
 * <p>They run in process, in order, with two changes: {@code --time-limit T} becomes {@code --steps
 * 50}, for speed (except of {@code benchmark}); and what a command writes is written to, and where
 * this run wrote it read from, a temporary folder.
 */
final class DocumentCommands {
  /** Stands for the lines of an output that a document leaves out. */
  static final String LEFT_OUT = "…";

  /** Options that name what a command writes. */
  static final Set<String> OUTPUTS =
      Set.of("-o", "--html", "--csv", "--results", "--chart", "--rack-map", "--rows");

  // Of topology, accuracy and plan; elsewhere options of these names are something else.
  private static final Set<String> ALSO_OUTPUTS = Set.of("--hosts", "--errors", "--write");

  private static final String PROMPT = "$ ./rackplan ";

  private final Path folder;

  /**
   * @param folder where all that commands write goes
   */
  DocumentCommands(Path folder) {
    this.folder = folder;
  }

  /**
   * One command of a document.
   *
   * @param words without the prompt
   * @param output lines that the document shows below it, without empty ones at the end
   * @param line index of the command's line in the document
   */
  record Shown(String words, List<String> output, int line) {}

  /** All commands of a document, in order. */
  static List<Shown> of(List<String> lines) {
    List<Shown> commands = new ArrayList<>();
    String block = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("```")) {
        block = block.isEmpty() ? line : "";
      } else if (block.equals("```console") && line.startsWith(PROMPT)) {
        commands.add(new Shown(line.substring(PROMPT.length()), output(lines, i + 1), i));
      }
    }
    return commands;
  }

  private static List<String> output(List<String> lines, int begin) {
    int end = begin;
    while (end < lines.size()
        && !lines.get(end).startsWith("```")
        && !lines.get(end).startsWith("$ ")) {
      end++;
    }
    while (end > begin && lines.get(end - 1).isEmpty()) {
      end--;
    }
    return List.copyOf(lines.subList(begin, end));
  }

  /** Runs one command, which must end with exit code 0 and print something. */
  CommandRun run(String words) {
    CommandRun run = CommandRun.of(arguments(words).toArray(String[]::new));
    assertEquals(ExitCode.SOLVED, run.exitCode(), () -> words + "\n" + run.err());
    assertTrue(run.out().length() + run.err().length() > 0, () -> words + " printed nothing");
    return run;
  }

  private List<String> arguments(String command) {
    List<String> arguments = new ArrayList<>();
    boolean output = false;
    // Placers are compared in equal time.
    String quick =
        command.startsWith("benchmark")
            ? command
            : command.replaceAll("--time-limit \\S+", "--steps 50");
    for (String word : quick.strip().split(" +")) {
      Path written = folder.resolve(word);
      boolean own = output || (word.contains("/") && Files.exists(written));
      arguments.add(own ? written.toString() : word);
      output = OUTPUTS.contains(word) || ALSO_OUTPUTS.contains(word);
    }
    if (arguments.get(0).equals("solve") && !arguments.contains("-o")) {
      arguments.addAll(List.of("-o", folder.resolve("plans").toString()));
    }
    return arguments;
  }
}
