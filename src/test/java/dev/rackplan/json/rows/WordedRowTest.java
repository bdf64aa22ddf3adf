package dev.rackplan.json.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.accuracy.MeasuredPrediction;
import dev.rackplan.accuracy.MeasuredRow;
import dev.rackplan.accuracy.MeasuredStudy;
import dev.rackplan.accuracy.ServingRun;
import dev.rackplan.accuracy.TrainingRow;
import dev.rackplan.json.InputException;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows whose layouts and formats are words become the same problems as rows in columns. */
class WordedRowTest {
  private static final String SERVED =
      """
      {"id": "r-mi300x-sglang-fp8-tp8ep1-1024-512-c16", "kind": "serving", "what": "WHAT",
       "model": "deepseek-v3", "hw": "MI300X", "gpus": 8, "layout": "LAYOUT",
       "precision": "weights fp8, kv bf16, dispatch fp8, combine bf16", "batch": "2 a GPU",
       "tpot_ms": 20.5, "per_gpu": 1000, "engine": "sglang", "source": "made up"}""";
  private static final String TRAINED =
      """
      {"id": "t", "kind": "training", "what": "training", "model": "llama-3.1-70b", "hw": "H100",
       "gpus": 64, "layout": "TP4 PP8 EP1", "precision": "weights fp8", "per_gpu": 1600,
       "notes": "selective recompute", "source": "Megatron-Bridge (26.02)", "seq_len": 8192,
       "global_batch": 256, "micro_batch": 1, "virtual_stages": 5}""";

  @TempDir private Path folder;

  private Path file(String... rows) throws IOException {
    Path file = folder.resolve("rows.json");
    Files.writeString(file, "{\"note\": \"words\", \"rows\": [" + String.join(",", rows) + "]}");
    return file;
  }

  private static String served(String what, String layout) {
    return SERVED.replace("WHAT", what).replace("LAYOUT", layout);
  }

  private MeasuredRow row(String what, String layout) throws IOException {
    return MeasuredRowsFile.read(file(served(what, layout)), "rows.json").get(0);
  }

  @Test
  void mixedRows_takeLengthsClientsAndSlices_fromTheirNames() throws IOException {
    MeasuredRow row = row("mixed", "TP8 PP1 EP8");
    ServingRun run = (ServingRun) row.run();
    Layout layout = run.decode().layout();

    assertEquals(20.5, row.tpotMillis().getAsDouble());
    assertTrue(row.ttftMillis().isEmpty());
    assertEquals(8, layout.attentionTensorParallel());
    assertEquals(8, layout.get(Degree.EXPERT_TENSOR_PARALLEL));
    assertEquals(16, layout.concurrentSequences());
    assertEquals(512, run.clients().answerTokens());
  }

  @Test
  void decodeRows_areAPoolOfTheirOwn_andPromptsArePricedByTheirRate() throws IOException {
    ServingRun decode = (ServingRun) row("decode", "TP8 PP1 EP8").run();
    assertFalse(decode.apart().orElseThrow().clientsSaid());
    assertEquals(16, decode.decode().layout().concurrentSequences());

    // 1,024 tokens at 1,000 tokens/s on each of 8 GPUs.
    assertEquals(128, row("ttft", "TP8 PP1 EP8").ttftMillis().getAsDouble(), 1e-9);
  }

  @Test
  void filesOfBothKinds_giveBoth() throws IOException {
    Path file = file(served("mixed", "TP8 PP1 EP8"), TRAINED);

    assertEquals(1, MeasuredRowsFile.read(file, "rows.json").size());
    List<TrainingRow> runs = MeasuredRowsFile.readTraining(file, "rows.json");
    assertEquals(1, runs.size());
    // 256 sequences of 8,192 tokens at 1,600 tokens/s on each of 64 GPUs.
    assertEquals(256.0 * 8192 / 1600 / 64, runs.get(0).stepSeconds().getAsDouble(), 1e-9);
  }

  @Test
  void layoutsThatAreNoWordsOfThisKind_areRefused() throws IOException {
    Path file = file(served("mixed", "eight ways"));
    InputException refused =
        assertThrows(InputException.class, () -> MeasuredRowsFile.read(file, "rows.json"));
    assertTrue(refused.getMessage().contains("$.rows[0].layout"), refused.getMessage());
    assertTrue(refused.getMessage().contains("TP8 PP1 EP8"), refused.getMessage());
  }

  @Test
  void stepsThatReadPrompts_lastAsLongAsTheirLaunches() throws IOException {
    MeasuredStudy study =
        MeasuredStudy.of(MeasuredRowsFile.read(file(served("mixed", "TP8 PP1 EP8")), "rows.json"));
    MeasuredPrediction priced = (MeasuredPrediction) study.results().get(0);

    // 61 layers of some 37 kernels, 35 µs each.
    assertTrue(priced.ttftMillis() > 61 * 37 * 35e-3, () -> "" + priced.ttftMillis());
  }
}
