package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A question about the user's own model and routing, whose answer has two pools. */
class PlanOwnFilesTest {
  private static final String CONFIG =
      """
      {"architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "hidden_size": 2048, "num_hidden_layers": 2,
       "num_attention_heads": 32, "num_key_value_heads": 4, "head_dim": 128, "intermediate_size": 6144,
       "moe_intermediate_size": 768, "num_experts": 4, "num_experts_per_tok": 2, "decoder_sparse_step": 1, "mlp_only_layers": [],
       "norm_topk_prob": true, "vocab_size": 151936, "tie_word_embeddings": false, "torch_dtype": "bfloat16"}
      """;

  private static final String LOADS = "{\"logical_count\": [[9, 5, 3, 1], [1, 2, 4, 8]]}";

  @TempDir private Path folder;

  private CommandRun plan(String loads, String... more) throws IOException {
    Files.writeString(folder.resolve("mine_config.json"), CONFIG);
    Files.writeString(
        folder.resolve("mine_hf_quant_config.json"),
        "{\"producer\": {\"name\": \"modelopt\"}, \"quantization\": {\"quant_algo\": \"FP8\","
            + " \"kv_cache_quant_algo\": \"FP8\", \"exclude_modules\": [\"lm_head\"]}}");
    Files.writeString(folder.resolve("loads.json"), loads);
    List<String> words =
        new ArrayList<>(
            List.of(
                "plan",
                "--model",
                folder.resolve("mine_config.json").toString(),
                "--gpu",
                "h100",
                "--gpus",
                "2",
                "--prefill-gpu",
                "h200",
                "--prefill-gpus",
                "2",
                "--isl",
                "1000",
                "--osl",
                "200",
                "--routing",
                folder.resolve("loads.json").toString()));
    words.addAll(Arrays.asList(more));
    return CommandRun.of(words.toArray(String[]::new));
  }

  @Test
  void bothPools_shareTheCopiesOfConfigAndRouting() throws IOException {
    Path written = folder.resolve("written");
    CommandRun run = plan(LOADS, "--write", written.toString());

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.out().contains("disaggregated"), run.out());
    for (String pool : List.of("prefill", "decode")) {
      CommandRun shown =
          CommandRun.of("verify", written.resolve(pool + "-solution.json").toString());
      assertEquals(ExitCode.SOLVED, shown.exitCode(), shown.err());
    }
    // The copy keeps the model's name, and the formats that lie beside it under a like name.
    assertTrue(Files.exists(written.resolve("mine_config/config.json")));
    assertTrue(Files.exists(written.resolve("mine_config/hf_quant_config.json")));
  }

  @Test
  void faultOfTheRouting_isToldOfItsOption() throws IOException {
    CommandRun run = plan("[1]");
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().startsWith("command line: --routing: $: must be an object"), run.err());
  }

  @Test
  void whatDoesNotFit_isCalledByTheModelsName() throws IOException {
    CommandRun run = plan(LOADS, "--tpot", "0.001ms");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode(), run.err());
    assertTrue(!run.err().contains("rackplan-plan"), run.err());
  }
}
