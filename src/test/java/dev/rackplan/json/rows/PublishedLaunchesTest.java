package dev.rackplan.json.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.problem.RankBalance;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is known of how published rows were launched. */
class PublishedLaunchesTest {
  private static final PublishedLaunches LAUNCHES = PublishedLaunches.load();

  // Images of InferenceX's configurations, which changed on these days; its rows are dated to the
  // time of day.
  @ParameterizedTest
  @CsvSource({
    "vllm, silicon_concurrency=4; measured=2025-10-29T00:00:00.000Z, 0.10.2",
    "sglang, measured=2025-11-10T00:00:00.000Z, 0.5.3rc1",
    "sglang, measured=2025-11-18T00:00:00.000Z, 0.5.5",
    "sglang, measured=2025-99-18T00:00:00.000Z,",
    "vllm, silicon_concurrency=4; measured=2025-11-04T00:00:00.000Z, 0.11.0",
    "trtllm, measured=2025-11-02T00:00:00.000Z, 1.1.0rc2.post2",
    "dynamo-trt, measured=2025-11-02T00:00:00.000Z, 1.1.0rc2.post2",
    "trtllm, measured=2025-11-02,",
    "vllm, silicon_concurrency=4,",
    "vllm-ascend, measured=2025-11-02T00:00:00.000Z,"
  })
  void rowWithoutAVersion_hasThatOfItsImage(String engine, String note, String version) {
    assertEquals(Optional.ofNullable(version), LAUNCHES.unnamedVersion(engine, note));
  }

  // Recipes of H100 run 1, 2, 8, 16 and 64 sequences a rank, on fewer places than clients; those
  // of H200 set a limit that nobody reaches.
  @ParameterizedTest
  @CsvSource({
    "h100_sxm, 1024, 6, 3, 2048, 1",
    "h100_sxm, 1024, 9, 3, 2048, 2",
    "h100_sxm, 1024, 60, 3, 2048, 16",
    "h100_sxm, 8192, 154, 2, 8192, 64",
    "h200_sxm, 1024, 576, 9, 8192,",
    "h200_sxm, 8192, 48, 3, 16384,"
  })
  void poolsApart_areLaunchedByTheirRecipes(
      String gpu, int tokens, int clients, int workers, int stepTokens, Integer limit) {
    LaunchFlags found =
        LAUNCHES.of(apart(gpu, tokens, clients, workers), "one", "measured=2026-02-08T00:");

    assertEquals(OptionalInt.of(stepTokens), found.step().tokens());
    assertEquals(
        limit == null ? OptionalInt.empty() : OptionalInt.of(limit), found.step().sequences());
  }

  // AIConfigurator's rule: a prompt, the sequences and 1,500 tokens more; the row has 64 clients
  // and prompts of 1,024 tokens. What is dated to the time of day is InferenceX's, in the same
  // file.
  @ParameterizedTest
  @CsvSource({
    "trtllm, gpt_oss_h100_sxm_trtllm_agg_1024x1024_c64_tp2_epnone_7, silicon_concurrency=64, 2588, 1",
    "vllm, gpt_oss_h100_sxm_vllm_agg_1024x1024_c64_tp1_0_ep1_0_12, measured=2026-01-23, 2588, 1",
    "vllm, mine, run by AIConfigurator, 2588, 1",
    "tensorrt-llm, mine, run by AIConfigurator, 2588, 1",
    "no-engine, mine, run by AIConfigurator,, 1",
    "sglang, gpt_oss_h100_sxm_sglang_agg_1024x1024_c64_tp2_epnone_7, silicon_concurrency=64,, 1",
    "trtllm, b200_sxm_trtllm_agg_1024x1024_c64_tp2_ep2_7, measured=2026-02-08T00:00, 20000, 0.8",
    "trtllm, mine_agg_1024x1024_c64, silicon_concurrency=64,, 1"
  })
  void rowsOfAIConfigurator_areLaunchedByItsRule(
      String engine, String id, String note, Integer stepTokens, double shortest) {
    LaunchFlags found = LAUNCHES.of(row("openai/gpt-oss-120b", "b200_sxm", engine), id, note);

    assertEquals(
        stepTokens == null ? OptionalInt.empty() : OptionalInt.of(stepTokens),
        found.step().tokens());
    assertEquals(shortest, found.shortestLength().orElse(1));
  }

