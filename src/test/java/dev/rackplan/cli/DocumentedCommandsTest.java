package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of every page runs: those of README and walk-throughs in {@link ReadmeTest} and
 * {@link GuideTest}, with what they print; all others here with {@code -Ddocuments.run=true}, which
 * takes minutes: with small inputs in place of the reader's own and few steps. Without it, and of
 * what can't run here, which is listed with its reason, options and arguments are held to the
 * commands.
 */
class DocumentedCommandsTest {
  private static final Pattern COMMAND = Pattern.compile("(?:\\$ )?(?:\\./)?rackplan (.*)");

  /** Files of the reader, and what stands for them. */
  private static final Map<String, String> STAND_INS = standIns();

  /** What can't run here: a part of the command, and why. */
  private static final Map<String, String> NOT_RUN = notRun();

  @TempDir private static Path folder;

  private static Map<String, String> standIns() {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("conversation_trace.jsonl", "docs/guide/inputs/requests.jsonl");
    files.put("rows.csv", "docs/guide/inputs/rows.csv");
    files.put("topo.txt", "docs/guide/inputs/gpu01.topo.txt");
    files.put("nodes.json", "docs/guide/inputs/nodes.txt");
    files.put("gpu01.topo.txt", "docs/guide/inputs/gpu01.topo.txt");
    files.put("measured/h100_sxm", "docs/guide/inputs/h100_sxm");
    files.put("measured", "docs/guide/inputs/h100_sxm");
    return files;
  }

  private static Map<String, String> notRun() {
    Map<String, String> reasons = new LinkedHashMap<>();
    reasons.put("--watch", "waits for files: ReplanWatchTest");
    reasons.put("--engine spark", "needs the profile spark, whose tests run it");
    reasons.put("benchmark ", "compares placers in equal time, minutes: BenchmarkCommandTest");
    reasons.put("--catalog", "reads all public tables: CalibrateCommandTest");
    reasons.put("--check", "reads laws of the reader: CalibrateCommandTest");
    reasons.put("all_reduce.txt", "reads nccl-tests' output: NcclTestsTest");
    reasons.put("expert-location.json", "reads a map of an engine: EvaluateCommandTest");
    reasons.put("./config.json", "reads a model's config: CatalogCommandTest");
    reasons.put("training.json", "reads training runs of the reader: MeasuredRowsTest");
    reasons.put("accuracy --errors errors.json", "reads errors of the reader: MeasuredRowsTest");
    reasons.put("gpu01.q.txt", "reads a node of the reader: TopologyCommandTest");
    reasons.put("sweep/results", "solves a sweep of 16 problems: SolveBatchTest");
    reasons.put("completion", "CompletionTest runs it in its shells");
    return reasons;
  }

  @TestFactory
  Stream<DynamicTest> commands_run() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String command : commands()) {
      if (reason(command).isEmpty()) {
        tests.add(DynamicTest.dynamicTest(command, () -> check(command)));
      }
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> whatDoesNotRun_isTaken() throws IOException {
    return commands().stream()
        .filter(command -> reason(command).isPresent())
        .map(command -> DynamicTest.dynamicTest(command, () -> parse(command)));
  }

  @Test
  void everyReason_isThatOfSomeCommand() throws IOException {
    Set<String> unused = new TreeSet<>(NOT_RUN.keySet());
    commands().forEach(command -> reason(command).ifPresent(unused::remove));

    assertEquals(Set.of(), unused);
  }

  private static Optional<String> reason(String command) {
    return NOT_RUN.keySet().stream().filter(command::contains).findFirst();
  }

  private static void check(String command) {
    if (Boolean.getBoolean("documents.run")) {
      run(command);
    } else {
      parse(command);
    }
  }

  private static void run(String command) {
    List<String> words = new ArrayList<>();
    String few =
        command
            .replace("--requests 100000", "--requests 300")
            .replaceAll("--(time-limit|steps) \\S+", "--steps 5");
    for (String word : few.split(" +")) {
      words.add(STAND_INS.getOrDefault(word, word));
    }
    if (!words.contains("--steps") && Set.of("solve", "replan").contains(words.get(0))) {
      words.addAll(List.of("--steps", "5"));
    }
    // Two pages write the same laws.
    if (words.get(0).equals("calibrate")) {
      words.add("--force");
    }
    new DocumentCommands(folder).run(String.join(" ", words));
  }

  private static void parse(String command) {
    // Quotes and patterns are the shell's.
    String[] words =
        command.replaceAll("\\s*\\|.*", "").replaceAll("['\"]", "").strip().split(" +");
    RackplanCommand root = new RackplanCommand();
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    Main.commandLine(root, nowhere, nowhere).parseArgs(words);
  }

  // Of every page except those whose commands other tests run.
  private static Set<String> commands() throws IOException {
    Set<String> commands = new LinkedHashSet<>();
    try (Stream<Path> pages = Files.walk(Path.of("docs"))) {
      for (Path page : pages.filter(file -> file.toString().endsWith(".md")).sorted().toList()) {
        if (!page.startsWith("docs/guide") && !page.startsWith("docs/decisions")) {
          collect(Files.readAllLines(page), commands);
        }
      }
    }
    assertTrue(commands.size() > 40, () -> "only " + commands);
    return commands;
  }

  private static void collect(List<String> lines, Set<String> commands) {
    String block = "";
    for (String line : lines) {
      if (line.startsWith("```")) {
        block = block.isEmpty() ? line : "";
      } else if (!block.isEmpty() && !block.equals("```text")) {
        Matcher matcher = COMMAND.matcher(line.strip());
        if (matcher.matches()) {
          commands.add(matcher.group(1).replaceAll("\\s+#.*", "").strip());
        }
      }
    }
  }
}
