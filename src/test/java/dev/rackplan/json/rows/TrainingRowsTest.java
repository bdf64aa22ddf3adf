package dev.rackplan.json.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.accuracy.Deployment;
import dev.rackplan.accuracy.MemoryVerdicts;
import dev.rackplan.accuracy.RowRun;
import dev.rackplan.accuracy.TrainingResult;
import dev.rackplan.accuracy.TrainingRow;
import dev.rackplan.accuracy.TrainingRowStudy;
import dev.rackplan.accuracy.TrainingRun;
import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.measured.MeasuredText;
import dev.rackplan.workload.AttentionKernel;
import dev.rackplan.workload.LossKernel;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.RecomputedModule;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Measured training runs become the problems that they say. */
class TrainingRowsTest {
  // Megatron's 22B GPT, as its catalogue entry and no name says.
  private static final String ROW =
      """
      {"id": "r", "group": "g", "model": "GPT 22 billion", "layers": 48, "hidden": 6144, "heads": 64, "kv_heads": null,
       "ffn": null, "experts": null, "topk": null, "vocab": 51200, "seq": 2048, "gpu": "A100-80GB", "gpus": 8,
       "gpus_per_node": 8, "framework": "Megatron-LM; kernel fused + RMS", "precision": "bf16", "tp": 8, "pp": 1, "vpp": 1, "cp": 1,
       "ep": 1, "etp": null, "dp": 1, "micro_batch": 4, "global_batch": 4, "schedule": null, "recompute": "full",
       "seq_parallel": false, "dist_opt": null, "overlap": null, "params": 2.2e10, "network": "NVLink", "source": "s",
       "measured": {"step_s": 1.42, "tflops": null, "mfu": null, "tok_s_gpu": null, "mem_gb": null}, "note": null}
      """;

  @TempDir private Path folder;

  private TrainingRow read(String... changes) throws IOException {
    String text = ROW;
    for (int i = 0; i < changes.length; i += 2) {
      assertTrue(text.contains(changes[i]), changes[i]);
      text = text.replace(changes[i], changes[i + 1]);
    }
    Path file = folder.resolve("runs.json");
    Files.writeString(file, "[" + text + "]");
    assertEquals(List.of(), MeasuredRowsFile.read(file, "runs.json"));
    return MeasuredRowsFile.readTraining(file, "runs.json").get(0);
  }

  private TrainingRun run(String... changes) throws IOException {
    return assertInstanceOf(TrainingRun.class, read(changes).run());
  }

  // The same as a user would write it.
  @Test
  void row_isPricedAsItsProblemIs() throws IOException {
    Files.writeString(
        folder.resolve("node.json"),
        "{\"name\": \"node\", \"gpu\": \"a100-80g\", \"racks\": {\"count\": 1, \"domainsPerRack\": 1,"
            + " \"nodesPerDomain\": 1, \"gpusPerNode\": 8}}");
    Files.writeString(
        folder.resolve("problem.json"),
        """
        {"name": "p", "model": "megatron-gpt-22b", "topology": "node.json", "workload": {"phase": "training",
         "contextTokens": 2048, "training": {"globalBatchSequences": 4, "recompute": "full",
         "sequenceParallel": false, "fusedAttention": false}}, "limits": {"memoryReserve": 0.05}}
        """);
    Problem problem = ProblemFile.read(folder.resolve("problem.json"), "problem.json");
    Layout layout =
        Layout.of(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, 8, Degree.SEQUENCES_PER_MICRO_BATCH, 4));
    Plan plan =
        new Plan(
            layout, List.of(new Stage(0, 47, List.of(0, 1, 2, 3, 4, 5, 6, 7))), new TreeMap<>());
    Evaluation evaluation = new Evaluator(problem).evaluate(plan);

