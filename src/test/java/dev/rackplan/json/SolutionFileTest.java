package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SolutionFileTest {
  @TempDir Path folder;

  @Test
  void read_takesEveryKey() {
    TinyCase tiny = new TinyCase(folder);
    SolutionFile.Contents contents = tiny.solution();
    assertEquals("../problems/p.json", contents.problemPath());
    assertEquals(
        "problems/p.json",
        SolutionFile.problem(tiny.path("solutions/s.json"), "solutions/s.json").shown());
    assertEquals(7, contents.provenance().seed());
    assertEquals(100, contents.provenance().steps().orElseThrow());
    Plan plan = contents.plan();
    assertEquals(
        Layout.neutral()
            .with(Degree.PIPELINE_STAGES, 2)
            .with(Degree.EXPERT_PARALLEL, 2)
            .with(Degree.MICRO_BATCHES, 2)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 32)
            .with(Degree.REDUNDANT_EXPERTS, 2),
        plan.layout());
    // Rack 1 starts at GPU 4.
    assertEquals(List.of(5, 2), plan.stages().get(1).gpus());
    assertEquals(
        List.of(0, 2),
        Stream.of(plan.stages().get(0).firstLayer(), plan.stages().get(1).lastLayer()).toList());
    assertArrayEquals(new int[] {3, 1, 2, 0, 3, 3}, plan.experts().get(2).toArray());
    assertEquals(3, plan.experts().get(2).mostSlotsPerGpu());
    assertEquals(
        Map.of("feasible", true, "tpotSeconds", 0.0125),
        contents.evaluation().orElseThrow().tree());
  }

  @Test
  void write_readsBackIdentically() throws IOException {
    TinyCase tiny = new TinyCase(folder);
    SolutionFile.Contents contents = tiny.solution();
    Problem problem = tiny.problem().problem();
    Map<String, Object> evaluation = new LinkedHashMap<>();
    evaluation.put("tpotSeconds", 0.1 + 0.2);
    evaluation.put("violations", List.of());
    evaluation.put("stages", List.of(Map.of("seconds", 1e-7), Map.of("seconds", 3.0)));
    evaluation.put("count", 12L);
    Path file = folder.resolve("new/folder/out.json");
    SolutionFile.write(
        file,
        contents.problemPath(),
        contents.provenance(),
        contents.plan(),
        problem.topology(),
        evaluation);
    SolutionFile.Contents again = SolutionFile.read(file, "out.json", problem);
    assertEquals(contents.plan(), again.plan());
    assertEquals(contents.provenance(), again.provenance());
    assertEquals(evaluation, again.evaluation().orElseThrow().tree());
    byte[] first = Files.readAllBytes(file);
    SolutionFile.write(
        file,
        contents.problemPath(),
        again.provenance(),
        again.plan(),
        problem.topology(),
        evaluation);
    assertArrayEquals(first, Files.readAllBytes(file));
    assertTrue(
        new String(first, java.nio.charset.StandardCharsets.UTF_8)
            .contains("\n      \"2\": [3, 1, 2, 0, 3, 3]\n"));
  }

  @Test
  void write_refusesWhatJsonCannotHoldAndLeavesTheOldFile() throws IOException {
    TinyCase tiny = new TinyCase(folder);
    SolutionFile.Contents contents = tiny.solution();
    String old = Files.readString(tiny.path("solutions/s.json"));
    Map<String, Object> evaluation = Map.of("bound", Map.of("gap", Double.NaN));
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                SolutionFile.write(
                    tiny.path("solutions/s.json"),
                    "p",
                    contents.provenance(),
                    contents.plan(),
                    tiny.problem().problem().topology(),
                    evaluation));
    assertEquals("$.evaluation.bound.gap is NaN, which JSON can't hold", error.getMessage());
    assertEquals(old, Files.readString(tiny.path("solutions/s.json")));
  }

  @Test
  void atomicWrite_leavesNothingBehindWhenItFails() throws IOException {
    Path blocked = folder.resolve("file");
    Files.writeString(blocked, "old");
    InputException underFile =
        assertThrows(
            InputException.class, () -> AtomicFile.write(blocked.resolve("below.json"), "new"));
    assertTrue(underFile.getMessage().contains("can't be written"), underFile.getMessage());
    assertEquals("old", Files.readString(blocked));
    Path directory = Files.createDirectories(folder.resolve("target/child")).getParent();
    assertThrows(InputException.class, () -> AtomicFile.write(directory, "new"));
    AtomicFile.replace(blocked, "new");
    assertEquals("new", Files.readString(blocked));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of("file", "target"),
          files.map(path -> path.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void atomicWrite_keepsTheOldFileWhenTheTemporaryCannotBeMade() throws IOException {
    // A name of 255 bytes is the longest a folder takes: the temporary file's longer name is
    // refused.
    Path longest = folder.resolve("x".repeat(255));
    Files.writeString(longest, "old");
    assertThrows(InputException.class, () -> AtomicFile.write(longest, "new"));
    assertEquals("old", Files.readString(longest));
  }

  @Test
  void shortest_readsBackAndIsMinimal() {
    Map<Double, String> known =
        Map.of(
            2e23,
            "2.0E23",
            0.1,
            "0.1",
            5e-324,
            "5.0E-324",
            1e15,
            "1.0E15",
            123456789.0,
            "123456789.0",
            -2.5e-7,
            "-2.5E-7",
            1e-5,
            "0.00001",
            -0.0,
            "-0.0");
    known.forEach((value, text) -> assertEquals(text, JsonText.shortest(value)));
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 2000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        String text = JsonText.shortest(value);
        assertEquals(value, Double.parseDouble(text));
        assertTrue(text.length() <= 25, text);
      }
    }
  }

  @Test
  void text_escapesStrings() {
    Map<String, Object> tree = Map.of("k\"", "a\\b\n\u0001é😀");
    String text = JsonText.of(tree);
    assertFalse(text.contains("\u0001"));
    assertEquals(tree, JsonCursor.parse(text, "t").tree());
  }

  @Test
  void expertMap_readsAllForms() {
    TinyCase tiny = new TinyCase(folder);
    Model model = tiny.problem().problem().model();
    String[] forms = {
      TinyCase.MAP,
      "{\"num_slots\": 4, \"initial_global_assignments\": {\"2\": [0, 1, 3, 2], \"1\": [3, 1, 2, 0]}, \"layer_updates_per_iter\": 0}",
      "{\"record_type\": \"eplb_initial_mapping\", \"version\": 1, \"num_redundant_experts\": 0, \"num_slots\": 4,"
          + " \"initial_global_assignments\": {\"0\": [3, 1, 2, 0], \"1\": [0, 1, 3, 2]}}",
    };
    for (String form : forms) {
      tiny.write("maps/m.json", form);
      SortedMap<Integer, int[]> map = ExpertMapFile.read(tiny.path("maps/m.json"), "m.json", model);
      assertEquals(List.of(1, 2), List.copyOf(map.keySet()));
      assertArrayEquals(new int[] {3, 1, 2, 0}, map.get(1));
      assertArrayEquals(new int[] {0, 1, 3, 2}, map.get(2));
    }
  }
}
