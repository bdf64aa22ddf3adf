package dev.rackplan.cost.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.ProblemText;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Qwen3-235B-A22B in FP8 on four H100 with TP 4, 16 sequences of 2,048 tokens: what each engine's
 * rule of memory makes of it. An H100 has 81,559 MiB, 0.59e9 bytes of which the driver keeps.
 */
class EngineMemoryTest {
  private static final double MIB = 1 << 20;
  private static final double FREE = 81_559 * MIB - 0.59e9;
  private static final double FRAMEWORK = 0.54e9 + 2.16e9;
  private static final double GRAPHS = 512 * 2 * MIB;

  // Four streams of 4,096, and of each of 8 experts its output and 1,536 products, for 8,192
  // tokens in BF16.
  private static final double ACTIVATIONS = 2 * 8192 * (4 * 4096 + 8 * (4096.0 + 1536));

  // The hidden states of 8,192 tokens, and 38 bytes for each of 1,024 sequences and 151,936 words.
  private static final double SORTED = 2 * 8192 * 4096 + 1024 * 38 * 151_936.0;

  @TempDir private Path folder;

  private Problem qwen(String engine, int gpus) {
    return ProblemText.decode(
        folder,
        "qwen3-235b-a22b",
        "{\"name\": \"tray\", \"gpu\": \"h100-sxm\", \"racks\": {\"count\": 1, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": "
            + gpus
            + "}}",
        "\"contextTokens\": 2048, \"concurrentSequences\": 16",
        true,
        ", \"precision\": {\"weights\": \"fp8\"}, \"engine\": {" + engine + "}");
  }

  private static Layout layout(int gpus, int tensor) {
    return Layout.neutral()
        .with(Degree.EXPERT_PARALLEL, gpus)
        .with(Degree.ATTENTION_TENSOR_PARALLEL, tensor)
        .with(Degree.SEQUENCES_PER_MICRO_BATCH, 16);
  }

  private static MemoryUse use(Problem problem, Layout layout) {
    return MemoryUse.of(problem, layout, 0, problem.model().layers().size() - 1);
  }

  // Tokens that fit beside what lies there: 94 layers of one head of 128 keys and values in BF16.
  private static double kvTokens(Problem problem) {
    MemoryUse use = use(problem, layout(4, 4));
    double room = problem.usableBytes(81_559 * MIB) - use.bytes();
    return 16 * 2048 + room / WorkingMemory.kvShareOfUse(problem) / (94 * 2 * 128 * 2);
  }

  // vllm-project/vllm#21348: SGLang with a static fraction of 0.93, vLLM with its default of 0.9.
  @ParameterizedTest
  @CsvSource({
    "'\"name\": \"sglang\", \"memoryFraction\": 0.93', 367404",
    "'\"name\": \"vllm\"', 178880"
  })
  void kvTokens_areThoseThatEnginesReported(String engine, double measured) {
    assertEquals(measured, kvTokens(qwen(engine, 4)), 0.1 * measured);
  }

  // 235.09e9 weights: embedding, head, gates and norms in BF16, gates whole on each GPU, the others
  // in FP8.
  @Test
  void weights_areAQuarterOnEachGpu() {
    double tables = 2 * 151_936.0 * 4096;
    double gates = 94 * 4096.0 * 128;
    double all = 235.0936e9;
    assertEquals(
        (all - tables - gates) / 4 + 2 * tables / 4 + 2 * gates,
        use(qwen("\"name\": \"vllm\"", 4), layout(4, 4)).weightBytes(),
        0.01e9);
  }

  @Test
  void vllm_countsItsProfileRunWithinItsShareAndGraphsBeyondTheRest() {
    Problem usual = qwen("\"name\": \"vllm\"", 4);
    assertEquals(0.9 * FREE, usual.usableBytes(81_559 * MIB), 1);
    WorkingMemory working = use(usual, layout(4, 4)).working();
    assertEquals(SORTED, working.stepBytes());
    assertEquals(GRAPHS, working.graphBytes());
    assertEquals(FRAMEWORK, working.frameworkBytes());
    assertEquals(0, working.communicationBytes());
    assertEquals(FRAMEWORK + SORTED, working.countedBytes(), 1);
    // Almost all of it: 0.5% hold 0.42 of 1.07 GB of graphs.
    Problem full = qwen("\"name\": \"vllm\", \"memoryFraction\": 0.995", 4);
    assertEquals(0.995 * FREE, full.usableBytes(81_559 * MIB), 1);
    assertEquals(
        FRAMEWORK + SORTED + GRAPHS - 0.005 * FREE,
        use(full, layout(4, 4)).working().countedBytes(),
        1);
  }

  @Test
  void sglang_takesItsShareOfWhatIsFreeBeforeWeights() {
    Problem given = qwen("\"name\": \"sglang\", \"memoryFraction\": 0.93", 4);
    WorkingMemory working = use(given, layout(4, 4)).working();
    assertEquals(0.93 * FREE, given.usableBytes(81_559 * MIB), 1);
    assertEquals(ACTIVATIONS, working.stepBytes());
    // 0.07 of what is free holds activations and graphs.
    assertEquals(0.93 * FRAMEWORK, working.countedBytes(), 1);
    assertEquals(0.93, working.share(given, 0));
    // With 0.99 they do not fit the rest, and take from the cache.
    Problem more = qwen("\"name\": \"sglang\", \"memoryFraction\": 0.99", 4);
    assertEquals(
        0.99 * FRAMEWORK + ACTIVATIONS + GRAPHS - 0.01 * (FREE - FRAMEWORK),
        use(more, layout(4, 4)).working().countedBytes(),
        1);
  }