    TrainingResult.Predicted row = predicted(read());
    assertEquals(evaluation.stepSeconds(), row.stepSeconds(), 1e-9);
    // Frameworks report neither the CUDA context nor communicators.
    assertEquals(evaluation.memory().peakBytes() - 2.04e9, row.memoryBytes(), 1);
    assertFalse(row.outOfMemory());
    assertEquals(row.stepSeconds() / 1.42 - 1, row.stepError().getAsDouble(), 1e-12);
    assertTrue(row.memoryError().isEmpty());
    // 22e9 parameters take 16 bytes each: two GPUs don't hold them.
    assertTrue(
        predicted(read("\"tp\": 8", "\"tp\": 2", "\"gpus\": 8", "\"gpus\": 2")).outOfMemory());
  }

  private static TrainingResult.Predicted predicted(TrainingRow row) {
    return (TrainingResult.Predicted) TrainingRowStudy.of(List.of(row)).results().get(0);
  }

  // 32 GPUs, 2 stages of 8 GPUs that share experts, so 2 replicas; 4 ranks of 2 GPUs with 1
  // sequence each: 64 sequences are 8 micro-batches of 4.
  @Test
  void expertsShareAStage_andReplicasFollow() throws IOException {
    Layout layout =
        run(
                "\"experts\": null", "\"experts\": 16",
                "\"topk\": null", "\"topk\": 2",
                "\"ffn\": null", "\"ffn\": 1024",
                "\"gpus\": 8", "\"gpus\": 32",
                "\"tp\": 8", "\"tp\": 2",
                "\"pp\": 1", "\"pp\": 2",
                "\"vpp\": 1", "\"vpp\": 4",
                "\"ep\": 1", "\"ep\": 8",
                "\"etp\": null", "\"etp\": 1",
                "\"micro_batch\": 4", "\"micro_batch\": 1",
                "\"global_batch\": 4", "\"global_batch\": 64")
            .deployment()
            .layout();

    assertEquals(2, layout.replicas());
    assertEquals(2, layout.pipelineStages());
    assertEquals(8, layout.expertParallel());
    assertEquals(2, layout.attentionTensorParallel());
    assertEquals(8, layout.microBatches());
    assertEquals(4, layout.sequencesPerMicroBatch());
  }

  @Test
  void training_isThatOfTheRow() throws IOException {
    Training training =
        run(
                "\"pp\": 1", "\"pp\": 2",
                "\"gpus\": 8", "\"gpus\": 16",
                "\"vpp\": 1", "\"vpp\": 3",
                "\"micro_batch\": 4", "\"micro_batch\": 1",
                "\"recompute\": \"full\"", "\"recompute\": \"selective: core_attn\"",
                "kernel fused", "kernel flash_attention2",
                "\"dist_opt\": null", "\"dist_opt\": \"none\"",
                "\"seq_parallel\": false", "\"seq_parallel\": null")
            .deployment()
            .problem()
            .workload()
            .training()
            .orElseThrow();

    assertEquals(PipelineSchedule.INTERLEAVED, training.schedule());
    assertEquals(3, training.virtualStages());
    assertEquals(Recompute.SELECTIVE, training.recompute());
    assertTrue(training.fusedAttention());
    assertFalse(training.sequenceParallel());
    assertFalse(training.shardedOptimizer());
  }

  private Training trainingOf(String... changes) throws IOException {
    return run(changes).deployment().problem().workload().training().orElseThrow();
  }

  @Test
  void framework_bringsItsLossModulesAndSynchronisation() throws IOException {
    Training megatron = trainingOf("\"recompute\": \"full\"", "\"recompute\": null");
    assertEquals(LossKernel.DIVIDED, megatron.runtime().loss());
    assertTrue(megatron.runtime().modules().isEmpty());
    Training bridge =
        trainingOf(
            "Megatron-LM", "Megatron-Bridge",
            "\"bf16\"", "\"FP8 current scaling\"",
            "\"recompute\": \"full\"", "\"recompute\": \"selective: mla_up_proj+moe\"",
            "\"overlap\": null", "\"overlap\": \"EP overlap\"",
            "\"experts\": null", "\"experts\": 16",
            "\"topk\": null", "\"topk\": 2");
    assertEquals(LossKernel.FUSED, bridge.runtime().loss());
    assertEquals(
        Set.of(RecomputedModule.MLA_UP_PROJ, RecomputedModule.MOE), bridge.runtime().modules());
    assertEquals(Dtype.FP8, bridge.activations());
    assertEquals(12, bridge.optimizerBytesPerParameter());
    Training narrow = trainingOf("Megatron-LM", "Megatron-Bridge", "GPT 22 billion", "Moonlight");
    assertEquals(8, narrow.optimizerBytesPerParameter());
    assertTrue(bridge.runtime().overlapsExperts());
    Training house = trainingOf("Megatron-LM", "Aleph Alpha in-house (Megatron-style)");
    assertEquals(LossKernel.WHOLE, house.runtime().loss());
    assertTrue(house.runtime().widensGradients());
    assertTrue(trainingOf("Megatron-LM", "InternEvo").runtime().broadcastsWeights());
  }

  // The driver of an H100 of 80e9 bytes reports 85,520,809,984.
  @Test
  void sizeInAGpusName_isItsMemory() throws IOException {
    double bytes =
        run("A100-80GB", "H100-96GB")
            .deployment()
            .problem()
            .topology()
            .gpus()
            .get(0)
            .spec()
            .hbmBytes();
    assertEquals(85_520_809_984.0 * 96 / 80, bytes, 1);
  }

  // Since February 2025; products in FP8 only run compiled.
  @ParameterizedTest
  @CsvSource({
    "torchtitan llama3_202412.md, torch.compile, bf16, LIBRARY",
    "torchtitan llama3_2025-06.md, torch.compile, bf16, COMPILED",
    "torchtitan llama3_202506.md, eager, bf16, LIBRARY",
    "torchtitan llama3_202506.md, eager, float8, COMPILED",
    "torchtitan@1202506aa, torch.compile, bf16, LIBRARY",
  })
  void torchtitan_compilesTheLossOfLaterRuns(
      String source, String note, String precision, LossKernel loss) throws IOException {
    assertEquals(
        loss,
        trainingOf(
                "Megatron-LM; kernel fused + RMS", "torchtitan",
                "\"bf16\"", "\"" + precision + "\"",
                "\"source\": \"s\"", "\"source\": \"" + source + "\"",
                "\"note\": null", "\"note\": \"" + note + "\"")
            .runtime()
            .loss());
  }

  @ParameterizedTest
  @CsvSource({
    "Megatron-LM, NATIVE",
    "Megatron-Bridge, NATIVE",
    "torchtitan, FLASH_2",
    "InternEvo, FLASH_2",
    "llm-foundry / Composer (PyTorch FSDP), FLASH",
    "MaxText (JAX), NATIVE",
    "unheard of, FLASH_2",
  })
  void framework_bringsItsAttention(String name, AttentionKernel kernel) throws IOException {
    assertEquals(kernel, trainingOf("Megatron-LM; kernel fused + RMS", name).runtime().attention());
  }

  // Rows of these tables that are silent follow the recipe; what a row says counts.
  @Test
  void recipes_sayWhatTheirTablesDoNot() throws IOException {
    String[] table = {
      "Megatron-LM; kernel fused + RMS", "Megatron-Bridge / NeMo container 26.04",
      "GPT 22 billion", "GPT OSS 120B",
      "A100-80GB", "H100",
      "\"recompute\": \"full\"", "\"recompute\": null"
    };
    TrainingRuntime eager = trainingOf(table).runtime();
    assertEquals(Set.of(RecomputedModule.LAYERNORM, RecomputedModule.MOE_ACT), eager.modules());
    assertFalse(eager.graphs());
    table[3] = "Nemotron_3_Nano";
    TrainingRuntime parts = trainingOf(table).runtime();
    assertTrue(parts.replays(false));
    assertFalse(parts.replays(true));
    table[7] = "\"recompute\": \"selective: core_attn\"";
    assertEquals(Set.of(RecomputedModule.CORE_ATTN), trainingOf(table).runtime().modules());
    table[5] = "GB200";
    table[1] = "Megatron-Bridge / NeMo container 26.06";
    table[3] = "Qwen3_30B_a3B";
    assertTrue(trainingOf(table).runtime().replays(true));
  }

  // Bridge's recipes train DeepSeek-V3's module for the token after the next, Nemotron's twice.
  @ParameterizedTest
  @CsvSource({
    "DeepSeekV3, Megatron-Bridge / NeMo container 26.04, 2",
    "DeepSeekV3 (w/o MTP), Megatron-Bridge / NeMo container 25.11, 1",
    "DeepSeek-V3 w/ MTP, Megatron-Core/Bridge, 2",
    "DeepSeek-V3 no MTP, Megatron-Core/Bridge, 1",
    "DeepSeek-V3, Megatron-LM, 1",
    "Nemotron_3_Super, Megatron-Bridge / NeMo container 26.08, 3",
    "Qwen3_30B_a3B, Megatron-Bridge / NeMo container 26.08, 1"
  })
  void tablesOfRecipes_trainFurtherTokens(String model, String framework, int predictions)
      throws IOException {
    TrainingRun run =
        run(
            "GPT 22 billion",
            model,
            "Megatron-LM; kernel fused + RMS",
            framework,
            "\"layers\": 48, \"hidden\": 6144",
            "\"layers\": null, \"hidden\": null",
            "A100-80GB",
            "GB200");

    assertEquals(predictions, run.deployment().problem().model().predictions());
  }

  // 61 layers in 16 chunks: 4 each, the last has one and the module for the token after the next.
  @Test
  void lastStage_hasWhatEvenChunksLeave() throws IOException {
    TrainingRun run =
        run(
            "GPT 22 billion", "DeepSeekV3",
            "Megatron-LM; kernel fused + RMS", "Megatron-Bridge / NeMo container 26.04",
            "\"layers\": 48, \"hidden\": 6144", "\"layers\": null, \"hidden\": null",
            "A100-80GB", "GB200",
            "\"tp\": 8, \"pp\": 1, \"vpp\": 1", "\"tp\": 1, \"pp\": 4, \"vpp\": 4",
            "\"ep\": 1", "\"ep\": 2",
            "\"dp\": 1", "\"dp\": 2",
            "\"global_batch\": 4", "\"global_batch\": 64");

    assertEquals(
        List.of(0, 16, 32, 48),
        UsualPlan.inOrder(run.deployment().problem(), run.deployment().layout()).stages().stream()
            .map(Stage::firstLayer)
            .toList());
  }

  // NVIDIA's framework on FSDP2 is none of its Megatron recipes; its benchmarks checkpoint layers,
  // except of gpt-oss.
  @ParameterizedTest
  @CsvSource({"Qwen3-30B-A3B, FULL", "GPT OSS 120B, NONE"})
  void automodel_checkpointsLayers(String model, Recompute recompute) throws IOException {
    Training training =
        trainingOf(
            "GPT 22 billion", model,
            "Megatron-LM; kernel fused + RMS", "NeMo AutoModel (FSDP2)",
            "\"layers\": 48, \"hidden\": 6144", "\"layers\": null, \"hidden\": null",
            "\"tp\": 8", "\"tp\": 1",
            "\"ep\": 1", "\"ep\": 8",
            "\"dp\": 1", "\"dp\": 8",
            "\"micro_batch\": 4", "\"micro_batch\": 1",
            "\"global_batch\": 4", "\"global_batch\": 64",
            "\"recompute\": \"full\"", "\"recompute\": null",
            "\"seq_parallel\": false", "\"seq_parallel\": null",
            "\"dist_opt\": null", "\"dist_opt\": \"FSDP\"",
            "A100-80GB", "H100");

    assertEquals(recompute, training.recompute());
    assertFalse(training.sequenceParallel());
    assertFalse(training.overlapGradientReduction());
    assertEquals(LossKernel.LIBRARY, training.runtime().loss());
    assertEquals(AttentionKernel.NATIVE, training.runtime().attention());
    assertTrue(training.sharding().weights());
  }

  // Megatron-Core slices experts as attention unless told otherwise; Bridge's recipes say 1.
  @ParameterizedTest
  @CsvSource({
    "Megatron-Core, null, 2",
    "Megatron-Core, 1, 1",
    "NeMo 24.12, null, 2",
    "Megatron-Bridge / NeMo container 26.04, null, 1",
    "torchtitan, null, 1"
  })
  void experts_areSlicedAsFrameworksDo(String framework, String given, int slices)
      throws IOException {
    TrainingRun run =
        run(
            "GPT 22 billion", "Qwen3-30B-A3B",
            "Megatron-LM; kernel fused + RMS", framework,
            "\"layers\": 48, \"hidden\": 6144", "\"layers\": null, \"hidden\": null",
            "\"tp\": 8", "\"tp\": 2",
            "\"ep\": 1", "\"ep\": 4",
            "\"etp\": null", "\"etp\": " + given,
            "\"dp\": 1", "\"dp\": 4",
            "\"global_batch\": 4", "\"global_batch\": 64");

    assertEquals(slices, run.deployment().layout().expertTensorParallel());
  }

  // The script of that row of the paper's table: 16 sequences; of other rows nothing is known.
  @ParameterizedTest
  @CsvSource({"4, null, 16", "4, 2, 2", "8, null, 1"})
  void papersScripts_sayTheirMicroBatch(int tensor, String given, int sequences)
      throws IOException {
    TrainingRun run =
        run(
            "\"layers\": 48", "\"layers\": 36",
            "\"hidden\": 6144", "\"hidden\": 4096",
            "\"tp\": 8", "\"tp\": " + tensor,
            "\"gpus\": 8", "\"gpus\": 128",
            "\"dp\": 1", "\"dp\": null",
            "\"micro_batch\": 4", "\"micro_batch\": " + given,
            "\"global_batch\": 4", "\"global_batch\": 512",
            "\"source\": \"s\"", "\"source\": \"SC21, arXiv 2104.04473, Table 1\"");

    assertEquals(sequences, run.deployment().layout().sequencesPerMicroBatch());
  }

  // One rank of 8 GPUs with 4 sequences: 4 micro-batches where no batch is said.
  @Test
  void silentRows_haveTheUsualBatchAndSequence() throws IOException {
    TrainingRun run =
        run("\"seq\": 2048", "\"seq\": null", "\"global_batch\": 4", "\"global_batch\": null");

    assertEquals(4096, run.deployment().problem().workload().contextTokens());
    assertEquals(4, run.deployment().layout().microBatches());
    assertEquals(4, run.deployment().layout().sequencesPerMicroBatch());
    String why =
        assertInstanceOf(
                RowRun.NotExpressible.class,
                read(
                        "\"tp\": 8", "\"tp\": null",
                        "\"pp\": 1", "\"pp\": null",
                        "\"ep\": 1", "\"ep\": null")
                    .run())
            .why();
    assertEquals("neither tp nor pp nor ep is given", why);
  }

  // By the note, by the recipe of the container's release, else as frameworks do.
  @ParameterizedTest
  @CsvSource({
    "Megatron-Bridge, GPT, 'all-to-all dispatcher, CUDA graphs off', PER_EXPERT",
    "Megatron-Bridge, GPT, 'HybridEP, TE CUDA graphs', PER_DOMAIN",
    "Megatron-Bridge, GPT, none, PER_EXPERT",
    "Megatron-LM, GPT, none, PER_EXPERT",
    "Megatron-Bridge / NeMo container 26.04, Qwen3_235B_a22B, none, PER_EXPERT",
    "Megatron-Bridge / NeMo container 26.02.01, Qwen3_235B_a22B, none, PER_DOMAIN",
    "Megatron-Bridge / NeMo container 26.04, DeepSeekV3, none, PER_DOMAIN",
    "NVIDIA-NeMo/Megatron-Bridge docs/tables.md  26.02.01, Qwen3_235B_a22B, none, PER_DOMAIN",
    "NVIDIA-NeMo/Megatron-Bridge docs/tables.md  26.02, Qwen3_235B_a22B, none, PER_EXPERT",
    "Megatron-Bridge 600d069 / Megatron-Core 24bad8e, DeepSeekV3, none, PER_EXPERT",
    "Megatron-Bridge / NeMo container 25.09, GPT (tokendrop), none, PER_EXPERT",
  })
  void dispatcher_saysHowOftenTokensAreSent(
      String framework, String model, String note, CopyRule rule) throws IOException {
    Problem problem =
        run(
                "Megatron-LM; kernel fused + RMS", framework,
                "GPT 22 billion", model,
                "A100-80GB", "H100",
                "\"layers\": 48", "\"layers\": 12",
                "\"experts\": null", "\"experts\": 16",
                "\"topk\": null", "\"topk\": 2",
                "\"note\": null", "\"note\": \"" + note + "\"")
            .deployment()
            .problem();
    assertEquals(rule, problem.engine().copyRule());
    assertEquals(
        note.contains("TE CUDA graphs"),
        problem.workload().training().orElseThrow().runtime().graphs());
  }

  // 20 of 80 layers, in runs without a pipeline.
  @ParameterizedTest
  @CsvSource({"1, BF16, 0.25", "1, FP8-CS, 0.5", "4, BF16, 0", "1, NVFP4, 0"})
  void recipes_offloadLayers(int stages, String precision, double share) throws IOException {
    assertEquals(
        share,
        trainingOf(
                "Megatron-LM; kernel fused + RMS", "Megatron-Bridge / NeMo container 26.02",
                "GPT 22 billion", "LLAMA3_70B",
                "A100-80GB", "GB200",
                "\"bf16\"", "\"" + precision + "\"",
                "\"tp\": 8", "\"tp\": 1",
                "\"gpus\": 8", "\"gpus\": 4",
                "\"micro_batch\": 4", "\"micro_batch\": 1",
                "\"pp\": 1", "\"pp\": " + stages)
            .runtime()
            .hostActivations());
  }

  private String why(String... changes) throws IOException {
    return assertInstanceOf(RowRun.NotExpressible.class, read(changes).run()).why();
  }

  @Test
  void unsaidDegrees_areNotGuessed() throws IOException {
    assertEquals(
        "dp 4 leaves 96 GPUs for each copy, and the row does not say how tp and pp divide them",
        why(
            "\"gpus\": 8", "\"gpus\": 384",
            "\"dp\": 1", "\"dp\": 4",
            "\"tp\": 8", "\"tp\": null",
            "\"pp\": 1", "\"pp\": null"));
    assertEquals(
        "ep is not given for a model with experts",
        why(
            "\"experts\": null", "\"experts\": 16",
            "\"topk\": null", "\"topk\": 2",
            "\"ep\": 1", "\"ep\": null"));
  }

  @Test
  void asManyRanksAsGpus_orWeightsInParts_leaveNothingToDivide() throws IOException {
    String[] none = {
      "\"tp\": 8", "\"tp\": null", "\"pp\": 1", "\"pp\": null", "\"ep\": 1", "\"ep\": null"
    };
    String[] ranks = {"\"dp\": 1", "\"dp\": 8", "\"global_batch\": 4", "\"global_batch\": 32"};
    String[] parts = {
      "\"dp\": 1", "\"dp\": null",
      "\"global_batch\": 4", "\"global_batch\": 32",
      "\"dist_opt\": null", "\"dist_opt\": \"ZeRO-3\""
    };
    assertEquals(8, run(joined(none, ranks)).deployment().layout().replicas());
    assertEquals(8, run(joined(none, parts)).deployment().layout().replicas());
    assertEquals(
        "neither tp nor pp nor ep is given",
        why(joined(none, new String[] {"\"dp\": 1", "\"dp\": null"})));
  }

  private static String[] joined(String[] one, String[] other) {
    return Stream.concat(Stream.of(one), Stream.of(other)).toArray(String[]::new);
  }

  @Test
  void someLayersAreComputedAgain_whereTheRowSaysHowMany() throws IOException {
    Deployment some =
        run("\"recompute\": \"full\"", "\"recompute\": \"block, 4 layers\"").deployment();
    assertEquals(
        4, some.layout().training(some.problem().workload()).orElseThrow().recomputedLayers());
  }

  @Test
  void unsaidSequence_leavesNoStepToJudge() throws IOException {
    assertTrue(run().unsaid().isEmpty());
    String[] changes = {"\"seq\": 2048", "\"seq\": null"};
    assertEquals(
        "a step of sequences whose length is not said", run(changes).unsaid().orElseThrow());
    String[] rate = {
      "\"tok_s_gpu\": null", "\"tok_s_gpu\": 512", "\"step_s\": 1.42", "\"step_s\": null"
    };
    assertTrue(run(joined(changes, rate)).unsaid().isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "V100-SXM2-16GB, v100-16g, false",
    "NVIDIA GeForce RTX 4090, rtx-4090, true",
    "TPU v5e-256, tpu-v5e, true",
    "Atlas 800T A2, ascend-910b, true",
  })
  void gpusOfOtherMakersAndYears_areKnown(String words, String name, boolean fused)
      throws IOException {
    Deployment deployment = run("A100-80GB", words).deployment();
    assertEquals(name, deployment.problem().topology().gpus().get(0).spec().name());
    assertEquals(
        fused, trainingOf("A100-80GB", words, "; kernel fused + RMS", "").fusedAttention());
  }

  // Its memory counts all the same.
  @Test
  void untrainedRouters_haveNoStepToJudge() throws IOException {
    String[] changes = {
      "\"experts\": null", "\"experts\": 16",
      "\"topk\": null", "\"topk\": 2",
      "\"mem_gb\": null", "\"mem_gb\": 60",
      "\"note\": null", "\"note\": \"mock data\""
    };
    TrainingResult.Predicted row = predicted(read(changes));
    assertTrue(row.stepError().isEmpty());
    assertTrue(row.memoryError().isPresent());
    String text = MeasuredText.of(TrainingRowStudy.of(List.of(read(changes))));
    assertTrue(text.contains("step not judged:"), text);
    changes[7] = "\"note\": \"mock data, forced balance\"";
    assertTrue(predicted(read(changes)).stepError().isPresent());
  }

  // DeepSpeed's ZeRO-3 of that year, whose attention wrote its scores.
  @Test
  void papersHaveTheirMonth() throws IOException {
    String[] changes = {
      "Megatron-LM; kernel fused + RMS", "DeepSpeed ZeRO-3",
      "\"dist_opt\": null", "\"dist_opt\": \"ZeRO-3\"",
      "\"source\": \"s\"", "\"source\": \"SC21, arXiv 2104.04473, Table 2\""
    };
    Training old = trainingOf(changes);
    assertTrue(old.runtime().gathersSingly());
    assertFalse(old.fusedAttention());
    changes[5] = "\"source\": \"arXiv:2308.01320\"";
    assertFalse(trainingOf(changes).runtime().gathersSingly());
    assertTrue(trainingOf(changes).fusedAttention());
  }

  @Test
  void offload_isAShareOfTheOptimizer() throws IOException {
    assertEquals(
        0.25,
        trainingOf("\"dist_opt\": null", "\"dist_opt\": \"optimizer offload 25%\"")
            .runtime()
            .hostOptimizer());
    double held = predicted(read("\"dist_opt\": null", "\"dist_opt\": \"50%\"")).memoryBytes();
    double all = predicted(read()).memoryBytes();
    // Half of 8 bytes of moments of each of 22e9 / 8 weights; master weights stay.
    assertEquals(4 * 22.0e9 / 8, all - held, 0.4e9);
  }

  // 32 sequences on 2 ranks of 4 GPUs: torchtitan cuts 16 into as many as there are stages.
  @Test
  void torchtitan_selectsOperationsAndCutsByStages() throws IOException {
    TrainingRun run =
        run(
            "Megatron-LM", "torchtitan",
            "\"recompute\": \"full\"", "\"recompute\": \"selective\"",
            "\"schedule\": null", "\"schedule\": \"interleaved 1F1B\"",
            "\"vpp\": 1", "\"vpp\": null",
            "\"tp\": 8", "\"tp\": 1",
            "\"pp\": 1", "\"pp\": 4",
            "\"micro_batch\": 4", "\"micro_batch\": null",
            "\"global_batch\": 4", "\"global_batch\": 32");
    Training training = run.deployment().problem().workload().training().orElseThrow();
    assertEquals(Set.of(RecomputedModule.OPERATIONS), training.runtime().modules());
    assertEquals(LossKernel.LIBRARY, training.runtime().loss());
    assertEquals(2, training.virtualStages());
    assertEquals(4, run.deployment().layout().sequencesPerMicroBatch());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "cp": 1 | "cp": 2 | gpus is 8, an instance needs 16 of them
          "gpu": "A100-80GB" | "gpu": null | gpu is not given
          "gpu": "A100-80GB" | "gpu": "abacus" | GPU abacus is not in the catalogue
          "layers": 48 | "layers": null | layers is not given
          "micro_batch": 4 | "micro_batch": 3 | global_batch 4 is no multiple of 3 sequences at once
          "gpus": 8 | "gpus": 12 | gpus is 12, an instance needs 8 of them
          "model": "GPT | "model": "LoRA | adapters are not modelled
          """)
  void rowWithoutAProblem_saysWhy(String from, String to, String why) throws IOException {
    String refusal = assertInstanceOf(RowRun.NotExpressible.class, read(from, to).run()).why();

    assertTrue(refusal.contains(why), refusal);
  }

  // 4 sequences of 2,048 tokens on 8 GPUs.
  @ParameterizedTest
  @CsvSource({
    "'\"step_s\": 1.42', '\"step_s\": 1.42', 1.42",
    "'\"step_s\": 1.42', '\"tok_s_gpu\": 512', 2",
    "'\"step_s\": 1.42', '\"samples_s\": 8', 0.5",
  })
  void step_followsFromRates(String from, String to, double seconds) throws IOException {
    String bare = ", \"tok_s_gpu\": null";

    assertEquals(seconds, read(bare, "", from, to).stepSeconds().getAsDouble(), 1e-12);
  }

  @Test
  void rowWithoutMeasurement_ranOutOfMemory() throws IOException {
    assertFalse(read().ranOut());
    assertFalse(read("\"step_s\": 1.42", "\"step_s\": null").ranOut());
    assertTrue(
        read("\"step_s\": 1.42", "\"step_s\": null", "\"note\": null", "\"note\": \"OOM\"")
            .ranOut());
    assertFalse(read("\"note\": null", "\"note\": \"OOM at 8\"").ranOut());
    String[] held = {"\"mem_gb\": null", "\"mem_gb\": 60"};
    assertEquals(60e9, read(held).memoryBytes().getAsDouble());
    assertEquals(
        60 * 1024.0 * 1024 * 1024,
        read(held[0], held[1], "\"note\": null", "\"note\": \"memory in GiB\"")
            .memoryBytes()
            .getAsDouble());
    // What it held before it ran out is no peak.
    TrainingRow failed =
        read(
            held[0],
            held[1],
            "\"step_s\": 1.42",
            "\"step_s\": null",
            "\"note\": null",
            "\"note\": \"OOM in iteration 2\"");
    assertTrue(failed.ranOut());
    assertTrue(failed.memoryBytes().isEmpty());
    assertTrue(read("\"note\": null", "\"note\": \"FLAG: unclear\"").doubted());
  }

  @Test
  void catalogueModel_standsWhereNameAndShapeAgree() throws IOException {
    String name = "\"model\": \"GPT 22 billion\"";
    String llama = "\"model\": \"LLAMA3.1_8B (tokendrop)\"";
    String[] shape = {"\"layers\": 48", "\"layers\": 32", "\"hidden\": 6144", "\"hidden\": 4096"};

    assertEquals(
        "llama-3.1-8b",
        run(name, llama, shape[0], shape[1], shape[2], shape[3])
            .deployment()
            .problem()
            .model()
            .name());
    assertEquals("row", run(name, llama).deployment().problem().model().name());
  }

  @Test
  void study_countsWhatRanOut() throws IOException {
    TrainingRow tooLarge =
        read(
            "\"tp\": 8", "\"tp\": 2",
            "\"gpus\": 8", "\"gpus\": 2",
            "\"step_s\": 1.42", "\"step_s\": null",
            "\"note\": null", "\"note\": \"OOM\"");
    TrainingRowStudy study =
        TrainingRowStudy.of(
            List.of(
                tooLarge,
                read(),
                read("\"note\": null", "\"note\": \"FLAG\""),
                read("\"tp\": 8", "\"tp\": null")));

    assertEquals(3, study.counted());
    assertEquals(2, study.predicted().size());
    assertEquals(1, study.refused().size());
    assertEquals(1, study.outOfMemory(true, true));
    assertEquals(1, study.outOfMemory(false, false));
    assertEquals(0, study.outOfMemory(true, false));
    assertEquals(List.of(new MemoryVerdicts("s", 1, 1, 1, 0)), study.memoryVerdicts());
    assertEquals(1, study.memoryVerdicts().get(0).right());
    String text = MeasuredText.of(study);
    assertTrue(text.contains("out of memory by source"), text);
    assertEquals(1, study.step().orElseThrow().rows());
    assertEquals("GPT 22 billion", study.families(TrainingRow.Family::model).get(0).name());
  }

  @Test
  void badValues_nameTheirKey() {
    assertError("$[0].tp: must be a whole number", "\"tp\": 8", "\"tp\": \"8\"");
    assertError("$[0].ttp: unknown key", "\"tp\": 8", "\"tp\": 8, \"ttp\": 2");
    assertError("$[0].measured.step_s: must be > 0", "\"step_s\": 1.42", "\"step_s\": -1");
  }

  private void assertError(String message, String from, String to) {
    InputException error = assertThrows(InputException.class, () -> read(from, to));
    assertTrue(error.getMessage().startsWith("runs.json: " + message), error.getMessage());
  }
}
