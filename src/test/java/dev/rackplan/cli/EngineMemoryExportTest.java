package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a plan's memory was reckoned with reaches the engine that it was made for, and no other. */
class EngineMemoryExportTest {
  private static final List<String> FLAGS =
      List.of(
          "--gpu-memory-utilization",
          "--block-size",
          "--disable-hybrid-kv-cache-manager",
          "--mem-fraction-static",
          "--page-size",
          "--disable-hybrid-swa-memory",
          "free_gpu_memory_fraction",
          "tokens_per_block");

  @TempDir private Path folder;

  static Stream<Arguments> exports() {
    String options = ", \"memoryFraction\": 0.85, \"pageTokens\": 48, \"hybridAllocator\": false";
    return Stream.of(
        Arguments.of(
            "\"name\": \"vllm\"" + options,
            "vllm",
            List.of(
                "--gpu-memory-utilization 0.85",
                "--block-size 48",
                "--disable-hybrid-kv-cache-manager")),
        Arguments.of("\"name\": \"vllm\"", "vllm", List.of("--gpu-memory-utilization 0.9")),
        Arguments.of(
            "\"name\": \"sglang\"" + options,
            "sglang",
            List.of("--mem-fraction-static 0.85", "--page-size 48", "--disable-hybrid-swa-memory")),
        // 1 - (512 + 1.5 × 8,192 + 2 × 512 + 128 × 4 + 2,048) / 81,559 MiB, rounded down.
        Arguments.of("\"name\": \"sglang\"", "sglang", List.of("--mem-fraction-static 0.799")),
        Arguments.of(
            "\"name\": \"trtllm\"" + options,
            "trtllm",
            List.of("free_gpu_memory_fraction: 0.85", "tokens_per_block: 48")),
        Arguments.of("\"name\": \"sglang\"" + options, "vllm", List.of()),
        Arguments.of("\"name\": \"own\"", "vllm", List.of("--gpu-memory-utilization 0.9")));
  }

  @ParameterizedTest
  @MethodSource("exports")
  void flags_areThoseOfTheRule(String engine, String target, List<String> expected) {
    String problem = TinyProblem.PROBLEM.replace("\"engine\": {", "\"engine\": {" + engine + ", ");
    String written = TinyExport.of(folder, problem, target).launched();
    for (String words : expected) {
      assertTrue(written.contains(words), words + " is not in\n" + written);
    }
    assertEquals(expected.size(), FLAGS.stream().filter(written::contains).count(), written);
  }
}
