package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.CommittedSchema;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What {@code --json} prints has a schema for every command that has it: {@code
 * docs/schema/output/COMMAND.schema.json}. {@code -Dgolden.update=true} makes them from the runs
 * below.
 */
class JsonOutputTest {
  private static final String GEMMA = "solutions/gemma-3-27b-pipeline.json";
  private static final String QWEN = "solutions/qwen3-235b-decode-b200.json";
  private static final String INPUTS = "docs/guide/inputs/";

  @TempDir private static Path folder;
  private static TinyProblem tiny;

  @BeforeAll
  static void solve() {
    tiny = new TinyProblem(folder);
    CommandRun run = CommandRun.of(words("solve $P -o $O/plans --steps 50"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
  }

  private static String[] words(String line) {
    return line.replace("$P", tiny.path("problems/tiny.json"))
        .replace("$S", tiny.path("plans/tiny.json"))
        .replace("$O", folder.toString())
        .split(" ");
  }

  private static Map<String, List<String>> runs() {
    Map<String, List<String>> runs = new LinkedHashMap<>();
    runs.put(
        "plan",
        List.of(
            "--model qwen3-30b-a3b --gpu h100 --gpus 2 --isl 2000 --osl 500",
            "--model llama-2-7b --gpu h100 --gpus 2 --isl 1000 --osl 200 --tpot 30ms",
            "--train --model llama-2-7b --gpu h100 --gpus 8 --global-batch 64 --seq 2048"));
    runs.put("solve", List.of("$P -o $O/again --steps 50"));
    runs.put(
        "evaluate",
        List.of(
            "$P --solution $S",
            "problems/gemma-3-27b-pipeline.json --solution " + GEMMA,
            "$P --solution $S --explain attention,expertCompute,expertFetch,dispatch,hop,head"));
    runs.put("replan", List.of("--from $S --drain rack-0/domain-0/node-0 -o $O/replans"));
    runs.put("compare", List.of(GEMMA + " " + QWEN, "$S"));
    runs.put("sensitivity", List.of("$P --solution $S --steps 20"));
    runs.put("what-if", List.of("$P --set workload.contextTokens=2048 --steps 20"));
    runs.put("export", List.of(QWEN + " --for sglang -o $O/exports"));
    runs.put("requests", List.of(INPUTS + "requests.jsonl"));
    runs.put("topology", List.of(INPUTS + "nodes.txt " + INPUTS + "gpu01.topo.txt"));
    runs.put("replay", List.of(QWEN + " --requests 60 --rate 20 --isl 3000 --osl 100"));
    runs.put("benchmark", List.of("$P --time-limit 1s --seeds 1"));
    runs.put("calibrate", List.of(INPUTS + "h100_sxm -o $O/laws.json"));
    runs.put(
        "roofline", List.of("--model deepseek-v3 --gpu h800-sxm --weights fp8 --context 8192"));
    runs.put("economics serving", List.of(QWEN + " --usd-per-hour 2"));
    runs.put(
        "economics training",
        List.of("--model deepseek-v3 --gpu h800-sxm --served-per-second 5e7 --days 61"));
    runs.put(
        "economics prices", List.of("--model deepseek-v3 --gpu h100-sxm --step 200000 --ratio 5"));
    runs.put(
        "economics cache",
        List.of("--model deepseek-v3 --gpu h100-sxm --context 32768 --hold 300s --reads 0.5"));
    runs.put("economics lecture", List.of(""));
    runs.put("accuracy", List.of("", "--measured " + INPUTS + "rows.csv"));
    runs.put("validate", List.of("$P topologies/gb200-nvl72.json"));
    runs.put("verify", List.of("$S " + GEMMA));
    runs.put("catalog", List.of("", "--model deepseek-v3", "--gpu gb200"));
    return runs;
  }

  @Test
  void everyCommandWithJson_hasRuns() {
    Set<String> commands = new TreeSet<>();
    collect(new CommandLine(new RackplanCommand()).getCommandSpec(), commands);

    assertEquals(commands, new TreeSet<>(runs().keySet()));
  }

  private static void collect(CommandSpec spec, Set<String> commands) {
    if (spec.findOption("--json") != null) {
      commands.add(spec.qualifiedName().replaceFirst("^rackplan ", ""));
    }
    spec.subcommands().values().forEach(sub -> collect(sub.getCommandSpec(), commands));
  }

  @TestFactory
  Stream<DynamicTest> outputs_areAsTheirSchemasSay() {
    return runs().entrySet().stream()
        .map(
            runs ->
                DynamicTest.dynamicTest(
                    runs.getKey(), () -> check(runs.getKey(), runs.getValue())));
  }

  private static void check(String command, List<String> runs) throws IOException {
    List<String> outputs = new ArrayList<>();
    for (String run : runs) {
      CommandRun made = CommandRun.of(words((command + " " + run + " --json").replace("  ", " ")));
      assertEquals(ExitCode.SOLVED, made.exitCode(), () -> command + ": " + made.err());
      outputs.add(made.out());
    }
    String name = "output/" + command.replace(' ', '-');
    Path file = CommittedSchema.file(name);
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(file.getParent());
      AtomicFile.replace(file, schema(command, outputs));
    }
    Object schema = JsonCursor.read(file, file.toString()).tree();
    for (String output : outputs) {
      assertEquals(Set.of(), CommittedSchema.validate(name, output), command);
      Object value = JsonCursor.parse(output, command).tree();
      assertEquals(List.of(), OutputSchema.unknown(value, schema, command));
    }
    assertFalse(CommittedSchema.validate(name, "\"text\"").isEmpty(), "the schema takes anything");
  }

  private static String schema(String command, List<String> outputs) {
    OutputSchema shape = new OutputSchema();
    outputs.forEach(output -> shape.add(JsonCursor.parse(output, command).tree()));
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.put("title", "rackplan " + command + " --json, version 1");
    schema.put(
        "description",
        "Made from outputs by JsonOutputTest. Units are in the keys; docs/formats.md explains them."
            + " Keys may be added.");
    schema.putAll(shape.tree());
    return JsonText.of(schema);
  }

  @Test
  void shapes_tellWhatIsAlwaysThere() {
    OutputSchema shape = new OutputSchema();
    shape.add(Map.of("a", 1.0, "b", List.of("x")));
    shape.add(Map.of("a", "two", "c", Map.of("h100-sxm", true)));

    assertEquals(
        Map.of(
            "type", "object",
            "required", List.of("a"),
            "properties",
                Map.of(
                    "a", Map.of("type", List.of("number", "string")),
                    "b", Map.of("type", "array", "items", Map.of("type", "string")),
                    "c",
                        Map.of(
                            "type", "object", "additionalProperties", Map.of("type", "boolean")))),
        shape.tree());
    assertTrue(OutputSchema.unknown(Map.of("a", 1.0), shape.tree(), "o").isEmpty());
    assertEquals(List.of("o.z"), OutputSchema.unknown(Map.of("z", 1.0), shape.tree(), "o"));
  }
}
