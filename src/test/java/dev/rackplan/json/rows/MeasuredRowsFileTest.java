package dev.rackplan.json.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.accuracy.MeasuredPrediction;
import dev.rackplan.accuracy.MeasuredRow;
import dev.rackplan.accuracy.MeasuredStudy;
import dev.rackplan.accuracy.RowFlag;
import dev.rackplan.accuracy.RowRun;
import dev.rackplan.accuracy.ServingRun;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Measured rows become the problems that they say. */
class MeasuredRowsFileTest {
  private static final String HEADER =
      "id,backend,backend_version,model_path,system,mode,isl,osl,gemm_quant_mode,moe_quant_mode,"
          + "batch_size,tp_size,pp_size,attention_dp_size,moe_tp_size,moe_ep_size,"
          + "silicon_ttft_ms,silicon_tpot_ms,source_note,gpus,flag\n";

  private static final String DENSE =
      "d,vllm,0.12.0,meta-llama/Llama-3.1-8B,h100_sxm,agg,1000,200,,,16,2,1,1,1,1,90,12.5,,2,\n";

  @TempDir private Path folder;

  private List<MeasuredRow> read(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text);
    return MeasuredRowsFile.read(file, name);
  }

  private ServingRun run(String row) throws IOException {
    RowRun run = read("rows.csv", HEADER + row).get(0).run();
    if (run instanceof RowRun.NotExpressible refused) {
      throw new AssertionError(refused.why());
    }
    return (ServingRun) run;
  }

  private String refusal(String row) throws IOException {
    return assertInstanceOf(
            RowRun.NotExpressible.class, read("rows.csv", HEADER + row).get(0).run())
        .why();
  }

  private static String degrees(Layout layout) {
    return Arrays.stream(Degree.values())
        .filter(degree -> layout.get(degree) != degree.neutral())
        .map(degree -> degree.key() + " " + layout.get(degree))
        .collect(Collectors.joining(", "));
  }

  // Expert width 1536 in 8 slices is no whole number of blocks of 128, which vLLM doesn't start;
  // the script that ran then spread experts, whatever the label.
  @Test
  void labelThatCannotRun_isPricedAsItsScriptRanIt() throws IOException {
    String row =
        "m,vllm,0.18.0,MiniMaxAI/MiniMax-M2.5,h200_sxm,agg,1024,1024,fp8_block,fp8_block,"
            + "8,8,1,1,8,1,90,12.5,%s,8,\n";

    String label = refusal(row.formatted("silicon_concurrency=8"));
    ServingRun ran = run(row.formatted("silicon_concurrency=8; measured=2026-03-28T00:"));

    assertTrue(label.contains("no whole blocks of 128"), label);
    assertEquals(8, ran.decode().layout().get(Degree.EXPERT_PARALLEL));
    assertEquals("TP8 EP8", ran.family().layout());
  }

  @Test
  void rowThatRanOnlyWithDrafts_isToldApart() throws IOException {
    String row =
        "m,sglang,0.5.9,deepseek-ai/DeepSeek-R1,b200_sxm,agg,1024,1024,fp8_block,fp8_block,"
            + "128,8,1,1,8,1,90,12.5,silicon_concurrency=128; measured=%sT00:,8,\n";

    List<MeasuredRow> before = read("rows.csv", HEADER + row.formatted("2025-12-31"));
    List<MeasuredRow> since = read("rows.csv", HEADER + row.formatted("2026-03-25"));

    assertEquals(Set.of(), before.get(0).flags());
    assertEquals(Set.of(RowFlag.MAYBE_MTP), since.get(0).flags());
  }

  // Sequences: 64 a rank are 256 over 4 ranks; a relabelled row's are those of its concurrency;
  // more than the batches hold ran on several deployments; ranks of dense models are instances.
  // Attention ranks of one node gather (moeCommunication 2).
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gpt-oss-20b  | 64,1,1,4,1,4 |                          | 4 |             | expertParallel 4, sequencesPerMicroBatch 256, moeCommunication 2 | DP4 EP4 | 256
          gpt-oss-20b  | 64,1,1,4,4,1 |                          | 4 |             | expertTensorParallel 4, sequencesPerMicroBatch 256, moeCommunication 2 | DP4 ETP4 | 256
          gpt-oss-20b  | 8,4,1,1,2,2  | silicon_concurrency=8    |   |             | expertParallel 2, expertTensorParallel 2, attentionTensorParallel 4, sequencesPerMicroBatch 8 | TP4 ETP2 EP2 | 8
          gpt-oss-20b  | 8,2,1,1,0,0  | silicon_concurrency=8    |   |             | expertTensorParallel 2, attentionTensorParallel 2, sequencesPerMicroBatch 8 | TP2 ETP2 | 8
          gpt-oss-20b  | 8,2,1,1,2,1  | a; silicon_concurrency=32 |  |             | expertTensorParallel 2, attentionTensorParallel 2, sequencesPerMicroBatch 8 | TP2 ETP2 | 8
          gpt-oss-20b  | 8,2,1,1,2,1  | silicon_concurrency=32   |   | relabelled  | expertTensorParallel 2, attentionTensorParallel 2, sequencesPerMicroBatch 32 | TP2 ETP2 | 32
          llama-3.1-8b | 10,2,1,1,1,1 | silicon_concurrency=7    | 2 |             | attentionTensorParallel 2, sequencesPerMicroBatch 7 | TP2 | 7
          llama-3.1-8b | 10,1,2,1,1,1 |                          | 2 |             | pipelineStages 2, microBatches 2, sequencesPerMicroBatch 5 | PP2 | 10
          llama-3.1-8b | 10,1,1,2,1,2 |                          | 2 |             | sequencesPerMicroBatch 10 | DP2 | 20
          llama-3.1-8b | ,2,,,,       | silicon_concurrency=9    | 4 |             | attentionTensorParallel 2, sequencesPerMicroBatch 5 | TP2 | 9
          """)
  void degrees_areThoseOfTheRow(
      String model,
      String degrees,
      String note,
      String gpus,
      String flag,
      String decode,
      String words,
      double sequences)
      throws IOException {
    ServingRun run =
        run(
            String.join(
                ",",
                "r,sglang,0.5.9",
                model,
                "h100,agg,1000,200,,",
                degrees + ",1,100",
                note == null ? "" : note,
                gpus == null ? "" : gpus,
                (flag == null ? "" : flag) + "\n"));

    assertEquals(decode, degrees(run.decode().layout()));
    assertEquals(1, run.prompt().layout().concurrentSequences());
    assertEquals(words, run.family().layout());
    assertEquals(sequences, run.family().sequences());
    Problem problem = run.decode().problem();
    assertEquals(1100, problem.workload().contextTokens());
    assertEquals(1000, run.prompt().problem().workload().contextTokens());
    assertEquals(
        run.decode().layout().concurrentSequences(),
        problem.workload().concurrentSequences().getAsLong());
    assertEquals(run.decode().layout().gpus(), problem.topology().gpus().size());
    for (Degree degree : Degree.values()) {
      assertEquals(
          List.of(run.decode().layout().get(degree)), problem.layoutSpace().values(degree));
    }
  }

  // A format no narrower than the checkpoint's is the checkpoint: gpt-oss has MXFP4 experts,
  // DeepSeek blocks of FP8; Llama is published in BF16.
  @ParameterizedTest
  @CsvSource({
    "openai/gpt-oss-20b, nvfp4, nvfp4, BF16, MXFP4",
    "openai/gpt-oss-20b, fp8, fp8, BF16, MXFP4",
    "deepseek-ai/DeepSeek-R1, fp8, fp8, FP8_BLOCK, FP8_BLOCK",
    "deepseek-ai/DeepSeek-R1, '', '', FP8_BLOCK, FP8_BLOCK",
    "deepseek-ai/DeepSeek-R1, fp8, nvfp4, FP8, NVFP4",
    "Qwen/Qwen3-30B-A3B, fp8_block, '', FP8_BLOCK, FP8_BLOCK",
    "meta-llama/Llama-3.1-8B, fp8, fp8, FP8, FP8",
    "meta-llama/Llama-3.1-8B, '', '', BF16, BF16",
    "somebody/Llama-3.1-8B-NVFP4, '', '', NVFP4, NVFP4",
  })
  void precision_isTheCheckpoints_orNarrower(
      String model, String weights, String experts, Dtype ofWeights, Dtype ofExperts)
      throws IOException {
    Precision precision =
        run("r,trtllm,,%s,b200_sxm,agg,1000,200,%s,%s,8,8,1,1,8,1,1,1,,8,\n"
                .formatted(model, weights, experts))
            .decode()
            .problem()
            .precision();

    assertEquals(ofWeights, precision.weights());
    if (!model.contains("Llama")) {
      assertEquals(ofExperts, precision.experts());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          vllm,,nobody/at-all,h100,agg,1000,200,,,8,2,1,1,1,1 | model nobody/at-all is not in the catalogue
          vllm,,llama-3.1-8b,abacus,agg,1000,200,,,8,2,1,1,1,1 | GPU abacus is not in the catalogue
          lmdeploy,,llama-3.1-8b,h100,agg,1000,200,,,8,2,1,1,1,1 | engine lmdeploy is none of sglang, vllm and tensorrt-llm (trtllm)
          megatron,,llama-3.1-8b,h100,agg,1000,200,,,8,2,1,1,1,1 | engine megatron is none of
          vllm,,llama-3.1-8b,h100,agg,1000,200,fp7,,8,2,1,1,1,1 | fp7 is no number format
          vllm,,llama-3.1-8b,h100,agg,1000,200,,,8,,1,1,1,1 | tp_size is not given
          vllm,,llama-3.1-8b,h100,agg,1000,200,,,,2,1,1,1,1 | batch_size is not given
          vllm,,gpt-oss-20b,h100,agg,1000,200,,,8,2,1,2,1,2 | attention spans tp_size 2 x attention_dp_size 2 = 4 GPUs, experts moe_tp_size 1 x moe_ep_size 2 = 2
          vllm,,llama-3.1-8b,h100,agg,1000,200,,,8,3,1,1,1,1 | vLLM: 32 attention heads do not divide over attentionTensorParallel 3
          vllm,,llama-3.1-8b,h100,disagg,1000,200,,,8,2,1,1,1,1 | tp_size is not given
          sglang,,deepseek-v3,h100,agg,1000,200,,,8,8,1,1,1,8 | weights take 671 GB (fp8_block), the 8 GPUs of an instance have 640 GB: give the formats that ran in gemm_quant_mode and moe_quant_mode, or more GPUs
          vllm,,kimi-k2.5,b200,agg,1000,200,,,8,8,1,1,1,8 | weights take 2050 GB (bf16)
          """)
  void rowWithoutAProblem_saysWhy(String row, String why) throws IOException {
    String refusal = refusal("r," + row + ",1,1,,,\n");

    assertTrue(refusal.contains(why), refusal);
  }

  @Test
  void gpusThatDegreesDontDivide_areRefused() throws IOException {
    assertEquals(
        "gpus is 3, the degrees are of 2 GPUs", refusal(DENSE.replace(",,2,\n", ",,3,\n")));
  }

  // By hand, Llama-3.1-8B on one H100 of 3.35 TB/s: 32 layers of 218.1M weights and a head of
  // 525.3M in BF16 are 15.009 GB; 64 contexts of 1,100 tokens of 131,072 bytes 9.227 GB. Together
  // 7.235 ms. Half of the time waited for a first token leaves 5.858 ms; a cache in FP8 5.858 ms,
  // too; eight sequences 4.825 ms.
  @ParameterizedTest
  @CsvSource({
    "64, auto, 0.001, 7.20, false",
    "64, auto, 0.001, 7.25, true",
    "64, auto, 1432.8, 7.20, true",
    "64, auto, 1161.0, 5.83, false",
    "64, fp8, 0.001, 5.83, false",
    "64, fp8, 0.001, 5.88, true",
    "8, auto, 0.001, 4.80, false",
    "8, auto, 0.001, 4.85, true",
    "64, auto, , 4.45, false",
    "64, auto, , 4.50, true",
  })
  void fasterThanReadingWeightsAndCache_noProblemStandsFor(
      int sequences, String cache, String ttft, String tpot, boolean possible) throws IOException {
    String row =
        "f,vllm,0.12.0,meta-llama/Llama-3.1-8B,h100_sxm,agg,1000,200,,,%d,1,1,1,1,1,%s,%s,,1,,%s\n"
            .formatted(sequences, ttft == null ? "" : ttft, tpot, cache);
    RowRun run = read("rows.csv", HEADER.strip() + ",kv_cache_dtype\n" + row).get(0).run();

    if (possible) {
      assertInstanceOf(ServingRun.class, run);
    } else {
      String why = assertInstanceOf(RowRun.NotExpressible.class, run).why();
      assertTrue(why.startsWith("silicon_tpot_ms is " + tpot + ", its GPUs take "), why);
      assertTrue(why.contains(cache.equals("fp8") ? "(fp8)" : "(bf16)"), why);
    }
  }

  // Where requests don't come back its batch runs all the time; clients wait for first tokens.
  @Test
  void poolThatOnlyDecodes_runsItsBatch() throws IOException {
    String header =
        "id,backend,model_path,system,mode,isl,osl,prefill_num_workers,prefill_tp_size,"
            + "decode_num_workers,decode_tp_size,decode_batch_size,silicon_ttft_ms,silicon_tpot_ms,"
            + "source_note\n";
    String row =
        "f,vllm,meta-llama/Llama-3.1-8B,h100_sxm,disagg,1000,200,1,1,1,1,64,1432.8,7.2,%s\n";

    RowRun batch = read("rows.csv", header + row.formatted("")).get(0).run();
    RowRun clients =
        read("rows.csv", header + row.formatted("silicon_concurrency=64")).get(0).run();

    assertInstanceOf(RowRun.NotExpressible.class, batch);
    assertInstanceOf(ServingRun.class, clients);
  }

  private MeasuredPrediction predicted(int clients) throws IOException {
    String row = DENSE.replace(",16,", "," + clients + ",");
    return (MeasuredPrediction) MeasuredStudy.of(read("rows.csv", HEADER + row)).results().get(0);
  }

  // A client alone never waits: TPOT = decode of 1; TTFT = a step that reads its prompt, near to a
  // prefill. Both from problems that are written as a user would.
  @Test
  void clientAlone_waitsForNobody() throws IOException {
    MeasuredPrediction row = predicted(1);
    Files.writeString(
        folder.resolve("pair.json"),
        "{\"name\": \"pair\", \"gpu\": \"h100-sxm\", \"racks\": {\"count\": 1, \"domainsPerRack\": 1,"
            + " \"nodesPerDomain\": 1, \"gpusPerNode\": 2}}");
    double decode = seconds("decode", 1100, 1);
    double prefill = seconds("prefill", 1000, 1);

    // The host launches 16.6/36 ms a layer at least; before it 1 ms and 2.5 µs a token.
    double read = Math.max(1e3 * prefill, 16.6 / 36 * 32);
    assertEquals(read + 1 + 2.5, row.ttftMillis(), 0.1 * row.ttftMillis());
    // vLLM 0.12 does not work ahead: 5.25 ms between steps for 256 sequences.
    assertEquals(1e3 * decode + 5.25 / 256, row.tpotMillis(), 1e-9);
    assertEquals(row.tpotMillis() / 12.5 - 1, row.tpotError().getAsDouble(), 1e-12);
    assertEquals(row.ttftMillis() / 90 - 1, row.ttftError().getAsDouble(), 1e-12);
  }

  @Test
  void moreClients_waitForOneAnother() throws IOException {
    MeasuredPrediction one = predicted(1);
    MeasuredPrediction sixteen = predicted(16);
    MeasuredPrediction many = predicted(64);

    assertTrue(sixteen.ttftMillis() > 2 * one.ttftMillis());
    assertTrue(many.ttftMillis() > sixteen.ttftMillis());
    assertTrue(sixteen.tpotMillis() > one.tpotMillis());
  }

  private double seconds(String phase, int context, int sequences) throws IOException {
    Files.writeString(
        folder.resolve(phase + ".json"),
        ("{\"name\": \"p\", \"model\": \"llama-3.1-8b\", \"topology\": \"pair.json\", \"workload\":"
                + " {\"phase\": \"%s\", \"contextTokens\": %d, \"concurrentSequences\": %d},"
                + " \"engine\": {\"name\": \"vllm\", \"version\": \"0.12.0\"}}")
            .formatted(phase, context, sequences));
    Problem problem = ProblemFile.read(folder.resolve(phase + ".json"), phase);
    Layout layout =
        Layout.of(
            Map.of(
                Degree.ATTENTION_TENSOR_PARALLEL, 2, Degree.SEQUENCES_PER_MICRO_BATCH, sequences));
    Plan plan =
        new Plan(
            layout,
            List.of(new Stage(0, problem.model().layers().size() - 1, List.of(0, 1))),
            new TreeMap<>());
    return new Evaluator(problem).evaluate(plan).stepSeconds();
  }

  // Pools of one GPU and two: nothing of the prompt is in the TPOT.
  @Test
  void disaggregatedRow_pricesItsPoolsApart() throws IOException {
    String header =
        "id,backend,model_path,system,mode,isl,osl,prefill_num_workers,prefill_tp_size,"
            + "decode_num_workers,decode_batch_size,decode_tp_size,silicon_tpot_ms,source_note\n";
    String row = "x,sglang,llama-3.1-8b,h100,disagg,1000,200,3,1,2,16,2,9,silicon_concurrency=%d\n";
    ServingRun run = (ServingRun) read("rows.csv", header + row.formatted(1000)).get(0).run();

    ServingRun.Apart apart = run.apart().orElseThrow();
    assertEquals(List.of(3, 2), List.of(apart.readers(), apart.writers()));
    assertEquals("", degrees(apart.reading().layout()));
    assertEquals(0.96 * 50e9, apart.linkBytesPerSecond(), 1);
    assertEquals(7, run.family().gpus());
    assertEquals(32, run.family().sequences());
    assertEquals(
        "attentionTensorParallel 2, sequencesPerMicroBatch 16", degrees(run.decode().layout()));
    assertEquals("", degrees(run.prompt().layout()));
    // 20 in flight are 10 a worker.
    ServingRun fewer = (ServingRun) read("rows.csv", header + row.formatted(20)).get(0).run();
    assertEquals(10, fewer.decode().layout().sequencesPerMicroBatch());
  }

  // What is told of steps counts before the batch that a list has; limits of sequences are of ranks
  // that decode.
  @Test
  void poolsApart_readAndDecodeAsTheyWereTold() throws IOException {
    String header =
        "id,backend,model_path,system,mode,isl,osl,prefill_num_workers,prefill_batch_size,"
            + "prefill_tp_size,decode_num_workers,decode_batch_size,decode_tp_size,"
            + "silicon_tpot_ms,max_step_tokens,max_sequences\n";
    String row = "x,trtllm,llama-3.1-8b,h100,disagg,1000,200,1,2,1,1,16,1,9,";
    ServingRun silent = (ServingRun) read("rows.csv", header + row + ",\n").get(0).run();
    ServingRun told = (ServingRun) read("rows.csv", header + row + "4096,12\n").get(0).run();

    assertEquals(2, silent.apart().orElseThrow().batching().mostRunning());
    assertEquals(8192, silent.apart().orElseThrow().batching().tokenBudget());
    assertEquals(2048, silent.batching().mostRunning());
    assertEquals(2048, told.apart().orElseThrow().batching().mostRunning());
    assertEquals(4096, told.apart().orElseThrow().batching().tokenBudget());
    assertEquals(12, told.batching().mostRunning());
    assertFalse(told.apart().orElseThrow().clientsSaid());
  }

  @Test
  void jsonRows_areRowsAlike() throws IOException {
    MeasuredRow csv = read("rows.csv", HEADER + DENSE).get(0);
    MeasuredRow json =
        read(
                "rows.json",
                """
                [{"id": "d", "backend": "vllm", "backend_version": "0.12.0", "model_path": "meta-llama/Llama-3.1-8B",
                  "system": "h100_sxm", "isl": 1000, "osl": 200, "batch_size": 16, "tp_size": 2.0, "pp_size": null,
                  "silicon_ttft_ms": 90, "silicon_tpot_ms": 12.5}]
                """)
            .get(0);

    assertEquals(csv.tpotMillis(), json.tpotMillis());
    assertEquals(csv.ttftMillis(), json.ttftMillis());
    ServingRun ofCsv = (ServingRun) csv.run();
    ServingRun ofJson = (ServingRun) json.run();
    assertEquals(ofCsv.family(), ofJson.family());
    assertEquals(ofCsv.decode().layout(), ofJson.decode().layout());
    assertEquals(ofCsv.decode().problem().engine(), ofJson.decode().problem().engine());
  }

  // The third is the first under another name; the fourth was measured otherwise; of the fifth the
  // file says so itself.
  @Test
  void sameMeasurement_countsOnce() throws IOException {
    String again = DENSE.replace("d,vllm", "e,vllm");
    List<MeasuredRow> rows =
        read(
            "rows.csv",
            HEADER
                + again.replace(",2,\n", ",2,duplicate\n")
                + DENSE
                + again
                + again.replace("12.5", "12.6")
                + DENSE.replace("12.5", "13").replace(",2,\n", ",2,relabelled maybeMtp\n"));

    assertEquals(
        List.of(false, true, false, true, false), rows.stream().map(MeasuredRow::counts).toList());
    assertEquals(Set.of(RowFlag.DUPLICATE), rows.get(2).flags());
    assertTrue(rows.get(4).mayHaveDrafted());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          batch_size | batch_sze | line 1: unknown column "batch_sze" | Did you mean "batch_size"?
          ,isl, | ,osl_, | line 1: unknown column "osl_" | Did you mean "osl"?
          ,gpus, | ,tp_size, | line 1: column "tp_size" is given twice | Keep one
          ,16,2,1 | ,16,two,1 | line 2, tp_size: must be a number, was "two" | plain number
          ,16,2,1 | ,16,2.5,1 | line 2, tp_size: must be a whole number in 0..100000, was "2.5" | whole number
          ,1000,200 | ,-5,200 | line 2, isl: must be a whole number in 1..100000000, was "-5" | whole number
          ,1000,200 | ,,200 | line 2, isl: is empty | Fill it
          ,90,12.5, | ,90,0, | line 2, silicon_tpot_ms: must be > 0, was "0" | positive
          ,90,12.5, | ,,, | line 2, silicon_tpot_ms: is empty, and so is silicon_ttft_ms | what was measured
          ,agg, | ,both, | line 2, mode: must be agg or disagg, was "both" | one of them
          ,,2, | ,,2,dup | line 2, flag: unknown flag "dup" | Known: relabelled, duplicate
          ,,2, | ,,2 | line 2: has 20 columns, the header has 21 | as many cells
          """)
  void badRows_nameLineAndColumn(String from, String to, String problem, String remedy) {
    String text = HEADER + DENSE;
    int at = text.lastIndexOf(from);
    assertTrue(at >= 0, from);
    String broken = text.substring(0, at) + to + text.substring(at + from.length());
    InputException error =
        assertThrows(InputException.class, () -> read("rows.csv", broken), broken);

    assertTrue(error.getMessage().startsWith("rows.csv: " + problem), error.getMessage());
    assertTrue(error.getMessage().contains(remedy), error.getMessage());
  }

  @Test
  void badJsonAndEmptyFiles_areRefused() {
    assertError("[]", "rows.json: has no rows");
    assertError("{}", "rows.json: $: must be a list");
    assertError("[{\"id\": 5, \"tp\": 2}]", "rows.json: $[0]: unknown column \"tp\"");
    assertError("[{\"id\": true}]", "rows.json: $[0].id: must be a text");
    assertError("[{\"id\": \"a\"}]", "rows.json: $[0], silicon_tpot_ms: is empty");
    InputException empty = assertThrows(InputException.class, () -> read("rows.csv", HEADER));
    assertTrue(empty.getMessage().contains("has no rows"), empty.getMessage());
    InputException lacking =
        assertThrows(InputException.class, () -> read("rows.csv", "id,backend\na,vllm\n"));
    assertTrue(
        lacking.getMessage().contains("line 1: column \"model_path\" is missing"),
        lacking.getMessage());
  }

  private void assertError(String text, String message) {
    InputException error = assertThrows(InputException.class, () -> read("rows.json", text));
    assertTrue(error.getMessage().startsWith(message), error.getMessage());
  }

  @Test
  void spreadsheetsForms_areRead() throws IOException {
    String text = HEADER + DENSE.replace(",16,2,1,", ",16.0,2.0,1,") + DENSE.replace("d,v", "e,v");
    List<MeasuredRow> rows = read("rows.csv", "\uFEFF" + text.replace("\n", "\r\n"));

    assertEquals(
        ((ServingRun) rows.get(0).run()).decode().layout(),
        ((ServingRun) rows.get(1).run()).decode().layout());
  }
}