  // 512 MiB, 1.5 MiB for each of 8,192 tokens, 2 for each of 512 sequences of a graph and 128 for
  // each of 4 GPUs: (81,559 - 14,336)/81,559 = 0.824.
  @Test
  void sglang_worksItsShareOutWhereNoneIsGiven() {
    Problem problem = qwen("\"name\": \"sglang\"", 4);
    MemoryUse use = use(problem, layout(4, 4));
    double fixed = (512 + 1.5 * 8192) / 81_559;
    assertEquals((1 - fixed) * FREE, problem.usableBytes(81_559 * MIB), 1);
    assertEquals((1 - fixed) * FRAMEWORK + GRAPHS + 512 * MIB, use.working().countedBytes(), 1);
    double pool =
        problem.usableBytes(81_559 * MIB) - use.bytes() + use.weightBytes() + use.kvBytes();
    assertEquals(0.824, use.working().share(problem, pool), 0.001);
  }

  @Test
  void tensorRt_givesTheCacheItsShareOfTheRest() {
    Problem problem = qwen("\"name\": \"tensorrt-llm\"", 4);
    MemoryUse use = use(problem, layout(4, 4));
    assertEquals(FREE, problem.usableBytes(81_559 * MIB), 1);
    assertEquals(1 / 0.9, WorkingMemory.kvShareOfUse(problem));
    assertEquals(
        FRAMEWORK + ACTIVATIONS + GRAPHS + use.kvBytes() * (1 / 0.9 - 1),
        use.working().countedBytes(),
        1);
    // Pages of 32 tokens: 15.5 more for each sequence.
    assertEquals(16 * 2063.5 * 48_128, use.kvBytes(), 1);
  }

  @Test
  void oneGpu_hasNoCommunicatorsAndSmallerGraphs() {
    WorkingMemory working = use(qwen("\"name\": \"sglang\"", 1), layout(1, 1)).working();
    assertEquals(0.54e9, working.frameworkBytes());
    assertEquals(256 * 2 * MIB, working.graphBytes());
  }

  @Test
  void noName_leavesTheReserveFree() {
    Problem problem = qwen("", 4);
    WorkingMemory working = use(problem, layout(4, 4)).working();
    assertEquals(0.9 * 81_559 * MIB, problem.usableBytes(81_559 * MIB), 1);
    assertEquals(0, working.graphBytes() + working.frameworkBytes());
    assertEquals(working.stepBytes() + working.communicationBytes(), working.countedBytes());
  }

  // Data-parallel attention: tokens travel, 128 of each rank at most to 128 experts, twice there
  // and twice back: 2·4,096 bytes and 4 for 128 elements. vLLM takes 256 of a rank.
  @ParameterizedTest
  @CsvSource({"sglang, 128", "vllm, 256"})
  void dispatch_takesTheBuffersOfLowLatencyKernels(String engine, int tokens) {
    WorkingMemory working = use(qwen("\"name\": \"" + engine + "\"", 4), layout(4, 1)).working();
    assertEquals(4.0 * tokens * 128 * (2 * 4096 + 128), working.communicationBytes());
  }

  // DeepSeek-V3: width 7,168. 10 channels × GPUs of a node × tokens of a chunk, and twice
  // 10 × nodes × 128 over RDMA; a token takes 14,336 + 2,048 + 8 bytes, 16 more over RDMA.
  @ParameterizedTest
  @CsvSource({
    "1, 0",
    "4, 167854080",
    "8, 335708160",
    "16, 461680640",
    "64, 713707520",
    "144, 1700259840"
  })
  void normalKernels_takeTheirSizeHint(int ranks, double bytes) {
    assertEquals(bytes, DeepEpBuffers.normalBytes(ranks, 7168));
  }

  @Test
  void lowLatencyKernels_takeTheirSizeHint() {
    assertEquals(
        4.0 * 256 * 128 * (2 * 7168 + 7168 / 32), DeepEpBuffers.lowLatencyBytes(128, 7168, 256));
    assertEquals(0, DeepEpBuffers.lowLatencyBytes(0, 7168, 256));
  }

  // What fits a stage must fit a part of it, and fewer sequences too.
  @ParameterizedTest
  @CsvSource({"sglang", "vllm", "tensorrt-llm", "own"})
  void memory_risesWithLayersAndSequences(String engine) {
    Problem problem = qwen("\"name\": \"" + engine + "\"", 4);
    double before = 0;
    for (int last = 0; last < 94; last++) {
      double bytes = MemoryUse.of(problem, layout(4, 1), 0, last).bytes();
      assertTrue(bytes > before, "layer " + last);
      before = bytes;
    }
    before = 0;
    for (int sequences = 1; sequences < 9000; sequences *= 2) {
      double bytes =
          use(problem, layout(4, 1).with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences)).bytes();
      assertTrue(bytes >= before, "sequences " + sequences);
      before = bytes;
    }
  }
}