  // attention_dp_config of the scripts: gpt-oss' names no steps, so that the engine's stand.
  @ParameterizedTest
  @CsvSource({
    "openai/gpt-oss-120b, b200_sxm, trtllm, 50, 10",
    "deepseek-ai/DeepSeek-R1, b200_sxm, trtllm, 60, 0",
    "deepseek-ai/DeepSeek-V3, h200_sxm, trtllm, 60, 0",
    "openai/gpt-oss-120b, b200_sxm, vllm,,"
  })
  void ranksOfTensorRtLlm_waitForEachOther(
      String model, String gpu, String engine, Integer most, Integer further) {
    LaunchFlags found = LAUNCHES.of(row(model, gpu, engine), "one", "measured=2026-01-07T00:");

    assertEquals(
        Optional.ofNullable(most).map(steps -> new RankBalance(steps, further)), found.balance());
  }

  // dsr1-fp8-b200-sglang-mtp came to InferenceX's configurations on 2026-02-05, on 8 GPUs. Up to 64
  // clients, with long prompts up to 4, the same label ran without drafts, too.
  @ParameterizedTest
  @CsvSource({
    "b200_sxm, fp8, 8, 1024, 128, measured=2026-03-25T00:, true",
    "b200_sxm, fp8, 8, 1024, 64, measured=2026-03-25T00:, false",
    "b200_sxm, fp8, 8, 8192, 8, measured=2026-03-25T00:, true",
    "b200_sxm, fp8, 8, 8192, 4, measured=2026-03-25T00:, false",
    "b200_sxm, fp8, 8, 1024, 128, measured=2025-12-31T00:, false",
    "b200_sxm, fp8, 8, 1024, 128, InferenceX, false",
    "b200_sxm, fp8, 8, 1024, 128, silicon_concurrency=128, false",
    "b200_sxm, fp8, 4, 1024, 128, measured=2026-03-25T00:, false",
    "b200_sxm, fp4, 8, 1024, 128, measured=2026-03-25T00:, false",
    "h200_sxm, fp8, 8, 1024, 128, measured=2026-03-25T00:, false"
  })
  void rowsThatRanOnlyWithDrafts_areKnown(
      String gpu, String format, int tensor, int tokens, int clients, String note, boolean drafts) {
    ServingRow row = row("deepseek-ai/DeepSeek-R1", gpu, "sglang", format, tensor, tokens, clients);

    assertEquals(drafts, LAUNCHES.of(row, "one", note).drafts());
  }

  // The script asked for whole experts whatever the label from 2026-03-13 to 2026-05-26.
  @ParameterizedTest
  @CsvSource({
    "h200_sxm, measured=2026-03-28T00:, true",
    "h200_sxm, measured=2026-03-01T00:, false",
    "h200_sxm, measured=2026-05-26T00:, false",
    "h100_sxm, measured=2026-03-28T00:, false"
  })
  void scriptThatAsksForWholeExperts_isKnown(String gpu, String note, boolean whole) {
    LaunchFlags found =
        LAUNCHES.of(row("MiniMaxAI/MiniMax-M2.5", gpu, "vllm", "fp8", 8), "one", note);

    assertEquals(whole, found.wholeExperts());
  }

  private static ServingRow row(String model, String gpu, String engine) {
    return row(model, gpu, engine, "fp4", 0);
  }

  private static ServingRow row(
      String model, String gpu, String engine, String format, int tensor) {
    return row(model, gpu, engine, format, tensor, 1024, 64);
  }

  private static ServingRow row(
      String model, String gpu, String engine, String format, int tensor, int tokens, int clients) {
    OptionalInt none = OptionalInt.empty();
    OptionalInt two = OptionalInt.of(2);
    OptionalInt said = tensor == 0 ? none : OptionalInt.of(tensor);
    ServingRow.Pool pool = new ServingRow.Pool("", none, none, said, none, two, none, two);
    return new ServingRow(
        model,
        gpu,
        engine,
        Optional.of("1.2.0rc2"),
        new ServingRow.Formats(Optional.of(format), Optional.empty(), Optional.empty()),
        tokens,
        1024,
        OptionalInt.of(clients),
        false,
        none,
        LaunchFlags.NONE,
        false,
        pool,
        pool);
  }

  private static ServingRow apart(String gpu, int tokens, int clients, int workers) {
    OptionalInt none = OptionalInt.empty();
    OptionalInt one = OptionalInt.of(1);
    return new ServingRow(
        "deepseek-ai/DeepSeek-V3",
        gpu,
        "trtllm",
        Optional.of("0.8.1.post1"),
        new ServingRow.Formats(Optional.of("fp8"), Optional.empty(), Optional.empty()),
        tokens,
        1024,
        OptionalInt.of(clients),
        false,
        none,
        LaunchFlags.NONE,
        true,
        new ServingRow.Pool("prefill_", one, one, one, one, OptionalInt.of(8), one, one),
        new ServingRow.Pool(
            "decode_", OptionalInt.of(workers), none, OptionalInt.of(8), one, one, one, one));
  }
}
