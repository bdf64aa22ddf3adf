package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormatsTextTest {
  private static final String CONFIG =
      """
      {"model_type": "qwen3_moe", "hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
       "head_dim": 16, "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "torch_dtype": "bfloat16" QUANTISED}
      """;
  private static final String FP8 =
      ", \"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [128, 128]}";
  private static final String NVFP4 =
      ", \"quantization_config\": {\"quant_method\": \"modelopt\", \"quant_algo\": \"NVFP4\", \"kv_cache_scheme\": {\"num_bits\": 8, \"type\": \"float\"},"
          + " \"ignore\": [\"lm_head\", \"*self_attn*\", \"model.layers.2*\"]}";

  @TempDir Path folder;

  private List<String> lines(String quantised, String gpu, String keys) throws IOException {
    return FormatsText.lines(problem(quantised, gpu, keys));
  }

  private Problem problem(String quantised, String gpu, String keys) throws IOException {
    Files.writeString(folder.resolve("config.json"), CONFIG.replace("QUANTISED", quantised));
    Files.writeString(
        folder.resolve("t.json"),
        "{\"name\": \"t\", \"gpu\": \""
            + gpu
            + "\", \"racks\": {\"count\": 1, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 4}}");
    Path file = folder.resolve("p.json");
    Files.writeString(
        file,
        "{\"name\": \"p\", \"model\": \"./config.json\", \"topology\": \"t.json\", \"workload\": {\"phase\": \"decode\", \"contextTokens\": 4096,"
            + " \"concurrentSequences\": 8, \"routing\": {\"powerLaw\": {\"alpha\": 1.0, \"seed\": 1}}}"
            + keys
            + "}");
    return ProblemFile.read(file, file.toString());
  }

  @Test
  void checkpoint_isPlannedAsItIs() throws IOException {
    assertEquals(
        List.of(
            "formats: weights fp8_block, experts fp8_block (quantization_config), KV cache bf16, dispatch fp8, combine bf16 (default)"),
        lines(FP8, "h100-sxm", ""));
    // No unit for FP8: tokens are sent as they are.
    assertEquals(
        List.of(
            "formats: weights fp8_block, experts fp8_block (quantization_config), KV cache bf16, dispatch bf16, combine bf16 (default)"),
        lines(FP8, "a100-80g", ""));
    assertEquals(
        List.of(
            "formats: weights bf16, experts bf16 (torch_dtype), KV cache bf16, dispatch bf16, combine bf16 (default)"),
        lines("", "h100-sxm", ""));
  }

  @Test
  void layersThatDiffer_areCounted() throws IOException {
    assertEquals(
        List.of(
            "formats: weights bf16, experts nvfp4 but bf16 in 1 layer, KV cache fp8 (quantization_config), dispatch bf16, combine bf16 (default)"),
        lines(NVFP4, "b200-sxm", ""));
  }

  @Test
  void overrides_areRemarkedOn() throws IOException {
    assertEquals(
        List.of(
            "formats: weights bf16, experts bf16 (problem), KV cache bf16, dispatch bf16, combine bf16 (default)",
            "formats: the checkpoint differs (quantization_config): weights are fp8_block, planned as bf16; experts are fp8_block, planned as bf16"),
        lines(FP8, "h100-sxm", ", \"precision\": {\"weights\": \"bfloat16\"}"));
    // The same width, scaled otherwise.
    assertEquals(
        List.of(),
        lines(
            FP8,
            "h100-sxm",
            ", \"precision\": {\"weights\": \"fp8\", \"kv\": \"bf16\", \"dispatch\": \"fp8\", \"combine\": \"bf16\"}"));
  }

  @Test
  void unknownMethod_isSaid() throws IOException {
    assertEquals(
        "formats: quantization_config: quant_method \"zip2\" is not known: weights taken as bf16",
        lines(", \"quantization_config\": {\"quant_method\": \"zip2\"}", "h100-sxm", "").get(1));
  }
}
