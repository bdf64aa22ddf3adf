package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An engine is told of the formats that a plan was reckoned with, and not started with those that
 * it can't be told of.
 */
class EngineFormatsExportTest {
  private static final String FLAG = "--quantization";

  @TempDir private Path folder;

  static Stream<Arguments> exports() {
    String weights = "\"weights\": \"fp8\"";
    return Stream.of(
        Arguments.of(weights, "sglang", "--quantization fp8 "),
        Arguments.of(weights, "vllm", "--quantization fp8 "),
        // Its PyTorch backend takes formats of weights from the checkpoint alone.
        Arguments.of(weights, "trtllm", ""),
        Arguments.of("\"weights\": \"bf16\"", "sglang", ""),
        // No engine makes INT4 of 16 bits.
        Arguments.of("\"weights\": \"int4\"", "vllm", ""),
        // One option is of all weights.
        Arguments.of("\"weights\": \"fp8\", \"experts\": \"int4\"", "sglang", ""));
  }

  @ParameterizedTest
  @MethodSource("exports")
  void weights_areQuantisedWhereAnEngineCanAndTheCheckpointIsNot(
      String precision, String target, String expected) {
    String written = TinyExport.of(folder, with(precision), target).launched();
    assertEquals(!expected.isEmpty(), written.contains(FLAG), written);
    assertTrue(written.contains(expected), written);
  }

  @Test
  void readme_saysWhichCheckpointIsMeant() {
    String words = "have to be a checkpoint with weights int4, experts int4; tiny-moe names no";
    assertTrue(
        TinyExport.of(folder.resolve("int4"), with("\"weights\": \"int4\""), "vllm")
            .readme()
            .contains(words));
    assertFalse(
        TinyExport.of(folder.resolve("own"), with("\"kv\": \"fp8\""), "vllm")
            .readme()
            .contains("a checkpoint with"));
  }

  // The plan is one; the engine can't be told.
  @Test
  void cache_thatTheEngineHasNoOptionFor_isNotLaunched() {
    CommandRun run = TinyExport.run(folder, with("\"kv\": \"int8\""), "sglang");
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.err());
    assertTrue(run.err().contains("SGLang has no option for a KV cache in int8"), run.err());
    assertFalse(Files.exists(folder.resolve("exports")));
  }

  private static String with(String precision) {
    return TinyProblem.PROBLEM.replace(
        "\"engine\": {", "\"precision\": {" + precision + "}, \"engine\": {");
  }
}
