package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/**
 * What the documents promise: the README is short, its commands print what it shows, its figures
 * stand in the pages that it links to, the table of results is that of the committed solutions, and
 * every link leads to a file. {@code -Dgolden.update=true} rewrites that output and that table.
 *
 * @see DocumentCommands how commands run
 */
class ReadmeTest {
  private static final Path README = Path.of("README.md");
  private static final Path RESULTS = Path.of("docs/results.md");
  private static final Path OWN_FILES = Path.of("docs/guide/serve-a-model.md");
  private static final int MOST_WORDS = 900;
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern NUMBER = Pattern.compile("\\d[\\d,]*(\\.\\d+)?");

  @TempDir private Path folder;

  @Test
  void words_areFew() throws IOException {
    int words = Files.readString(README).strip().split("\\s+").length;

    assertTrue(words <= MOST_WORDS, () -> "README.md has " + words + " words");
  }

  @TestFactory
  Stream<DynamicTest> commands_printWhatIsShown() throws IOException {
    List<DocumentCommands.Shown> commands = DocumentCommands.of(Files.readAllLines(README));
    assertFalse(commands.isEmpty(), "README.md has no command");
    DocumentCommands run = new DocumentCommands(folder);
    return commands.stream()
        .map(shown -> DynamicTest.dynamicTest(shown.words(), () -> checkOutput(run, shown)));
  }

  private static void checkOutput(DocumentCommands commands, DocumentCommands.Shown shown)
      throws IOException {
    List<String> printed = commands.run(shown.words()).out().lines().toList();
    int end = shown.output().indexOf(DocumentCommands.LEFT_OUT);
    int count = end < 0 ? shown.output().size() : end;
    if (Boolean.getBoolean("golden.update")) {
      List<String> lines = new ArrayList<>(Files.readAllLines(README));
      for (int i = 0; i < count; i++) {
        lines.set(shown.line() + 1 + i, printed.get(i));
      }
      AtomicFile.replace(README, String.join("\n", lines) + "\n");
      return;
    }
    assertEquals(
        shown.output().subList(0, count), printed.subList(0, Math.min(count, printed.size())));
  }

  /** README's three figures stand in the page that each row links to. */
  @Test
  void figures_areThoseOfTheirPages() throws IOException {
    int rows = 0;
    for (String line : Files.readAllLines(README)) {
      Matcher link = LINK.matcher(line);
      if (!line.startsWith("| ") || !link.find()) {
        continue;
      }
      rows++;
      String page =
          Files.readString(Path.of(link.group(1).replaceFirst("#.*", ""))).replace(",", "");
      Matcher number = NUMBER.matcher(line.split("\\|")[2]);
      while (number.find()) {
        String figure = number.group().replace(",", "");
        assertTrue(
            Pattern.compile("(?<![\\d.])" + Pattern.quote(figure) + "(?![\\d]|\\.\\d)")
                .matcher(page)
                .find(),
            () -> link.group(1) + " does not have " + figure + " of the line\n" + line);
      }
    }
    assertEquals(3, rows);
  }

  @Test
  void ownFiles_areShownAsTheyAre() throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher matcher =
        Pattern.compile("```json\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(OWN_FILES));
    while (matcher.find()) {
      blocks.add(matcher.group(1));
    }
    Path inputs = Path.of("docs/guide/inputs");
    assertEquals(
        List.of(
            Files.readString(inputs.resolve("two-nodes.json")),
            Files.readString(inputs.resolve("chat.json"))),
        blocks);
  }

  @TestFactory
  Stream<DynamicTest> results_areThoseOfTheCommittedSolutions() {
    return InputFiles.expand(List.of("problems")).stream()
        .map(file -> Path.of(file).getFileName().toString())
        .map(
            name ->
                DynamicTest.dynamicTest(
                    name,
                    () -> {
                      checkCommitted(name);
                      checkRow(name, row(name));
                    }));
  }

  private static void checkCommitted(String name) {
    Path file = Path.of("solutions", name);
    JsonCursor run = JsonCursor.read(file, file.toString()).get("rackplan");
    assertEquals(
        20_000,
        run.findInteger("steps", 1, Integer.MAX_VALUE).orElse(0),
        () ->
            file
                + " is not the committed solution, which --steps 20000 made; git restore "
                + file
                + " brings it back. Own plans belong in another folder, such as plans/");
  }

