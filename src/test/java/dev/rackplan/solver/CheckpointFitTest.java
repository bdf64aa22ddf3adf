package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.ProblemText;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What fits by the formats of a checkpoint, and what is said to fit where nothing does. */
class CheckpointFitTest {
  // Of Qwen3-235B-A22B's size: 470 GB in BF16, 235 in FP8.
  private static final String CONFIG =
      """
      {"model_type": "qwen3_moe", "hidden_size": 4096, "vocab_size": 151936, "num_hidden_layers": 94, "num_attention_heads": 64, "num_key_value_heads": 4,
       "head_dim": 128, "num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 1536, "torch_dtype": "bfloat16" QUANTISED}
      """;
  private static final String FP8 =
      ", \"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [128, 128], \"modules_to_not_convert\": [\"lm_head\"]}";

  @TempDir private Path folder;

  private Problem problem(String quantised, String gpu, int gpus, String rest) throws IOException {
    Files.writeString(folder.resolve("config.json"), CONFIG.replace("QUANTISED", quantised));
    return ProblemText.decode(
        folder,
        "./config.json",
        "{\"name\": \"servers\", \"gpu\": \""
            + gpu
            + "\", \"racks\": {\"count\": 1, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": "
            + gpus
            + "}}",
        "\"contextTokens\": 4096, \"concurrentSequences\": 8",
        true,
        ", \"layout\": {\"replicas\": 1, \"pipelineStages\": 1, \"expertParallel\": "
            + gpus
            + ", \"redundantExperts\": 0}"
            + rest);
  }

  private static List<String> narrower(Problem problem) {
    return Remedies.of(problem, List.of()).stream()
        .filter(line -> line.startsWith("would fit: weights in"))
        .toList();
  }

  @Test
  void fp8Checkpoint_fitsWhereBf16DoesNot() throws IOException {
    assertTrue(Remedies.fits(problem(FP8, "h100-sxm", 4, "")));
    Problem wide = problem("", "h100-sxm", 4, "");
    assertFalse(Remedies.fits(wide));
    assertEquals(List.of("would fit: weights in fp8 instead of bf16"), narrower(wide));
  }

  @Test
  void hints_nameNoFormatThatTheChipWidens() throws IOException {
    // 235 GB on four cards of 64 GB fit in neither BF16 nor INT8; an Ascend 910B has no FP8 or FP4.
    String weights =
        ", \"precision\": {\"weights\": \"WEIGHTS\"}, \"limits\": {\"memoryReserve\": 0.2}";
    assertEquals(
        List.of("would fit: weights in int8 instead of bf16"),
        narrower(problem("", "ascend-910b", 8, weights.replace("WEIGHTS", "bf16"))));
    assertEquals(
        List.of("would fit: weights in int4 instead of bf16"),
        narrower(problem("", "ascend-910b", 4, weights.replace("WEIGHTS", "bf16"))));
    Problem eight = problem("", "ascend-910b", 4, weights.replace("WEIGHTS", "int8"));
    assertFalse(Remedies.fits(eight));
    assertTrue(Remedies.of(eight, List.of()).stream().noneMatch(line -> line.contains("fp")));
    // FP4 units of CDNA4 take MXFP4, Hopper's have none.
    assertEquals(
        List.of("would fit: weights in mxfp4 instead of fp8"),
        narrower(
            problem(
                "",
                "mi355x",
                1,
                ", \"precision\": {\"weights\": \"fp8\"}, \"limits\": {\"memoryReserve\": 0.5}")));
    assertEquals(
        List.of("would fit: weights in nvfp4 instead of fp8"),
        narrower(problem("", "b200-sxm", 1, ", \"precision\": {\"weights\": \"fp8\"}")));
    assertEquals(
        List.of(), narrower(problem("", "h200-sxm", 1, ", \"precision\": {\"weights\": \"fp8\"}")));
  }
}
