package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

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

  @Test
  void everyHelpText_isFormattedWhole() {
    List<CommandSpec> specs = new ArrayList<>();
    collect(new CommandLine(new RackplanCommand()).getCommandSpec(), specs);
    assertTrue(specs.size() > 20);
    for (CommandSpec spec : specs) {
      UsageMessageSpec usage = spec.usageMessage();
      List<String> texts = new ArrayList<>();
      texts.addAll(List.of(usage.description()));
      texts.addAll(List.of(usage.header()));
      texts.addAll(List.of(usage.footer()));
      for (String text : texts) {
        // A percent sign stands twice: picocli shows such a text raw, and warns.
        assertDoesNotThrow(() -> String.format(text), spec.qualifiedName() + ": " + text);
      }
    }
  }

  private static void collect(CommandSpec spec, List<CommandSpec> specs) {
    specs.add(spec);
    spec.subcommands().values().forEach(sub -> collect(sub.getCommandSpec(), specs));
  }
}
