package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.export.MegatronLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Llama 3.1 8B on 8 H100 for Megatron Bridge and torchtitan, and what these refuse. */
class TrainingExportTest {
  @TempDir private Path folder;

  private CommandRun planned(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("plan", "--train", "--model", "llama-3.1-8b", "--gpu", "h100", "--gpus", "8"));
    arguments.addAll(List.of("--global-batch", "16", "--seq", "4096"));
    arguments.addAll(List.of("--write", folder.toString()));
    arguments.addAll(Arrays.asList(more));
    CommandRun run = CommandRun.of(arguments.toArray(new String[0]));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return run;
  }

  // Of torchtitan's file: a flag and all that follows it.
  private Map<String, String> torchtitan() throws IOException {
    Map<String, String> flags = new TreeMap<>();
    for (String line : Files.readAllLines(folder.resolve("torchtitan/arguments.txt"))) {
      flags.put(
          line.replaceFirst(" .*", ""), line.contains(" ") ? line.replaceFirst("\\S+ ", "") : "");
    }
    return flags;
  }

  // Of Megatron Bridge's.
  private Map<String, String> bridge() throws IOException {
    Map<String, String> keys = new TreeMap<>();
    for (String line : Files.readAllLines(folder.resolve("megatron-bridge/overrides.txt"))) {
      keys.put(line.replaceFirst("=.*", ""), line.replaceFirst("[^=]+=", ""));
    }
    return keys;
  }

  private static List<String> known(String framework) throws IOException {
    String name = "/dev/rackplan/export/" + framework + "-keys.txt";
    try (InputStream in = TrainingExportTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  @Test
  void pipeline_isDealtAsTorchtitanReadsIt() throws IOException {
    planned(
        "--tp",
        "2",
        "--pp",
        "2",
        "--vpp",
        "4",
        "--zero",
        "3",
        "--recompute",
        "full",
        "--recompute-layers",
        "0");
    Map<String, String> flags = torchtitan();
    assertEquals("2", flags.get("--parallelism.tensor_parallel_degree"));
    assertEquals("2", flags.get("--parallelism.pipeline_parallel_degree"));
    assertEquals("Interleaved1F1B", flags.get("--parallelism.pipeline_parallel_schedule"));
    assertEquals("2", flags.get("--parallelism.data_parallel_shard_degree"));
    assertEquals("1", flags.get("--parallelism.data_parallel_replicate_degree"));
    assertEquals("8", flags.get("--training.local_batch_size"));
    assertEquals("16", flags.get("--training.global_batch_size"));
    assertEquals("4096", flags.get("--training.seq_len"));
    assertTrue(flags.containsKey("activation_checkpoint:full"), flags.toString());
    List<String> parts = List.of(flags.get("--parallelism.module_fqns_per_model_part").split(" "));
    assertEquals(8, parts.size());
    List<String> modules = List.of(String.join(",", parts).split(","));
    List<String> all = new ArrayList<>(List.of("tok_embeddings"));
    for (int layer = 0; layer < 32; layer++) {
      all.add("layers." + layer);
    }
    all.addAll(List.of("norm", "lm_head"));
    assertEquals(all, modules);
    // The recomputation is a choice of its own, which flags before it do not belong to.
    List<String> lines = Files.readAllLines(folder.resolve("torchtitan/arguments.txt"));
    assertEquals("activation_checkpoint:full", lines.get(lines.size() - 1));
  }

  @Test
  void groupsOfRanks_areHybridSharding() throws IOException {
    planned("--zero", "3", "--recompute", "none", "--tp", "2", "--pp", "1");
    Path problem = folder.resolve("train-problem.json");
    Files.writeString(
        problem,
        Files.readString(problem).replace("\"training\": {", "\"training\": {\"shardRanks\": 2,"));
    CommandRun run = exported("torchtitan");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String text =
        Files.readString(folder.resolve("exports/train-solution/torchtitan/arguments.txt"));
    assertTrue(text.contains("--parallelism.data_parallel_shard_degree 2\n"), text);
    assertTrue(text.contains("--parallelism.data_parallel_replicate_degree 2\n"), text);
    // 4 ranks in two copies.
    assertEquals(ExitCode.SOLVED, exported("megatron-bridge").exitCode());
    assertTrue(
        written("megatron-bridge/overrides.txt")
            .contains("ddp.num_distributed_optimizer_instances=2"));
    assertEquals(ExitCode.SOLVED, exported("megatron").exitCode());
    assertTrue(
        written("megatron/arguments.txt").contains("--num-distributed-optimizer-instances 2"));
    Files.writeString(
        problem, Files.readString(problem).replace("\"shardRanks\": 2", "\"shardRanks\": 3"));
    assertTrue(exported("megatron").err().contains("shardRanks 3 of 4 ranks"));
  }

  // Four ranks of two GPUs each, in two copies; three layers of a stage again, or moments away.
  @Test
  void degreesOfLayouts_reachBothFrameworks() throws IOException {
    planned(
        "--zero",
        "3",
        "--tp",
        "2",
        "--pp",
        "1",
        "--recompute",
        "full",
        "--recompute-layers",
        "3",
        "--shard-ranks",
        "2");
    Map<String, String> keys = bridge();
    assertEquals("2", keys.get("ddp.num_distributed_optimizer_instances"));
    assertEquals("block", keys.get("model.recompute_method"));
    assertEquals("3", keys.get("model.recompute_num_layers"));
    CommandRun run = planned("--zero", "1", "--tp", "2", "--pp", "1", "--offload", "optimizer");
    assertTrue(run.out().contains("--optimizer-cpu-offload --use-precision-aware"), run.out());
    assertEquals("true", bridge().get("optimizer.optimizer_cpu_offload"));
    assertEquals("true", bridge().get("optimizer.use_precision_aware_optimizer"));
  }

  // Without a flag Megatron-LM trains in FP32; Bridge has a setting for 16 bits only.
  @Test
  void plainFormats_areNamed() throws IOException {
    planned("--tp", "8", "--pp", "1", "--precision", "fp16");
    exported("megatron");
    assertTrue(written("megatron/arguments.txt").contains("--fp16"));
    assertFalse(written("megatron/arguments.txt").contains("--bf16"));
    assertEquals("fp16_mixed", bridge().get("mixed_precision"));
    planned("--tp", "8", "--pp", "1", "--precision", "fp32");
    exported("megatron");
    assertFalse(written("megatron/arguments.txt").contains("--fp16"));
    assertFalse(written("megatron/arguments.txt").contains("--bf16"));
    assertTrue(exported("megatron-bridge").err().contains("no setting for products in fp32"));
  }

  // A step with the last four of 32 layers in BF16 is longer; no end has more than a stage.
  @Test
  void wideLayers_areToldAndPriced() throws IOException {
    planned("--tp", "2", "--pp", "1", "--precision", "fp8_block", "--gradients", "bf16");
    Path problem = folder.resolve("train-problem.json");
    String text = Files.readString(problem);
    double narrow = step(problem);
    String key = "\"precision\": {\"wideLayers\": {\"last\": ";
    Files.writeString(problem, text.replace("\"precision\": {", key + "4}, "));
    assertTrue(step(problem) > 1.02 * narrow);
    assertEquals(ExitCode.SOLVED, exported("megatron").exitCode());
    assertTrue(
        written("megatron/arguments.txt")
            .contains(
                "--first-last-layers-bf16 --num-layers-at-start-in-bf16 0"
                    + " --num-layers-at-end-in-bf16 4"));
    assertEquals(ExitCode.SOLVED, exported("megatron-bridge").exitCode());
    assertTrue(
        written("megatron-bridge/overrides.txt")
            .contains("mixed_precision.num_layers_at_end_in_bf16=4"));
    planned("--tp", "2", "--pp", "4", "--vpp", "1", "--precision", "fp8_block");
    text = Files.readString(problem);
    Files.writeString(problem, text.replace("\"precision\": {", key + "9}, "));
    assertTrue(
        exported("megatron").err().contains("has in the mean, 8; the plan has wideLayers 0"));
  }

  // torchtitan's configuration has formats; layers in BF16 among others in BF16 are nothing to say.
  @Test
  void wideLayers_areSaidWhereOthersAreNarrower() throws IOException {
    Path problem = folder.resolve("train-problem.json");
    planned("--tp", "2", "--pp", "1", "--zero", "3", "--recompute", "none");
    String text = Files.readString(problem);
    String key = "\"precision\": {\"wideLayers\": {\"last\": 4}, ";
    Files.writeString(problem, text.replace("\"precision\": {", key));
    CommandRun run = exported("megatron-bridge");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertFalse(
        String.join("\n", written("megatron-bridge/overrides.txt"))
            .contains("first_last_layers_bf16"));
    Files.writeString(
        problem,
        Files.readString(problem).replace("\"weights\": \"bf16\"", "\"weights\": \"fp8_block\""));
    assertEquals(ExitCode.SOLVED, exported("torchtitan").exitCode());
    String words = "products, except in the first 0 and the last 4 layers";
    String told = String.join("\n", written("torchtitan/README.md"));
    assertTrue(told.contains(words), told);
  }

  private double step(Path problem) {
    CommandRun run =
        CommandRun.of(
            "evaluate",
            problem.toString(),
            "--solution",
            folder.resolve("train-solution.json").toString(),
            "--json");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return run.json().get("evaluation").get("stepSeconds").number();
  }

  // Of 8 experts a token on 8 ranks of one domain about five ranks are distinct: a copy for each
  // expert is more. Megatron-LM's default would gather all tokens.
  @Test
  void plainAllToAll_isToldAndPricedWhereNothingIsSaid() throws IOException {
    CommandRun run =
        CommandRun.of(
            "plan",
            "--train",
            "--model",
            "qwen3-30b-a3b",
            "--gpu",
            "h100",
            "--gpus",
            "8",
            "--global-batch",
            "16",
            "--seq",
            "4096",
            "--ep",
            "8",
            "--tp",
            "1",
            "--pp",
            "1",
            "--etp",
            "1",
            "--write",
            folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    Path problem = folder.resolve("train-problem.json");
    String text = Files.readString(problem);
    assertTrue(text.contains("\"copyRule\": \"perDomain\""), text);
    double flex = step(problem);
    Files.writeString(problem, text.replace("\"copyRule\": \"perDomain\"", ""));
    Files.writeString(problem, Files.readString(problem).replaceAll(",(\\s*\\})", "$1"));
    assertTrue(step(problem) > flex);
    assertEquals(ExitCode.SOLVED, exported("megatron").exitCode());
    assertTrue(written("megatron/arguments.txt").contains("--moe-token-dispatcher-type alltoall"));
    assertEquals(ExitCode.SOLVED, exported("megatron-bridge").exitCode());
    assertTrue(
        written("megatron-bridge/overrides.txt")
            .contains("model.moe_token_dispatcher_type=alltoall"));
  }

  // Hopper's order of kernels with tensor parallelism; FSDP wants more connections.
  @ParameterizedTest
  @CsvSource({"--zero 1 --tp 2, true", "--zero 1 --tp 1, false", "--zero 3 --tp 2 --pp 1, false"})
  void launch_setsTheConnectionsThatMegatronAsksFor(String options, boolean one)
      throws IOException {
    planned(options.split(" "));
    String script = Files.readString(folder.resolve("launch.sh"));
    assertEquals(one, script.contains("export CUDA_DEVICE_MAX_CONNECTIONS=1\n"), script);
  }

  // ROCm tells CDNA's compute capability as 9, below Blackwell's 10.
  @Test
  void launchOnCdna_setsOneConnection() throws IOException {
    CommandRun run =
        CommandRun.of(
            ("plan --train --model llama-3.1-8b --gpu mi300x --gpus 8 --global-batch 16 --seq 4096"
                    + " --tp 2 --write "
                    + folder)
                .split(" "));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String script = Files.readString(folder.resolve("launch.sh"));
    assertTrue(script.contains("export CUDA_DEVICE_MAX_CONNECTIONS=1\n"), script);
  }

  // A checkpoint with its first layer in BF16 trains all alike.
  @Test
  void formatsOfTheCheckpoint_areNoneOfTraining() throws IOException {
    Path config = Files.createDirectory(folder.resolve("m")).resolve("config.json");
    Files.writeString(
        config,
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096,
         "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
         "num_hidden_layers": 32, "vocab_size": 128256, "head_dim": 128,
         "tie_word_embeddings": false, "max_position_embeddings": 8192, "torch_dtype": "bfloat16",
         "quantization_config": {"quant_method": "fp8", "activation_scheme": "dynamic",
           "weight_block_size": [128, 128], "modules_to_not_convert": ["model.layers.0"]}}
        """);
    CommandRun run =
        CommandRun.of(
            ("plan --train --model "
                    + config
                    + " --gpu h100 --gpus 8 --global-batch 16 --seq 4096 --tp 2 --pp 2 --vpp 2"
                    + " --zero 1 --recompute none --write "
                    + folder)
                .split(" "));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertFalse(run.out().contains("is not like layer 0"), run.out());
    assertTrue(Files.exists(folder.resolve("megatron-bridge/overrides.txt")));
  }

  // 8 of 32 layers; 0.3 are none.
  @Test
  void activationsOnTheHost_areWholeLayers() throws IOException {
    planned("--tp", "2", "--pp", "1", "--recompute", "none");
    Path problem = folder.resolve("train-problem.json");
    String text = Files.readString(problem);
    String key = "\"training\": {\"hostActivations\": ";
    Files.writeString(problem, text.replace("\"training\": {", key + "0.25, "));
    assertEquals(ExitCode.SOLVED, exported("megatron").exitCode());
    assertTrue(written("megatron/arguments.txt").contains("--cpu-offloading-num-layers 8"));
    assertEquals(ExitCode.SOLVED, exported("megatron-bridge").exitCode());
    List<String> overrides = written("megatron-bridge/overrides.txt");
    assertTrue(overrides.contains("model.cpu_offloading_num_layers=8"), overrides.toString());
    assertTrue(exported("torchtitan").err().contains("hostActivations 0.25"));
    Files.writeString(problem, text.replace("\"training\": {", key + "0.3, "));
    assertTrue(exported("megatron").err().contains("hostActivations 0.3 of 32 layers"));
  }

  private List<String> written(String file) throws IOException {
    return Files.readAllLines(folder.resolve("exports/train-solution").resolve(file));
  }

  // Qwen3-30B over 8 experts' ranks, as Megatron's own checks want it.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--pp 1 --recompute none | false | ",
        "--pp 2 --vpp 2 --recompute none | false | ",
        "--pp 2 --vpp 1 --recompute none | false | in a pipeline of one chunk a stage",
        "--pp 1 --recompute full | false | with experts that are computed again",
        "--pp 1 --recompute none --cuda-graphs | false | with experts in CUDA graphs",
        "--pp 1 --recompute none --cuda-graphs | true | ",
      })
  void expertsOverlap_isTold(String options, boolean eager, String refusal) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of("plan", "--train", "--model", "qwen3-30b-a3b", "--gpu", "h200", "--gpus"));
    arguments.addAll(List.of("16", "--global-batch", "64", "--seq", "4096", "--tp", "1"));
    arguments.addAll(List.of("--ep", "8", "--micro-batch", "1", "--write", folder.toString()));
    arguments.addAll(List.of(options.split(" ")));
    CommandRun run = CommandRun.of(arguments.toArray(new String[0]));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    Path problem = folder.resolve("train-problem.json");
    String overlap = "\"training\": {\"overlapExperts\": true, ";
    Files.writeString(
        problem,
        Files.readString(problem)
            .replaceFirst("\"eagerExperts\": [a-z]+, ", "")
            .replace("\"training\": {", overlap + "\"eagerExperts\": " + eager + ", "));
    CommandRun megatron = exported("megatron");
    CommandRun bridge = exported("megatron-bridge");
    if (refusal == null) {
      assertEquals(ExitCode.SOLVED, megatron.exitCode(), megatron.err());
      assertTrue(written("megatron/arguments.txt").contains("--overlap-moe-expert-parallel-comm"));
      assertTrue(
          written("megatron-bridge/overrides.txt")
              .contains("model.overlap_moe_expert_parallel_comm=true"));
    } else {
      assertTrue(megatron.err().contains(refusal), megatron.err());
      assertTrue(bridge.err().contains(refusal), bridge.err());
    }
  }

  private CommandRun exported(String target) {
    return CommandRun.of(
        "export",
        folder.resolve("train-solution.json").toString(),
        "--for",
        target,
        "--stale",
        "--force",
        "-o",
        folder.resolve("exports").toString());
  }

  @Test
  void keys_areThoseOfTheFrameworksOwnConfigurations() throws IOException {
    planned("--zero", "3", "--recompute", "full", "--recompute-layers", "0", "--cuda-graphs");
    List<String> torchtitan = known("torchtitan");
    for (String flag : torchtitan().keySet()) {
      String key = flag.replaceFirst("^--", "").replaceFirst("\\.no-", ".");
      assertTrue(flag.startsWith("activation_checkpoint:") || torchtitan.contains(key), flag);
    }
    List<String> bridge = known("megatron-bridge");
    for (String key : bridge().keySet()) {
      // Releases differ in what they call a sequence's length; numbers have a name, too.
      boolean other = key.startsWith("++dataset.") || key.equals("mixed_precision");
      assertTrue(other || bridge.contains(key), key);
    }
  }

  @Test
  void overrides_sayWhatAnyRecipeMightSayOtherwise() throws IOException {
    planned("--tp", "2", "--pp", "2", "--vpp", "1", "--recompute", "none", "--gradients", "bf16");
    Map<String, String> keys = bridge();
    assertEquals("2", keys.get("model.tensor_model_parallel_size"));
    MegatronLayout layout =
        MegatronLayout.parse(keys.get("model.pipeline_model_parallel_layout").replace("'", ""));
    assertEquals(32, layout.layersOfRank(0, 2) + layout.layersOfRank(1, 2));
    assertEquals("null", keys.get("model.virtual_pipeline_model_parallel_size"));
    assertEquals("null", keys.get("model.recompute_granularity"));
    assertEquals("false", keys.get("mixed_precision.grad_reduce_in_fp32"));
    assertFalse(keys.containsKey("mixed_precision"));
    assertEquals("true", keys.get("ddp.use_distributed_optimizer"));
    assertEquals("false", keys.get("ddp.use_megatron_fsdp"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--zero 1 --tp 2 | torchtitan spreads optimizer states only together with gradients",
        "--zero 3 --recompute selective | torchtitan chooses operations, not modules",
        "--zero 3 --recompute full --recompute-layers 3 | torchtitan computes all layers again or",
        "--zero 3 --recompute none --gradients bf16 | torchtitan reduces gradients in FP32",
        "--zero 3 --recompute none --pp 2 --cuda-graphs | torchtitan replays CUDA graphs neither in",
      })
  void whatTorchtitanCannotRun_isSaid(String options, String words) {
    CommandRun run = planned(options.split(" "));
    assertTrue(run.out().contains("not written: torchtitan: " + words), run.out());
    assertFalse(Files.exists(folder.resolve("torchtitan")));
    assertTrue(Files.exists(folder.resolve("megatron-bridge/overrides.txt")));
  }
}
