package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.rackplan.cli.terminal.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Same inputs, seed and steps: the same bytes, whatever the number of threads. */
class ReproducibilityTest {
  /** A MoE model of 24 experts as Hugging Face would publish it. */
  static final String CONFIG =
      """
      {"model_type": "deepseek_v3", "architectures": ["DeepseekV3ForCausalLM"], "hidden_size": 512, "vocab_size": 1000, "num_hidden_layers": 6,
       "first_k_dense_replace": 1, "moe_layer_freq": 1, "intermediate_size": 1024, "moe_intermediate_size": 256, "n_routed_experts": 24,
       "num_experts_per_tok": 3, "n_shared_experts": 1, "n_group": 1, "topk_group": 1, "num_attention_heads": 8, "num_key_value_heads": 8,
       "q_lora_rank": 64, "kv_lora_rank": 64, "qk_nope_head_dim": 32, "qk_rope_head_dim": 16, "v_head_dim": 32, "tie_word_embeddings": false}
      """;

  private static final String TOPOLOGY =
      """
      {"name": "t", "gpu": "h100-sxm", "racks": {"count": 2, "domainsPerRack": 1, "nodesPerDomain": 2, "gpusPerNode": 2}}
      """;

  private static final String PROBLEM =
      """
      {"name": "p", "model": "./tiny-model.json", "topology": "t.json",
       "workload": {"phase": "decode", "contextTokens": 2048, "concurrentSequences": 512, "routing": {"powerLaw": {"alpha": 1.01, "seed": 1}}},
       "engine": {"dispatchRule": "nearest", "copyRule": "perDomain"},
       "layout": {"pipelineStages": [1, 2], "expertParallel": 4, "redundantExperts": [0, 8]}}
      """;

  @TempDir private Path folder;

  @BeforeEach
  void writeProblem() throws IOException {
    Files.writeString(folder.resolve("tiny-model.json"), CONFIG);
    Files.writeString(folder.resolve("t.json"), TOPOLOGY);
    Files.writeString(folder.resolve("p.json"), PROBLEM);
  }

  @Test
  void solve_twice_writesTheSameBytes() throws IOException {
    assertArrayEquals(solve("first", 7, 400, 1), solve("second", 7, 400, 1));
  }

  @Test
  void solve_withTwoThreads_writesTheSameBytesAsWithOne() throws IOException {
    assertArrayEquals(solve("one", 7, 400, 1), solve("two", 7, 400, 2));
  }

  @Test
  void solve_withAnotherSeed_findsAnotherPlan() throws IOException {
    // Otherwise nothing was searched and the tests above prove nothing.
    assertFalse(Arrays.equals(plan(solve("seven", 7, 400, 1)), plan(solve("eight", 8, 400, 1))));
  }

  private byte[] solve(String name, long seed, long steps, int threads) throws IOException {
    Path output = folder.resolve(name);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.run(
            out,
            err,
            "solve",
            folder.resolve("p.json").toString(),
            "-o",
            output.toString(),
            "--seed",
            "" + seed,
            "--steps",
            "" + steps,
            "--threads",
            "" + threads);
    assertEquals(ExitCode.SOLVED, exitCode, () -> err.toString(StandardCharsets.UTF_8));
    return Files.readAllBytes(output.resolve("p.json"));
  }

  private static byte[] plan(byte[] solution) {
    String text = new String(solution, StandardCharsets.UTF_8);
    return text.substring(text.indexOf("\"plan\""), text.indexOf("\"evaluation\""))
        .getBytes(StandardCharsets.UTF_8);
  }
}
