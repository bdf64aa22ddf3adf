package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * {@code docs/commands.md} is what the commands say of themselves, and that fits a terminal of 80
 * columns. {@code -Dgolden.update=true} writes the page.
 */
class CommandsPageTest {
  private static final Path PAGE = Path.of("docs/commands.md");
  private static final int COLUMNS = 80;

  @Test
  void page_isThatOfTheCommands() throws IOException {
    String page = page();
    if (Boolean.getBoolean("golden.update")) {
      AtomicFile.replace(PAGE, page);
    }
    assertEquals(
        page,
        Files.readString(PAGE),
        () -> PAGE + " is older than the commands; -Dgolden.update=true writes it");
  }

  @TestFactory
  Stream<DynamicTest> help_fits80Columns() {
    return specs().stream()
        .map(
            spec ->
                DynamicTest.dynamicTest(
                    spec.qualifiedName(),
                    () -> {
                      String help = spec.commandLine().getUsageMessage(Ansi.OFF);
                      List<String> wide =
                          help.lines().filter(line -> line.length() > COLUMNS).toList();
                      assertEquals(List.of(), wide);
                    }));
  }

  /** A line that ends early in the middle of a paragraph was broken by hand for another width. */
  @TestFactory
  Stream<DynamicTest> descriptions_areParagraphsOrLists() {
    return specs().stream()
        .map(
            spec ->
                DynamicTest.dynamicTest(
                    spec.qualifiedName(),
                    () -> {
                      for (String line : spec.usageMessage().description()) {
                        String text = line.replace("%n", "").strip();
                        assertTrue(
                            text.isEmpty() || text.matches("(?s).*[.:;]"),
                            () -> "ends within a sentence: " + text);
                      }
                    }));
  }

  private static List<CommandSpec> specs() {
    List<CommandSpec> specs = new ArrayList<>();
    collect(new CommandLine(new RackplanCommand()).getCommandSpec(), specs);
    return specs;
  }

  private static void collect(CommandSpec spec, List<CommandSpec> specs) {
    specs.add(spec);
    spec.subcommands().values().forEach(sub -> collect(sub.getCommandSpec(), specs));
  }

  private static String page() {
    StringBuilder text = new StringBuilder();
    text.append("# Commands\n\n");
    text.append("What each command says of itself; `rackplan COMMAND --help` prints the same. ");
    text.append("Walk-throughs: [guide](index.md#by-task).\n\n");
    List<CommandSpec> specs = specs();
    text.append("| command | does |\n|---|---|\n");
    for (CommandSpec spec : specs.subList(1, specs.size())) {
      String name = name(spec);
      text.append("| [")
          .append(name)
          .append("](#")
          .append(name.replace(' ', '-'))
          .append(") | ")
          .append(cell(String.join(" ", spec.usageMessage().header())))
          .append(" |\n");
    }
    text.append("\nEvery command has");
    text.append(" `--help`, `--version`, `--debug` (the stack trace of an internal error) and ");
    text.append("`--allow-outside` (files may name files anywhere).\n");
    specs.subList(1, specs.size()).forEach(spec -> text.append(section(spec)));
    return text.toString();
  }

  private static String name(CommandSpec spec) {
    return spec.qualifiedName().replaceFirst("^rackplan ", "");
  }

  private static String section(CommandSpec spec) {
    StringBuilder text = new StringBuilder("\n## " + name(spec) + "\n\n");
    String header = String.join(" ", spec.usageMessage().header());
    text.append(header.isEmpty() ? "" : header + "\n\n");
    String synopsis = spec.commandLine().getHelp().synopsis(0).strip();
    text.append("```text\n").append(synopsis.replaceAll("\\s+", " ")).append("\n```\n");
    for (String line : spec.usageMessage().description()) {
      String words = line.replace("%n", " ").replace("%%", "%").strip();
      text.append(words.isEmpty() ? "" : "\n" + escaped(words) + "\n");
    }
    List<String> rows = new ArrayList<>();
    spec.positionalParameters().stream()
        .filter(parameter -> !parameter.hidden())
        .forEach(parameter -> rows.add(row("`" + parameter.paramLabel() + "`", parameter)));
    spec.options().stream()
        .filter(option -> !isEverywhere(option))
        .forEach(option -> rows.add(row(names(option), option)));
    if (!rows.isEmpty()) {
      text.append("\n| argument | means |\n|---|---|\n").append(String.join("", rows));
    }
    String[] examples = spec.usageMessage().footer();
    if (examples.length > 0) {
      text.append("\n```sh\n");
      for (String example : examples) {
        text.append(example.replace("%n", " ").replace("%%", "%").strip()).append('\n');
      }
      text.append("```\n");
    }
    return text.toString();
  }

  private static boolean isEverywhere(OptionSpec option) {
    return option.hidden()
        || option.usageHelp()
        || option.versionHelp()
        || option.longestName().equals("--debug")
        || option.longestName().equals("--allow-outside");
  }

  private static String names(OptionSpec option) {
    String value = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
    return "`" + String.join("`, `", option.names()) + value + "`";
  }

  private static String row(String name, ArgSpec argument) {
    String given = argument.defaultValue() == null ? "" : argument.defaultValue();
    String words =
        String.join(" ", argument.description())
            .replace("%n", " ")
            .replace("%%", "%")
            .replace("${DEFAULT-VALUE}", given);
    return "| " + cell(name) + " | " + cell(escaped(words)) + " |\n";
  }

  private static String cell(String words) {
    return words.strip().replace("|", "\\|");
  }

  private static String escaped(String words) {
    return words.replace("*", "\\*").replace("<", "&lt;").replace("_", "\\_");
  }
}
