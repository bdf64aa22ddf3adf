package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.ProblemText;
import dev.rackplan.problem.EngineMemory;
import dev.rackplan.problem.MemoryRule;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineMemoryReaderTest {
  @TempDir private Path folder;

  private Problem read(String engine, String limits) {
    return read("gb200-nvl72", engine, limits);
  }

  private Problem read(String topology, String engine, String limits) {
    return ProblemText.decode(
        folder,
        "llama-3.1-70b",
        topology,
        "\"contextTokens\": 2048, \"concurrentSequences\": 16",
        false,
        ", \"engine\": {" + engine + "}, \"limits\": {" + limits + "}");
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', RESERVE",
    "'\"name\": \"sglang\"', '', OF_FREE_BEFORE_LOAD",
    "'\"name\": \"vLLM\"', '\"tpotMillis\": 50', OF_TOTAL",
    "'\"name\": \"TensorRT-LLM\"', '', OF_FREE_AFTER_STEP",
    "'\"name\": \"trtllm\"', '', OF_FREE_AFTER_STEP",
    "'\"name\": \"deepseek\"', '', RESERVE",
    "'\"name\": \"sglang\"', '\"memoryReserve\": 0.1', RESERVE"
  })
  void rule_isThatOfANamedEngineWhereNoReserveIsGiven(
      String engine, String limits, MemoryRule rule) {
    assertEquals(rule, read(engine, limits).engine().memory().rule());
  }

  @Test
  void ruleOfVllmAscend_isVllms() {
    Problem problem = read("ascend-910b-atlas-x4", "\"name\": \"vllm-ascend\"", "");
    assertEquals(MemoryRule.OF_TOTAL, problem.engine().memory().rule());
  }

  @Test
  void options_areRead() {
    assertEquals(
        new EngineMemory(MemoryRule.OF_TOTAL, OptionalDouble.of(0.8), OptionalInt.of(32), false),
        read(
                "\"name\": \"vllm\", \"memoryFraction\": 0.8, \"pageTokens\": 32, \"hybridAllocator\": false",
                "")
            .engine()
            .memory());
    assertEquals(EngineMemory.RESERVE, read("", "").engine().memory());
    assertEquals(
        OptionalInt.of(96), read("\"maxSequences\": 96", "").engine().memory().stepSequences());
    assertEquals(
        OptionalInt.of(5000),
        read("\"sequenceTokens\": 5000", "").engine().memory().sequenceTokens());
  }

  @ParameterizedTest
  @CsvSource({
    "'\"memoryFraction\": 0.9', '', $.engine.memoryFraction, needs an engine whose rule is known",
    "'\"name\": \"own\", \"memoryFraction\": 0.9', '', $.engine.memoryFraction, sglang",
    "'\"name\": \"vllm\", \"memoryFraction\": 0.9', '\"memoryReserve\": 0.1', $.engine.memoryFraction, Remove one of the two",
    "'\"name\": \"vllm\", \"memoryFraction\": 0', '', $.engine.memoryFraction, must be",
    "'\"name\": \"vllm\", \"memoryFraction\": 1.1', '', $.engine.memoryFraction, 1.1",
    "'\"pageTokens\": 0', '', $.engine.pageTokens, must be",
    "'\"maxSequences\": 0', '', $.engine.maxSequences, must be",
    "'\"sequenceTokens\": 0', '', $.engine.sequenceTokens, must be",
    "'\"sequenceTokens\": 131073', '', $.engine.sequenceTokens, 131073 tokens of context are more than",
    "'\"pageTokens\": 1.5', '', $.engine.pageTokens, 1.5",
    "'\"hybridAllocator\": 1', '', $.engine.hybridAllocator, must be true or false"
  })
  void badOptions_areRefusedWithTheirPath(String engine, String limits, String path, String words) {
    InputException error = assertThrows(InputException.class, () -> read(engine, limits));
    assertTrue(error.getMessage().contains(path), error.getMessage());
    assertTrue(error.getMessage().contains(words), error.getMessage());
  }

  // DeepSeek-V3.2 in FP8: 61 layers of 656 or 576 bytes, and keys of 132. GB200 is Blackwell.
  @ParameterizedTest
  @CsvSource({
    "sglang, gb200-nvl72, 43188",
    "sglang, h100-hgx-x4, 48068",
    "vllm, gb200-nvl72, 48068",
    "vllm, h100-hgx-x4, 48068",
    "trtllm, h100-hgx-x4, 43188",
    "own, gb200-nvl72, 47824"
  })
  void sparseLatents_areKeptAsTheEnginesKernelsReadThem(
      String engine, String topology, double bytes) {
    Problem problem =
        ProblemText.decode(
            folder,
            "deepseek-v3.2",
            topology,
            "\"contextTokens\": 2048, \"concurrentSequences\": 16",
            true,
            ", \"precision\": {\"weights\": \"fp8\", \"kv\": \"fp8\"}, \"engine\": {\"name\": \""
                + engine
                + "\"}");
    assertEquals(
        bytes,
        problem.model().layers().stream()
            .mapToDouble(
                layer ->
                    layer.attention().growingKvBytesPerToken(problem.kvFormat(layer.attention())))
            .sum());
  }
}
