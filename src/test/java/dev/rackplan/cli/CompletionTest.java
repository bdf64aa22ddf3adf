package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The scripts of {@code completion}, each run in its own shell where that is installed. */
class CompletionTest {
  @TempDir private Path folder;

  @Test
  void bash_completesCommandsAndOptions() throws IOException, InterruptedException {
    String script =
        """
        source %s
        try() {
          COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
          _complete_rackplan 2> /dev/null; printf '%%s ' "${COMPREPLY[@]}"; echo
        }
        try rackplan sol
        try rackplan economics ser
        try rackplan solve --time
        """;

    assertEquals(List.of("solve", "serving", "--time-limit"), lines("bash", "bash", script));
  }

  /** zsh takes bash's script; it says what would complete the command. */
  @Test
  void zsh_takesTheScript() throws IOException, InterruptedException {
    String script =
        """
        autoload -Uz compinit && compinit -u -d %2$s/dump
        source %1$s
        COMP_WORDS=(rackplan sol); COMP_CWORD=1; COMPREPLY=()
        _complete_rackplan; echo $COMPREPLY
        echo ${_comps[rackplan]}
        """;

    List<String> lines = lines("zsh", "zsh", script);
    // What does not begin as typed zsh itself leaves out.
    assertTrue((" " + lines.get(0) + " ").contains(" solve "), lines.get(0));
    assertTrue(lines.get(1).contains("_complete_rackplan"), lines.get(1));
  }

  @Test
  void fish_completesCommandsOptionsAndValues() throws IOException, InterruptedException {
    String script =
        """
        source %s
        complete -C 'rackplan sol' | string replace -r '\\t.*' ''
        complete -C 'rackplan economics ser' | string replace -r '\\t.*' ''
        complete -C 'rackplan solve --time' | string replace -r '\\t.*' ''
        complete -C 'rackplan evaluate --explain hea' | string replace -r '\\t.*' ''
        """;

    assertEquals(
        List.of("solve", "serving", "--time-limit", "head"), lines("fish", "fish", script));
  }

  @Test
  void fish_hasEveryCommandAndOption() {
    String script = CommandRun.of("completion", "fish").out();
    List<CommandSpec> specs = new ArrayList<>();
    collect(new CommandLine(new RackplanCommand()).getCommandSpec(), specs);

    for (CommandSpec spec : specs) {
      for (String name : spec.subcommands().keySet()) {
        assertTrue(script.contains(" -f -a '" + name + "'"), name);
      }
      for (OptionSpec option : spec.options()) {
        String name =
            option.longestName().replaceFirst("^--", "-l ").replaceFirst("^-(\\w)$", "-s $1");
        assertTrue(option.hidden() || script.contains(name), name);
      }
    }
  }

  private static void collect(CommandSpec spec, List<CommandSpec> specs) {
    specs.add(spec);
    spec.subcommands().values().forEach(sub -> collect(sub.getCommandSpec(), specs));
  }

  private List<String> lines(String program, String shell, String script)
      throws IOException, InterruptedException {
    assumeTrue(
        Stream.of("/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
            .anyMatch(bin -> Files.exists(Path.of(bin, program))),
        "no " + program);
    Path completion = folder.resolve("rackplan." + shell);
    Files.writeString(completion, CommandRun.of("completion", shell).out());
    Path file = folder.resolve("try");
    Files.writeString(file, script.formatted(completion, folder));
    ProcessBuilder process = new ProcessBuilder(program, file.toString());
    process.environment().put("HOME", folder.toString());
    process.redirectErrorStream(true);
    Path printed = folder.resolve("printed.txt");
    process.redirectOutput(printed.toFile());
    int exitCode = process.start().waitFor();
    List<String> lines = Files.readAllLines(printed, StandardCharsets.UTF_8);
    assertEquals(0, exitCode, () -> String.join("\n", lines));
    return lines.stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }
}
