package dev.rackplan.cost.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.ProblemText;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What layers that draft tokens add to the memory of a stage. */
class DraftMemoryTest {
  private static final String ROUTING =
      ", \"routing\": {\"powerLaw\": {\"alpha\": 1, \"seed\": 1}}";
  private static final String TRAY =
      "{\"name\": \"tray\", \"gpu\": \"h200-sxm\", \"racks\": {\"count\": 1, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 8}}";

  @TempDir private Path folder;

  private Problem deepSeek(String drafts) {
    return ProblemText.decode(
        folder,
        "deepseek-v3",
        TRAY,
        "\"contextTokens\": 4096, \"concurrentSequences\": 64" + drafts + ROUTING,
        false,
        ", \"precision\": {\"weights\": \"fp8\"}, \"engine\": {}");
  }

  private static Layout layout(int tensor, int stages) {
    return Layout.neutral()
        .with(Degree.PIPELINE_STAGES, stages)
        .with(Degree.EXPERT_PARALLEL, 8 / stages)
        .with(Degree.ATTENTION_TENSOR_PARALLEL, tensor)
        .with(Degree.MICRO_BATCHES, stages)
        .with(Degree.SEQUENCES_PER_MICRO_BATCH, 64 / stages);
  }

  // FP8: 32 experts of 44,040,192 each. With one rank a GPU the shared expert and attention of
  // 187,107,328 are whole, with one rank of 8 GPUs an eighth. In BF16, whole on each GPU: gate
  // 1,835,264, five norms of 7,168 and the projection of 2·7,168².
  @ParameterizedTest
  @CsvSource({"1, 1", "8, 8"})
  void deepSeekV3_holdsItsModuleOnEightGpus(int tensor, int parts) {
    double with = use(deepSeek(", \"queryTokens\": 2"), tensor).draftBytes();
    double expected =
        32 * 44_040_192.0
            + (44_040_192.0 + 187_107_328.0) / parts
            + 2 * (1_835_264.0 + 5 * 7168 + 102_760_448);
    assertEquals(expected, with, 1);
    assertEquals(0, use(deepSeek(""), tensor).draftBytes());
  }

  // As above without what every GPU holds whole: 1.41 GB of experts and at most 0.44 GB beside.
  @Test
  void deepSeekV3_needsThatMoreAndACacheOfOneMoreLayer() {
    MemoryUse without = use(deepSeek(""), 1);
    MemoryUse with = use(deepSeek(", \"queryTokens\": 2"), 1);
    assertEquals(without.kvBytes() * 62 / 61, with.kvBytes(), 1);
    assertEquals(without.expertBytes(), with.expertBytes());
    assertEquals(without.embeddingBytes(), with.embeddingBytes());
    assertEquals(1.85e9, with.weightBytes() - without.weightBytes(), 0.01e9);
  }

  @Test
  void stages_holdItBehindTheLastLayerWithAnEmbeddingOfItsOwn() {
    Problem plain = deepSeek("");
    Problem drafting = deepSeek(", \"queryTokens\": 2");
    Layout layout = layout(1, 2);
    assertEquals(
        MemoryUse.of(plain, layout, 0, 30).weightBytes(),
        MemoryUse.of(drafting, layout, 0, 30).weightBytes());
    MemoryUse last = MemoryUse.of(drafting, layout, 31, 60);
    double table = 129_280.0 * 7168 * 2;
    assertEquals(table, MemoryUse.of(plain, layout, 31, 60).embeddingBytes());
    assertEquals(2 * table, last.embeddingBytes());
    assertEquals(64 * 44_040_192.0, last.draftBytes(), 0.5e9);
    // 30 layers of 576 values in BF16, and one more.
    assertEquals(30 * 1152.0, MemoryUse.growingKvBytesPerToken(plain, layout, 31, 60));
    assertEquals(31 * 1152.0, MemoryUse.growingKvBytesPerToken(drafting, layout, 31, 60));
    assertEquals(31 * 1152.0, MemoryUse.growingKvBytesPerToken(drafting, layout, 0, 30));
  }

  private static MemoryUse use(Problem problem, int tensor) {
    return MemoryUse.of(problem, layout(tensor, 1), 0, 60);
  }
}
