package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tray of a rack is drained under a running plan; or nothing is. */
class ReplanCommandTest {
  private static final String RUNNING = "solutions/deepseek-v3-decode-gb200.json";
  private static final String DRAINED = "docs/replan/deepseek-v3-decode-gb200-drained.json";
  // For speed: pinned layers are not searched.
  private static final String FIRST_LAYERS = "3-44";
  private static final String MOST_LAYERS = "3-56";
  private static final double EXPERT_BYTES = 3 * 7168 * 2048;

  @TempDir private Path folder;

  private CommandRun replan(String problem, String... more) {
    String[] all = new String[more.length + 8];
    String[] first = {
      "replan", problem, "--from", RUNNING, "--steps", "20", "-o", folder.toString()
    };
    System.arraycopy(first, 0, all, 0, 8);
    System.arraycopy(more, 0, all, 8, more.length);
    return CommandRun.of(all);
  }

  @Test
  @Tag("slow")
  void drainedTray_isMadeGoodNearlyAsFastAsAfresh_movingAThirdAtMost() throws IOException {
    CommandRun run = replan(DRAINED, "--json", "--pin-layers", FIRST_LAYERS);

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    JsonCursor chosen = run.json().get("chosen");
    JsonCursor fresh = run.json().get("fresh");
    assertTrue(chosen.get("feasible").bool());
    assertTrue(
        chosen.get("stepSeconds").number() <= 1.02 * fresh.get("stepSeconds").number(), run.out());
    assertTrue(
        chosen.get("movedBytes").number() <= fresh.get("movedBytes").number() / 3, run.out());
    assertTrue(fresh.get("movedBytes").number() <= run.json().get("freshUnlabelledBytes").number());
    double before = Double.POSITIVE_INFINITY;
    for (JsonCursor point : run.json().get("curve").list()) {
      assertTrue(point.get("stepSeconds").number() < before, run.out());
      before = point.get("stepSeconds").number();
    }
    checkMoves(chosen.get("movedBytes").number());
  }

  // What the GPUs held, plus the moves, is what the new plan has them hold; sources held it.
  private void checkMoves(double bytes) throws IOException {
    Map<String, Set<String>> before = held(Path.of(RUNNING));
    Path written = folder.resolve("deepseek-v3-decode-gb200-drained.json");
    Map<String, Set<String>> after = held(written);
    List<String> rows =
        Files.readAllLines(folder.resolve("deepseek-v3-decode-gb200-drained.moves.csv"));
    Map<String, Set<String>> wanted = new TreeMap<>();
    after.forEach(
        (gpu, experts) -> {
          Set<String> lacking = new TreeSet<>(experts);
          lacking.removeAll(before.getOrDefault(gpu, Set.of()));
          if (!lacking.isEmpty()) {
            wanted.put(gpu, lacking);
          }
        });
    Map<String, Set<String>> moved = new TreeMap<>();
    double sum = 0;
    for (String row : rows.subList(1, rows.size())) {
      String[] cells = row.split(",");
      String expert = cells[0] + ":" + cells[1];
      assertTrue(moved.computeIfAbsent(cells[2], gpu -> new TreeSet<>()).add(expert), row);
      boolean storage = cells[3].equals("storage");
      assertEquals(storage, cells[4].equals("storage"));
      if (storage) {
        // Only the drained tray held it.
        before.forEach(
            (gpu, experts) ->
                assertTrue(gpu.contains("/node-17/") || !experts.contains(expert), row));
      } else {
        assertTrue(before.get(cells[3]).contains(expert), row);
        assertFalse(cells[3].contains("/node-17/"), row);
      }
      sum += Double.parseDouble(cells[5]);
      assertEquals(EXPERT_BYTES, Double.parseDouble(cells[5]));
    }
    assertEquals(wanted, moved);
    assertEquals(bytes, sum);
    CommandRun evaluated =
        CommandRun.of("evaluate", DRAINED, "--solution", written.toString(), "--json");
    assertEquals("", evaluated.err());
  }

