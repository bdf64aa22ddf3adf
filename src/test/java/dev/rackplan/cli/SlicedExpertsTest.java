package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A solved plan of four expert hosts with two GPUs each, as later commands read it. */
class SlicedExpertsTest {
  private static final Pattern DATA =
      Pattern.compile("<script[^>]*id=\"data\"[^>]*>(.*?)</script>", Pattern.DOTALL);

  @TempDir private Path folder;
  private TinyProblem tiny;
  private String solution;

  @BeforeEach
  void solve() {
    tiny = new TinyProblem(folder);
    String sliced = sliced("sliced", 3);
    run("solve", sliced, "--steps", "200", "-o", tiny.path("out"));
    solution = tiny.path("out/sliced.json");
  }

  private String variant(String name, int parallel, int slices, int tensor) {
    tiny.write(
        "problems/" + name + ".json",
        TinyProblem.PROBLEM
            .replaceAll(
                "\"attentionTensorParallel\": 1,\\s*\"expertTensorParallel\": 1",
                "\"attentionTensorParallel\": " + tensor + ", \"expertTensorParallel\": " + slices)
            .replace("\"expertParallel\": 4", "\"expertParallel\": " + parallel)
            .replace("[0, 4]", "0")
            .replace("[1, 2]", "1"));
    return tiny.path("problems/" + name + ".json");
  }

  private String sliced(String name, int seed) {
    tiny.write(
        "problems/" + name + ".json",
        TinyProblem.PROBLEM
            .replaceAll(
                "\"attentionTensorParallel\": 1,\\s*\"expertTensorParallel\": 1",
                "\"attentionTensorParallel\": 2, \"expertTensorParallel\": 2")
            .replace("[1, 2]", "1")
            .replace("\"seed\": 3", "\"seed\": " + seed));
    return tiny.path("problems/" + name + ".json");
  }

  private static CommandRun run(String... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return run;
  }

  private JsonNode plan(String file) throws IOException {
    return new ObjectMapper().readTree(Path.of(file).toFile()).get("plan");
  }

  private JsonNode page() throws IOException {
    run("report", solution, "-o", tiny.path("pages"));
    Matcher data = DATA.matcher(tiny.read("pages/sliced.html"));
    assertTrue(data.find());
    return new ObjectMapper().readTree(data.group(1)).get("plan");
  }

  private List<String[]> layers() throws IOException {
    run("tables", solution, "-o", tiny.path("out"));
    List<String> lines = Files.readAllLines(folder.resolve("out/sliced.layers.csv"));
    return lines.subList(1, lines.size()).stream().map(line -> line.split(",")).toList();
  }

  @Test
  void everyGpu_hasTheExpertsOfItsHost_inTables() throws IOException {
    JsonNode plan = plan(solution);
    assertEquals(8, plan.at("/stages/0/gpus").size());
    List<String[]> rows = layers();

    assertEquals(2 * 8, rows.size());
    for (int i = 0; i < rows.size(); i++) {
      String[] row = rows.get(i);
      int rank = i % 8;
      JsonNode slots = plan.at("/experts/" + (1 + i / 8));
      int perHost = slots.size() / 4;
      List<String> experts = new ArrayList<>();
      for (int slot = rank / 2 * perHost; slot < (rank / 2 + 1) * perHost; slot++) {
        experts.add(slots.get(slot).asText());
      }
      assertEquals(String.valueOf(rank), row[2]);
      assertEquals(String.join(" ", experts), row[3]);
      assertEquals(String.valueOf(rank % 2), row[9]);
      assertEquals("2", row[10]);
    }
  }

  @Test
  void everyGpu_hasItsFigures_onThePage() throws IOException {
    List<String[]> rows = layers();
    JsonNode page = page();

    assertEquals(2, page.get("slices").intValue());
    assertEquals(2, page.get("layers").size());
    for (int layer = 0; layer < 2; layer++) {
      JsonNode figures = page.get("layers").get(layer);
      assertEquals(8, figures.get("load").size());
      assertEquals(8, figures.get("seconds").size());
      assertEquals(8, figures.get("bytes").size());
      for (int rank = 0; rank < 8; rank++) {
        double load = Double.parseDouble(rows.get(layer * 8 + rank)[4]);
        assertEquals(load, figures.get("load").get(rank).doubleValue(), load * 1e-3);
      }
      assertTrue(figures.get("load").get(0).doubleValue() > 0);
      assertEquals("[\"rack-0/domain-0\",\"rack-1/domain-0\"]", figures.get("domains").toString());
    }
  }

  @Test
  void otherRouting_isReplanned_withTheSameHosts() throws IOException {
    String other = sliced("other", 4);
    run("replan", other, "--from", solution, "--steps", "200", "-o", tiny.path("new"));

    JsonNode before = plan(solution);
    JsonNode after = plan(tiny.path("new/other.json"));
    assertEquals(before.get("stages"), after.get("stages"));
    assertEquals(before.get("layout"), after.get("layout"));
    assertTrue(
        Files.readAllLines(folder.resolve("new/other.moves.csv"))
            .get(0)
            .equals("layer,expert,to,from,tier,bytes,slice"));
  }

  // Its ranks that slice the same experts are expertParallel apart, so that a host's are not in a
  // row; it counts on that they are, as it chooses devices by rank.
  @Test
  void ranksOfTensorRt_thatSliceTheSameExpertsOverHosts_areRefused() throws IOException {
    String problem = variant("apart", 4, 2, 1);
    run("solve", problem, "--steps", "200", "-o", tiny.path("out"));
    CommandRun export =
        CommandRun.of(
            "export", tiny.path("out/apart.json"), "--for", "trtllm", "-o", tiny.path("exports"));

    assertEquals(ExitCode.BAD_INPUT, export.exitCode());
    assertTrue(export.err().contains("are not in a row"), export.err());
  }

  @Test
  void expertsThatAreAllSlicedOverTheStage_haveNoMap() throws IOException {
    String problem = variant("whole", 1, 4, 4);
    run("solve", problem, "--steps", "200", "-o", tiny.path("out"));
    run("export", tiny.path("out/whole.json"), "--for", "vllm", "-o", tiny.path("exports"));

    String launch = tiny.read("exports/whole/vllm/launch.sh");
    assertTrue(launch.contains("--tensor-parallel-size 4"), launch);
    assertFalse(launch.contains("eplb"), launch);
    assertFalse(tiny.has("exports/whole/vllm/expert-map.jsonl"));
  }

  @Test
  void hostThatLosesAGpu_isRefused_withWhatToDo() {
    CommandRun run =
        CommandRun.of(
            "replan",
            "--from",
            solution,
            "--drain",
            "rack-1/domain-0/node-0/gpu-1",
            "-o",
            tiny.path("new"));

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(
        run.err().contains("only rack-1/domain-0/node-0/gpu-0 is left, and no GPU is idle"),
        run.err());
    assertTrue(run.err().contains("Drain it too"), run.err());
  }
}
