package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.SharedData;
import dev.rackplan.TinyProblem;
import dev.rackplan.model.Model;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What engines write is read. The files under {@code recorded} were made by the engines' own
 * writing code: SGLang 0.5.23's {@code expert_distribution.py} (two steps, a dense layer and two of
 * 8 experts in 10 slots), vllm-ascend 0.23's {@code _export_tensor_to_file}, and safetensors with
 * the keys of TensorRT-LLM's {@code ExpertStatistic}.
 */
class RecordedLoadsTest {
  private static final Path RECORDED = Path.of("src/test/resources/dev/rackplan/json/recorded");

  @TempDir private Path folder;

  private Model model() {
    TinyProblem tiny = new TinyProblem(folder);
    String problem = tiny.path("problems/tiny.json");
    return ProblemFile.read(Path.of(problem), problem).model();
  }

  private static FileReference reference(Path file) {
    return new FileReference(file, file.toString());
  }

  private double[][] counts(String name) {
    JsonCursor root = RecordedLoads.read(reference(RECORDED.resolve(name)), MoeShape.of(model()));
    return root.get("logical_count").list().stream()
        .map(row -> row.list().stream().mapToDouble(JsonCursor::number).toArray())
        .toArray(double[][]::new);
  }

  // Slots 3 and 8 of the first MoE layer hold expert 3: 13 + 43 + 18 + 48.
  @ParameterizedTest
  @CsvSource({"stat.pt", "per_pass.pt"})
  void recorder_ofSglang_isSummedOverSteps(String name) {
    double[][] counts = counts(name);
    assertArrayEquals(new double[] {50, 52, 54, 122, 58, 128, 62, 64}, counts[1]);
    assertArrayEquals(new double[] {84, 82, 254, 78, 76, 74, 72, 70}, counts[2]);
  }

  @Test
  void ranksOfOldSglang_comeAsCsv() {
    assertArrayEquals(new double[] {20, 21, 22, 23, 24, 25, 26, 27}, counts("rank0.csv")[2]);
  }

  // Steps 100 and 101 of layer 1: 2 × expert + 100 + 101 + 2 × layer; rank 1 counts twice as much.
  @Test
  void statisticsOfTensorRt_areSummedOverSteps() {
    assertArrayEquals(
        new double[] {203, 205, 207, 209, 211, 213, 215, 217}, counts("rank0.safetensors")[1]);
    assertArrayEquals(
        new double[] {205, 209, 213, 217, 221, 225, 229, 233}, counts("rank1.safetensors")[2]);
  }

  @Test
  void maps_ofSglangAsPt_andOfVllmAscendAsRecorded_areRead() {
    Path torch = RECORDED.resolve("map.pt");
    Path ascend = RECORDED.resolve("ascend.json");
    assertArrayEquals(
        new int[] {7, 6, 5, 4, 3, 2, 1, 0, 2, 2},
        ExpertMapFile.read(torch, torch.toString(), model()).get(2));
    assertArrayEquals(
        new int[] {7, 6, 5, 4, 3, 2, 1, 0, 7, 5},
        ExpertMapFile.read(ascend, ascend.toString(), model()).get(2));
  }

  @Test
  void tablesOfSteps_areReadAsJsonToo() {
    TinyProblem tiny = new TinyProblem(folder);
    String row = "[1, 2, 3, 4, 5, 6, 7, 8]";
    String other = "[8, 7, 6, 5, 4, 3, 2, 20]";
    tiny.write(
        "problems/steps.json",
        "{\"rank\": 0, \"average_utilization_rate_over_window\": null, \"logical_count\": [[%s, %s], [%s, %s]]}"
            .formatted(row, row, other, row));
    tiny.write(
        "problems/counted.json",
        TinyProblem.PROBLEM.replace(
            "{\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}}", "{\"counts\": \"steps.json\"}"));
    String problem = tiny.path("problems/counted.json");
    var layers =
        ProblemFile.read(Path.of(problem), problem)
            .workload()
            .routing()
            .scenarios()
            .get(0)
            .profiles()
            .get(0)
            .layers();
    // 9 of 91, times 2 experts a token; the last has 28.
    assertEquals(18 / 91.0, layers.get(0).frequency(0), 1e-12);
    assertEquals(56 / 91.0, layers.get(0).frequency(7), 1e-12);
  }

  @Test
  void recordingOfTheCase_isRead() {
    Path file =
        SharedData.dir("cases", "exports", "sglang-recorder-pt-refused")
            .resolve("expert_distribution_recorder_1.pt");
    List<JsonCursor> rows = TorchFile.read(file, file.toString()).get("logical_count").list();
    assertEquals(61, rows.size());
    assertEquals(256, rows.get(60).list().size());
    assertTrue(rows.get(60).list().stream().mapToDouble(JsonCursor::number).sum() > 0);
  }

  // A pickle may name any function: only those that stand for tensors are known.
  @Test
  void pickles_thatCallSomethingElse_orEndEarly_areRefused() throws IOException {
    for (String[] bad :
        List.of(
            new String[] {
              "cposix\nsystem\n(X\u0004\u0000\u0000\u0000truetR.", "holds a posix.system"
            },
            new String[] {"}q", "is a damaged pickle"},
            new String[] {"B\u0001\u0000\u0000\u0000a.", "holds something beside"})) {
      Path file = folder.resolve("bad.pt");
      try (OutputStream out = Files.newOutputStream(file);
          ZipOutputStream zip = new ZipOutputStream(out)) {
        zip.putNextEntry(new ZipEntry("bad/data.pkl"));
        zip.write(bad[0].getBytes(StandardCharsets.ISO_8859_1));
      }
      InputException error =
          assertThrows(InputException.class, () -> TorchFile.read(file, "bad.pt"));
      assertTrue(error.getMessage().contains(bad[1]), error.getMessage());
    }
    Path text = folder.resolve("text.pt");
    Files.writeString(text, "no zip");
    assertThrows(InputException.class, () -> TorchFile.read(text, "text.pt"));
  }
}