  /** {@code layer:expert} by GPU name. */
  private static Map<String, Set<String>> held(Path solution) throws IOException {
    JsonNode plan = new ObjectMapper().readTree(solution.toFile()).get("plan");
    JsonNode gpus = plan.at("/stages/0/gpus");
    Map<String, Set<String>> held = new TreeMap<>();
    plan.get("experts")
        .fields()
        .forEachRemaining(
            layer -> {
              int perGpu = layer.getValue().size() / gpus.size();
              for (int slot = 0; slot < layer.getValue().size(); slot++) {
                held.computeIfAbsent(gpus.get(slot / perGpu).textValue(), g -> new TreeSet<>())
                    .add(layer.getKey() + ":" + layer.getValue().get(slot).intValue());
              }
            });
    return held;
  }

  @Test
  void nothingChanged_movesNothing() throws IOException {
    CommandRun run =
        replan("problems/deepseek-v3-decode-gb200.json", "--json", "--pin-layers", MOST_LAYERS);

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(0, run.json().get("chosen").get("movedBytes").number());
    ObjectMapper json = new ObjectMapper();
    assertEquals(
        json.readTree(Path.of(RUNNING).toFile()).get("plan"),
        json.readTree(folder.resolve("deepseek-v3-decode-gb200.json").toFile()).get("plan"));
  }

  @Test
  void limit_isKept_orTheLeastIsNamed() {
    CommandRun tight = replan(DRAINED, "--max-moved-gb", "5", "--pin-layers", "3-60");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, tight.exitCode());
    assertTrue(tight.err().contains("raise --max-moved-gb"), tight.err());
    assertFalse(Files.exists(folder.resolve("deepseek-v3-decode-gb200-drained.json")));