  private static void checkRow(String name, String row) throws IOException {
    String results = Files.readString(RESULTS);
    if (Boolean.getBoolean("golden.update")) {
      String old = Pattern.quote("| " + name.replace(".json", "") + " |");
      AtomicFile.replace(
          RESULTS, results.replaceFirst("(?m)^" + old + ".*$", Matcher.quoteReplacement(row)));
      return;
    }
    assertTrue(results.contains(row), () -> RESULTS + " lacks the row\n" + row);
  }

  /** One line of the table of results, from a committed solution. */
  private static String row(String name) {
    Path file = Path.of("solutions", name);
    JsonCursor evaluation = JsonCursor.read(file, file.toString()).get("evaluation");
    double plan = stepMillis(evaluation);
    String best = "";
    double bestMillis = Double.POSITIVE_INFINITY;
    for (JsonCursor baseline : evaluation.get("baselines").list()) {
      if (stepMillis(baseline) < bestMillis && baseline.get("feasible").bool()) {
        best = baseline.text("name");
        bestMillis = stepMillis(baseline);
      }
    }
    return String.format(
        Locale.ROOT,
        "| %s | %.2f | %s | %s | %.1f |",
        name.replace(".json", ""),
        plan,
        // One stage of a dense model leaves nothing to place.
        best.isEmpty() ? "-" : String.format(Locale.ROOT, "%s %.2f", best, bestMillis),
        best.isEmpty() ? "-" : String.format(Locale.ROOT, "%.1f", 100 * (bestMillis / plan - 1)),
        100 * evaluation.get("bound").get("gap").number());
  }

  private static double stepMillis(JsonCursor figures) {
    String key =
        List.of("tpotSeconds", "ttftSeconds", "stepSeconds").stream()
            .filter(figures::has)
            .findFirst()
            .orElseThrow();
    return 1e3 * figures.get(key).number();
  }

  @Test
  void commands_areThoseOfConsoleBlocksOnly() {
    List<String> lines =
        List.of(
            "$ ./rackplan a",
            "```console",
            "$ ./rackplan b c",
            "output",
            "…",
            "",
            "$ mvn",
            "```",
            "```",
            "$ ./rackplan d",
            "```");

    assertEquals(
        List.of(new DocumentCommands.Shown("b c", List.of("output", "…"), 2)),
        DocumentCommands.of(lines));
  }

  @TestFactory
  Stream<DynamicTest> links_leadToFiles() throws IOException {
    return documents().stream()
        .map(document -> DynamicTest.dynamicTest(document.toString(), () -> checkLinks(document)));
  }

  /** Whoever copies a command from a page still has a clean clone. */
  @TestFactory
  Stream<DynamicTest> commands_writeOnlyWhereGitIgnores() throws IOException {
    List<String> ignored = Files.readAllLines(Path.of(".gitignore"));
    return documents().stream()
        .map(
            document ->
                DynamicTest.dynamicTest(
                    document.toString(),
                    () -> {
                      for (DocumentCommands.Shown shown :
                          DocumentCommands.of(Files.readAllLines(document))) {
                        for (Path written : written(shown.words())) {
                          assertTrue(
                              ignored.contains("/" + written.getName(0) + "/"),
                              () ->
                                  shown.words() + " writes to " + written + ", not in .gitignore");
                        }
                      }
                    }));
  }

  /** Files and folders that a command writes, also by default. */
  private static List<Path> written(String command) {
    CommandLine line =
        Main.commandLine(
            new RackplanCommand(),
            new PrintWriter(Writer.nullWriter()),
            new PrintWriter(Writer.nullWriter()));
    ParseResult parsed = line.parseArgs(command.replace("'", "").strip().split(" +"));
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    return parsed.commandSpec().options().stream()
        .filter(option -> Stream.of(option.names()).anyMatch(DocumentCommands.OUTPUTS::contains))
        .map(option -> option.<Object>getValue())
        .filter(Objects::nonNull)
        .flatMap(value -> value instanceof Optional<?> one ? one.stream() : Stream.of(value))
        .map(Object::toString)
        .filter(written -> !written.isEmpty())
        .map(Path::of)
        .toList();
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>(List.of(README, Path.of("CHANGELOG.md")));
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
    }
    return documents;
  }

  private static void checkLinks(Path document) throws IOException {
    Matcher matcher = LINK.matcher(Files.readString(document));
    while (matcher.find()) {
      String target = matcher.group(1).replaceFirst("#.*", "");
      if (!target.isEmpty() && !target.contains("://")) {
        assertTrue(
            Files.exists(document.resolveSibling(target)),
            () -> document + " links to " + target + ", which is not there");
      }
    }
  }
}
