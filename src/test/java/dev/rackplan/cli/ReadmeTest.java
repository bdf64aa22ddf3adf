package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonCursor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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
 * What the documents promise: the README's commands and example run, its table of results is that
 * of the committed solutions, and every link leads to a file. {@code -Dgolden.update=true} writes
 * that table anew.
 *
 * <p>A command is a line {@code $ ./rackplan …} in a {@code console} block. It runs in process, in
 * order, with two changes: {@code --time-limit T} becomes {@code --steps 50}, for speed; and what
 * it writes is written to, and where this run wrote it read from, a temporary folder. Output in the
 * README is not compared: a time limit finds another plan each time.
 */
class ReadmeTest {
  private static final Path README = Path.of("README.md");
  private static final String PROMPT = "$ ./rackplan ";
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

  /** Options that name what a command writes. */
  private static final Set<String> OUTPUTS =
      Set.of("-o", "--html", "--csv", "--results", "--chart");

  @TempDir private Path folder;

  @Test
  void commands_exitWith0() throws IOException {
    List<String> commands = commands(Files.readAllLines(README));
    assertFalse(commands.isEmpty(), "README.md has no command");
    for (String command : commands) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();

      int exitCode = Main.run(out, err, arguments(command).toArray(String[]::new));

      assertEquals(
          ExitCode.SOLVED, exitCode, () -> command + "\n" + err.toString(StandardCharsets.UTF_8));
      assertTrue(out.size() > 0, () -> command + " printed nothing");
    }
  }

  @Test
  void ownFiles_asShownAreSolved() throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher matcher =
        Pattern.compile("```json\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
    while (matcher.find()) {
      blocks.add(matcher.group(1));
    }
    assertEquals(2, blocks.size(), "topology and problem");
    Files.writeString(folder.resolve("config.json"), ReproducibilityTest.CONFIG);
    Files.writeString(folder.resolve("topology.json"), blocks.get(0));
    Files.writeString(folder.resolve("problem.json"), blocks.get(1));
    ByteArrayOutputStream err = new ByteArrayOutputStream();

    int exitCode =
        Main.run(
            new ByteArrayOutputStream(),
            err,
            "solve",
            folder.resolve("problem.json").toString(),
            "--steps",
            "50",
            "-o",
            folder.resolve("out").toString());

    assertEquals(ExitCode.SOLVED, exitCode, () -> err.toString(StandardCharsets.UTF_8));
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
    String readme = Files.readString(README);
    if (Boolean.getBoolean("golden.update")) {
      String old = Pattern.quote("| " + name.replace(".json", "") + " |");
      AtomicFile.replace(
          README, readme.replaceFirst("(?m)^" + old + ".*$", Matcher.quoteReplacement(row)));
      return;
    }
    assertTrue(readme.contains(row), () -> "README.md lacks the row\n" + row);
  }

  /** One line of the README's table of results, from a committed solution. */
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
            "$ mvn",
            "```",
            "```",
            "$ ./rackplan d",
            "```");

    assertEquals(List.of("b c"), commands(lines));
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
                      for (String command : commands(Files.readAllLines(document))) {
                        for (Path written : written(command)) {
                          assertTrue(
                              ignored.contains("/" + written.getName(0) + "/"),
                              () -> command + " writes to " + written + ", not in .gitignore");
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
        .filter(option -> Stream.of(option.names()).anyMatch(OUTPUTS::contains))
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

  private static List<String> commands(List<String> lines) {
    List<String> commands = new ArrayList<>();
    String block = "";
    for (String line : lines) {
      if (line.startsWith("```")) {
        block = block.isEmpty() ? line : "";
      } else if (block.equals("```console") && line.startsWith(PROMPT)) {
        commands.add(line.substring(PROMPT.length()));
      }
    }
    return commands;
  }

  private List<String> arguments(String command) {
    List<String> arguments = new ArrayList<>();
    boolean output = false;
    for (String word : command.replaceAll("--time-limit \\S+", "--steps 50").strip().split(" +")) {
      Path written = folder.resolve(word);
      boolean own = output || (word.contains("/") && Files.exists(written));
      arguments.add(own ? written.toString() : word);
      output = word.equals("-o") || word.equals("--html");
    }
    if (arguments.get(0).equals("solve") && !arguments.contains("-o")) {
      arguments.addAll(List.of("-o", folder.resolve("plans").toString()));
    }
    return arguments;
  }
}