    CommandRun some =
        replan(DRAINED, "--max-moved-gb", "32", "--json", "--pin-layers", MOST_LAYERS);
    assertEquals(ExitCode.SOLVED, some.exitCode(), some.err());
    assertTrue(some.json().get("chosen").get("movedBytes").number() <= 32e9);
    assertTrue(
        some.json().get("curve").list().stream()
            .anyMatch(point -> point.get("movedBytes").number() > 32e9));
  }

  @Test
  void pinnedLayers_changeOnlyAsFarAsTheyMust() {
    CommandRun run = replan(DRAINED, "--pin-layers", "3-60", "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(1, run.json().get("curve").list().size());
    assertEquals(
        run.json().get("curve").list().get(0).get("movedBytes").number(),
        run.json().get("chosen").get("movedBytes").number());
  }

  @Test
  void pinnedGpusAndExperts_keepWhatTheyHold() throws IOException {
    CommandRun run =
        replan(
            DRAINED,
            "--pin-layers",
            MOST_LAYERS,
            "--pin-gpus",
            "rack-0/domain-0/node-2",
            "--pin-experts",
            "60:5,60:6");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    Map<String, Set<String>> before = held(Path.of(RUNNING));
    Map<String, Set<String>> after = held(folder.resolve("deepseek-v3-decode-gb200-drained.json"));
    int others = 0;
    for (Map.Entry<String, Set<String>> gpu : after.entrySet()) {
      Set<String> lost = new TreeSet<>(before.get(gpu.getKey()));
      lost.removeAll(gpu.getValue());
      if (gpu.getKey().contains("/node-2/")) {
        assertEquals(Set.of(), lost, gpu.getKey());
      }
      assertFalse(lost.contains("60:5") || lost.contains("60:6"), gpu.getKey());
      others += lost.size();
    }
    assertTrue(others > 0);
    assertEquals(ExitCode.BAD_INPUT, replan(DRAINED, "--pin-gpus", "rack-9").exitCode());
    assertEquals(ExitCode.BAD_INPUT, replan(DRAINED, "--pin-experts", "999:1").exitCode());
  }

  @Test
  void drainOption_needsNoProblem_andStaysInTheSolution() throws IOException {
    String node = "rack-0/domain-0/node-17";
    CommandRun run =
        CommandRun.of(
            "replan",
            "--from",
            RUNNING,
            "--drain",
            node,
            "--pin-layers",
            "3-60",
            "-o",
            folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    Path written = folder.resolve("deepseek-v3-decode-gb200.json");
    held(written).keySet().forEach(gpu -> assertFalse(gpu.startsWith(node + "/"), gpu));
    assertEquals(68, held(written).size());
    String problem = "problems/deepseek-v3-decode-gb200.json";
    assertEquals(
        "", CommandRun.of("evaluate", problem, "--solution", written.toString(), "--json").err());

    Path again = folder.resolve("again");
    CommandRun second =
        CommandRun.of(
            "replan", "--from", written.toString(), "--pin-layers", "3-60", "-o", again.toString());
    assertEquals(ExitCode.SOLVED, second.exitCode(), second.err());
    assertEquals(
        held(written), held(again.resolve("deepseek-v3-decode-gb200.json")), "nothing changed");

    CommandRun typo =
        CommandRun.of("replan", "--from", RUNNING, "--drain", "rack-0/domain-0/node-71");
    assertEquals(ExitCode.BAD_INPUT, typo.exitCode());
    assertTrue(typo.err().contains("Did you mean \"rack-0/domain-0/node-1\"?"), typo.err());
    assertEquals(
        ExitCode.BAD_INPUT,
        CommandRun.of("replan", "--from", RUNNING, "--drain", "rack-0").exitCode());
  }

  @Test
  void addedRack_takesAnotherReplica_andALostOneIsGivenUp() throws IOException {
    TinyProblem tiny = new TinyProblem(folder);
    CommandRun solved =
        CommandRun.of(
            "solve", tiny.path("problems/tiny.json"), "--steps", "200", "-o", tiny.path("out"));
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
    String running = tiny.path("out/tiny.json");
    JsonNode before = new ObjectMapper().readTree(Path.of(running).toFile()).get("plan");
    assertEquals(1, before.at("/layout/replicas").intValue());
    assertEquals(1, before.at("/layout/pipelineStages").intValue());

    String more = tiny.variant("more", "\"replicas\": 1", "\"replicas\": 2");
    CommandRun run = CommandRun.of("replan", more, "--from", running, "-o", tiny.path("new"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    JsonNode after =
        new ObjectMapper().readTree(Path.of(tiny.path("new/more.json")).toFile()).get("plan");
    assertEquals(2, after.at("/layout/replicas").intValue());
    assertEquals(128, after.at("/layout/sequencesPerMicroBatch").intValue());
    assertEquals(8, after.at("/stages/0/gpus").size());
    for (int rank = 0; rank < 4; rank++) {
      assertEquals(before.at("/stages/0/gpus/" + rank), after.at("/stages/0/gpus/" + rank));
    }

    // One of the two racks is lost again: its replica goes.
    String lost = after.at("/stages/0/gpus/0").textValue().split("/")[0];
    CommandRun back =
        CommandRun.of(
            "replan",
            "--from",
            tiny.path("new/more.json"),
            "--drain",
            lost,
            "-o",
            tiny.path("back"));
    assertEquals(ExitCode.SOLVED, back.exitCode(), back.err());
    JsonNode left =
        new ObjectMapper().readTree(Path.of(tiny.path("back/more.json")).toFile()).get("plan");
    assertEquals(1, left.at("/layout/replicas").intValue());
    for (int rank = 0; rank < 4; rank++) {
      assertEquals(after.at("/stages/0/gpus/" + (4 + rank)), left.at("/stages/0/gpus/" + rank));
    }

    String three =
        tiny.variant(
            "three",
            "\"expertParallel\": 4, \"redundantExperts\": [0, 4], \"replicas\": 1",
            "\"expertParallel\": [2, 4], \"redundantExperts\": [0, 4], \"replicas\": 3");
    CommandRun refused = CommandRun.of("replan", three, "--from", running, "-o", tiny.path("new"));
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(refused.err().contains("3 replicas need 4 more GPUs, 0 are idle"), refused.err());
  }

  @Test
  void otherModel_orRunningFileAsTarget_isRefused() {
    CommandRun other = replan("problems/kimi-k2-decode-h200.json");
    assertEquals(ExitCode.BAD_INPUT, other.exitCode());
    assertTrue(other.err().contains("$.model"), other.err());

    CommandRun same =
        CommandRun.of(
            "replan",
            "problems/deepseek-v3-decode-gb200.json",
            "--from",
            RUNNING,
            "-o",
            "solutions");
    assertEquals(ExitCode.BAD_INPUT, same.exitCode());
  }
}
