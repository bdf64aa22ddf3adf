package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Inputs that are no files, no YAML of plain values, or ask for more than anything has. */
@Timeout(60)
class OddInputTest {
  @TempDir private Path folder;
  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
  }

  private static void refused(CommandRun run, String... words) {
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.err());
    for (String word : words) {
      assertTrue(run.err().contains(word), run.err());
    }
    assertFalse(run.err().contains("Exception"), run.err());
  }

  /** One line for each place where a command takes a file; FILE is that file. */
  static Stream<String> doors() {
    return Stream.of(
        "validate FILE",
        "solve FILE -o OUT --steps 1",
        "solve @problems/tiny.json --from FILE -o OUT --steps 1",
        "evaluate FILE --solution FILE",
        "evaluate @problems/tiny.json --solution FILE",
        "evaluate @problems/tiny.json --expert-map FILE",
        "evaluate @problems/tiny.json --expert-map FILE.yaml",
        "import @problems/tiny.json --map FILE.yml --on FILE -o OUT/x.json",
        "replan --from FILE -o OUT",
        "compare FILE",
        "report FILE -o OUT",
        "tables FILE -o OUT",
        "export FILE --for sglang -o OUT",
        "verify FILE",
        "requests FILE",
        "requests FILE.csv.gz",
        "benchmark FILE --time-limit 1ms",
        "sensitivity FILE --solution FILE --steps 1",
        "what-if FILE --set model.layers=2 --steps 1",
        "what-if @problems/tiny.json --topology FILE --steps 1",
        "catalog --model FILE",
        "roofline --model FILE --gpu h100-sxm",
        "plan --model FILE --gpu h100-sxm --gpus 2 --isl 9 --osl 9",
        "plan --model llama-3.1-8b --gpu h100-sxm --gpus 2 --trace FILE",
        "economics serving FILE");
  }

  private CommandRun run(String line, Path file) {
    return CommandRun.of(
        Stream.of(line.split(" "))
            .map(
                word ->
                    word.startsWith("@")
                        ? tiny.path(word.substring(1))
                        : word.replaceFirst("^FILE", file.toString())
                            .replaceFirst("^OUT", tiny.path("out")))
            .toArray(String[]::new));
  }

  @EnabledOnOs(OS.LINUX)
  @ParameterizedTest
  @MethodSource("doors")
  void pipesAndDevices_areRefusedBeforeTheyAreOpened(String line)
      throws IOException, InterruptedException {
    Path pipe = folder.resolve("pipe");
    for (String ending : List.of("", ".yaml", ".yml", ".csv.gz")) {
      Process made = new ProcessBuilder("mkfifo", pipe + ending).start();
      assertTrue(made.waitFor(10, TimeUnit.SECONDS) && made.exitValue() == 0);
      Files.createSymbolicLink(folder.resolve("zero" + ending), Path.of("/dev/zero"));
    }
    refused(run(line, pipe), "pipe", "is a device or a pipe\n  ");
    refused(run(line, folder.resolve("zero")), "zero", "is a device or a pipe\n  ");
  }

  @EnabledOnOs(OS.LINUX)
  @Test
  void pipesThatFilesName_areRefused() throws IOException, InterruptedException {
    String pipe = tiny.path("problems/pipe.csv");
    new ProcessBuilder("mkfifo", pipe).start().waitFor();
    String problem =
        tiny.variant(
            "piped",
            "{\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}}",
            "{\"samples\": \"pipe.csv\"}");
    refused(CommandRun.of("validate", problem), "$.workload.routing.samples", "pipe");
  }

  // Such a file has no size, and may wait or never end.
  @EnabledOnOs(OS.LINUX)
  @ParameterizedTest
  @ValueSource(strings = {"/proc/kmsg", "/proc/self/maps", "/proc/kcore", "/proc/self/mem"})
  void filesOfTheKernel_areRefused(String file) {
    refused(CommandRun.of("validate", file), file);
    refused(CommandRun.of("requests", file), file);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "[0, !!binary 7]|line 3, column 10|tag:yaml.org,2002:binary",
        "!!set {a, b}|line 3, column 6|tag:yaml.org,2002:set",
        "!!omap [a: 1]|line 3, column 6|tag:yaml.org,2002:omap",
        "!!timestamp [1]|line 3, column 6|tag",
        "!!int x|line 3, column 6|number 'x'",
        "!!float [1]|line 3, column 6|tag",
        "!!python/object:os.system [ls]|line 3, column 6|python",
        "!!javax.script.ScriptEngineManager []|line 3, column 6|tag",
        ".inf|line 3, column 6|'.inf'",
        "-.INF|line 3, column 6|none of JSON",
        ".NaN|line 3, column 6|none of JSON",
        "0x1F|line 3, column 6|none of JSON",
        "1:30|line 3, column 6|none of JSON",
        "017|line 3, column 6|none of JSON",
        "{<<: {a: 1}}|line 3, column 7|merges keys",
        "{[1]: 2}|line 3, column 7|as a key",
        "{1: 2, 1: 3}|line 3, column|given twice",
        "&a [*a]|line 3, column|holds itself",
        "*b|line 3, column|undefined alias",
        "[1, 2|line 4, column|expected",
        "\"\\q\"|line 3, column|unknown escape",
        "@x|line 3, column|cannot start",
        "%x|line 3, column|cannot start",
        "[a]: b: c|line 3, column|not allowed"
      })
  void yamlOfOtherThanPlainValues_saysLineAndColumn(String value, String place, String words) {
    tiny.write("maps/m.yaml", "num_slots: 8\ninitial_global_assignments:\n  1: " + value + "\n");
    CommandRun run =
        CommandRun.of(
            "evaluate", tiny.path("problems/tiny.json"), "--expert-map", tiny.path("maps/m.yaml"));
    refused(run, "m.yaml: " + place, words);
  }

  @Test
  void yamlBombsAndSecondDocuments_areRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n");
    for (int i = 1; i < 30; i++) {
      String inner = ("*a" + (i - 1) + ", ").repeat(9);
      bomb.append("a" + i + ": &a" + i + " [" + inner + "1]\n");
    }
    String problem = tiny.path("problems/tiny.json");
    tiny.write("maps/bomb.yaml", bomb.toString());
    refused(
        CommandRun.of("evaluate", problem, "--expert-map", tiny.path("maps/bomb.yaml")),
        "values with all aliases");
    tiny.write("maps/two.yaml", "a: 1\n---\nb: 2\n");
    refused(
        CommandRun.of("evaluate", problem, "--expert-map", tiny.path("maps/two.yaml")),
        "line 2, column 1");
    tiny.write("maps/deep.yaml", "[".repeat(100_000));
    refused(CommandRun.of("evaluate", problem, "--expert-map", tiny.path("maps/deep.yaml")));
    tiny.write("maps/none.yaml", "# nothing\n");
    refused(
        CommandRun.of("evaluate", problem, "--expert-map", tiny.path("maps/none.yaml")),
        "is empty");
  }

  // An engine's own writer may write equal rows once.
  @Test
  void yamlAliases_standForCopies() {
    tiny.write(
        "maps/m.yaml",
        "num_slots: 8\ninitial_global_assignments:\n  1: &row [0, 1, 2, 3, 4, 5, 6, 7]\n  2: *row\nlayer_updates_per_iter: 0\n");
    CommandRun run =
        CommandRun.of(
            "evaluate", tiny.path("problems/tiny.json"), "--expert-map", tiny.path("maps/m.yaml"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
  }

  @ParameterizedTest
  @CsvSource({
    "256,1000000000000,$.workload.concurrentSequences: must be in 1..1000000000",
    "256,9223372036854775808,$.workload.concurrentSequences",
    "\"tpotMillis\": 50,\"tpotMillis\": 4.9e-324,$.limits.tpotMillis: must be in 1.0E-100..",
    "1000,1000000000000000,$.workload.contextTokens: must be in 1..1000000000"
  })
  void numbersNobodyHas_areRefusedAtTheirPlace(String from, String to, String words) {
    refused(CommandRun.of("solve", tiny.variant("huge", from, to), "-o", tiny.path("out")), words);
  }

  @Test
  void asManySequencesAsMayBeSaid_areNoPlan() {
    String problem =
        tiny.variant("many", "\"concurrentSequences\": 256", "\"concurrentSequences\": 1000000000");
    CommandRun run = CommandRun.of("solve", problem, "-o", tiny.path("out"), "--steps", "10");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode(), run.err());
  }

  @EnabledOnOs(OS.LINUX)
  @Test
  void aDeviceIsNotWrittenOver() {
    refused(CommandRun.of("economics", "lecture", "--csv", "/dev/null"), "/dev/null: is a device");
    assertFalse(Files.isRegularFile(Path.of("/dev/null")));
  }

  @ParameterizedTest
  @CsvSource({
    "--usd-per-hour,0",
    "--usd-per-hour,NaN",
    "--usd-per-hour,1e300",
    "--step,1.7976931348623157E308",
    "--step,NaN",
    "--hit,4.9E-324"
  })
  void prices_refuseNumbersThatNoSheetHolds(String option, String value) {
    refused(
        CommandRun.of(
            "economics", "prices", "--model", "deepseek-v3", "--gpu", "gb200", option, value),
        option);
  }

  @ParameterizedTest
  @ValueSource(strings = {"solve", "benchmark", "what-if", "sensitivity"})
  void noThreads_areRefusedByEveryCommandThatSearches(String command) {
    String problem = tiny.path("problems/tiny.json");
    String[] line =
        command.equals("sensitivity")
            ? new String[] {command, problem, "--threads", "0", "--solution", problem}
            : new String[] {command, problem, "--threads", "0"};
    refused(CommandRun.of(line), "--threads must be >= 1, was 0");
  }
}
