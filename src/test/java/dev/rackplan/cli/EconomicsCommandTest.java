package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Browser;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;

class EconomicsCommandTest {
  private static CommandRun lecture;

  @TempDir private Path folder;

  private static CommandRun run(String command, String... more) {
    Stream<String> first =
        command.equals("lecture")
            ? Stream.of("economics", command)
            : Stream.of("economics", command, "--model", "deepseek-v3", "--gpu", "h800-sxm");
    return CommandRun.of(Stream.concat(first, Stream.of(more)).toArray(String[]::new));
  }

  private static List<JsonCursor> rows(CommandRun run, String sheet) {
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return run.json().get(sheet).get("rows").list();
  }

  private static JsonCursor row(CommandRun run, String sheet, String key, String value) {
    return rows(run, sheet).stream()
        .filter(row -> row.text(key).equals(value))
        .findFirst()
        .orElseThrow();
  }

  /** DeepSeek's published day: 226.75 nodes of 8 H800 at 2 USD, 24 h. */
  private static CommandRun fleet(String... more) {
    Stream<String> first =
        Stream.of(
            "economics",
            "serving",
            "docs/fleet/solutions/deepseek-v3-prefill.json",
            "docs/fleet/solutions/deepseek-v3-decode.json",
            "--input-tokens",
            "608e9",
            "--kept-tokens",
            "342e9",
            "--output-tokens",
            "168e9",
            "--gpu-hours",
            "43536",
            "--prices",
            "0.55,0.14,2.19");
    return CommandRun.of(Stream.concat(first, Stream.of(more)).toArray(String[]::new));
  }

  @Test
  void serving_givesThePublishedDay() {
    CommandRun run = fleet("--json");
    double was = row(run, "fleet", "part", "as it was").get("usd").number();
    assertEquals(87_072, was, 0.01 * 87_072);
    double revenue = row(run, "fleet", "part", "revenue").get("usd").number();
    assertEquals(562_027, revenue, 0.01 * 562_027);
    // 776e9 tokens over 43,536 GPU hours against what the plans need: published 17.8e6, ours
    // 18.2e6.
    double needed = row(run, "fleet", "part", "by the plans").get("gpuHours").number();
    assertEquals(1.023, 43_536 / needed, 0.01);
    assertTrue(
        run.json().get("fleet").text("sentence").contains("the plans would serve 18.24, 2% more"),
        run.out());
  }

  @Test
  void serving_isPricedByItsPlans() {
    CommandRun run =
        fleet("--json", "--usd-per-hour", "3.6", "--watts", "1000", "--usd-per-kwh", "0.36");
    for (String tokens : List.of("input", "output")) {
      JsonCursor row = row(run, "tokens", "tokens", tokens);
      double rate = row.get("tokensPerSecondPerGpu").number();
      assertEquals(1e6 * 0.001 / rate, row.get("usdPerMillion").number(), 1e-9);
      assertEquals(1e6 * 0.0001 / rate, row.get("usdPerMillionByPower").number(), 1e-9);
    }
    // Kept in flash for five minutes: bytes, price of 0.1 USD a GB over four years, hold and drain.
    double flash = 70_272 * 0.1 / 1e9 / (4 * 8766 * 3600.0) * (300 + 60);
    assertEquals(
        1e6 * flash,
        row(run, "tokens", "tokens", "kept input").get("usdPerMillion").number(),
        1e-9);
  }

  @Test
  void fasterIsDearer_andTheFastModeTheCheapestThatIsFastEnough() {
    CommandRun run =
        CommandRun.of("economics", "serving", "solutions/gpt-oss-120b-decode-h100.json", "--json");
    List<JsonCursor> batches = rows(run, "batches");
    for (int i = 1; i < batches.size(); i++) {
      assertTrue(
          batches.get(i).get("tokensPerSecondPerUser").number()
              >= batches.get(i - 1).get("tokensPerSecondPerUser").number());
    }
    double base = batches.get(0).get("usdPerMillion").number();
    double speed = batches.get(0).get("tokensPerSecondPerUser").number();
    for (JsonCursor row : rows(run, "fastMode")) {
      double least =
          batches.stream()
              .filter(
                  batch ->
                      batch.get("tokensPerSecondPerUser").number()
                          >= speed * row.get("speed").number() * (1 - 1e-9))
              .mapToDouble(batch -> batch.get("usdPerMillion").number())
              .min()
              .orElseThrow();
      assertEquals(least, row.get("usdPerMillion").number(), 1e-12);
      assertEquals(least / base, row.get("price").number(), 1e-9);
    }
    // Fewer sequences share each step's fixed part, so 2.5 times the speed costs more than that. As
    // sold it costs 6 to 7 times the price, from a cheapest mode with larger batches than this
    // one's.
    JsonCursor fast =
        rows(run, "fastMode").stream()
            .filter(row -> row.get("speed").number() == 2.5)
            .findFirst()
            .orElseThrow();
    assertEquals(2.99, fast.get("price").number(), 0.01);
  }

  @Test
  void fleetSolutions_stillHold() {
    CommandRun run = CommandRun.of("verify", "docs/fleet/solutions");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.out() + run.err());
  }

  @Test
  void training_sharesCostTheSame() {
    CommandRun run =
        run("training", "--relative-mfu", "0.33333333333333333", "--trained", "14.8e12", "--json");

    double served = 5e7 * 61 * 86_400;
    JsonCursor pretraining = row(run, "shares", "share", "pretraining");
    assertEquals(served / 1e12, pretraining.get("teraTokens").number(), 1e-9);
    assertEquals(
        served / 1.5e12,
        row(run, "shares", "share", "reinforcement").get("teraTokens").number(),
        1e-9);
    double active = 37.5e9;
    double flops = pretraining.get("flops1e24").number() * 1e24;
    assertEquals(6 * active * served, flops, 0.01 * flops);
    // 989 TFLOP/s at 40%, 2 USD an hour.
    double hours = flops / (989e12 * 0.4) / 3600;
    assertEquals(hours / 1e6, pretraining.get("millionGpuHours").number(), 1e-6 * hours / 1e6);
    assertEquals(2 * hours / 1e6, pretraining.get("millionUsd").number(), 1e-6 * hours / 1e6);
    // DeepSeek-V3's 14.8e12 tokens: 2.3e6 GPU hours at 40%; 2.664e6 are published, 33% with these
    // FLOPs.
    assertEquals(
        2.34, row(run, "shares", "share", "as trained").get("millionGpuHours").number(), 0.05);
  }

  @Test
  void training_movesWithItsAssumptions() {
    CommandRun run = run("training", "--json");
    double own = row(run, "shares", "share", "pretraining").get("teraTokens").number();
    for (JsonCursor row : rows(run, "assumptions")) {
      double factor = row.get("factor").number();
      double pretraining = row.get("pretrainingTeraTokens").number();
      switch (row.text("assumption")) {
        case "tokens served" -> assertEquals(own * factor, pretraining, 1e-9 * own * factor);
        case "decode MFU over training's" ->
            assertEquals(own / factor, pretraining, 1e-9 * own / factor);
        default -> assertEquals(own, pretraining, 1e-9 * own);
      }
      // Half of 3 FLOPs is below the 2 of a rollout that is not trained on.
      assertTrue(!row.text("assumption").startsWith("FLOPs") || factor != 0.5);
    }
  }

  @Test
  void prices_goBothWays() {
    CommandRun run = run("prices", "--json");
    List<JsonCursor> step = rows(run, "step");
    // Hardware factor of H800: 989e12 · 2 / (2 · 3.352e12); 1 byte a weight.
    double implied = step.get(1).get("value").number();
    assertEquals(37.5e9 / (989 / 3.352) / 200_000, implied, 0.02 * implied);
    assertEquals(70_272, step.get(2).get("value").number(), 1);
    // A model that read what the step implies would have it there: bytes and tokens are inverse.
    assertEquals(
        2 * implied * 200_000,
        step.get(2).get("value").number() * step.get(3).get("value").number(),
        0.01 * implied * 200_000);
    assertEquals(0.1, rows(run, "ratio").get(1).get("value").number(), 1e-12);
    double own = rows(run, "ratio").get(2).get("value").number();
    assertEquals(0.5 / own, rows(run, "ratio").get(3).get("value").number(), 1e-9);
    // 1.25 USD a million tokens over 70,272 B and 300 s.
    assertEquals(
        1.25 / 1e6 / 70_272 / 300 * 1e9 * 3600,
        rows(run, "cache").get(1).get("value").number(),
        1e-9);
    assertTrue(
        run.json().get("cache").text("sentence").contains("input belongs in flash"), run.out());
  }

  @Test
  void cache_costsAreThoseOfTheFormulas() {
    CommandRun run = run("cache", "--hold", "300s", "--reads", "0.5", "--json");
    JsonCursor hbm = rows(run, "tiers").get(0);
    double bytes = 32768 * 70_272.0;
    double hold = bytes * 2 / 3600 / 80e9 * 300;
    assertEquals(1e6 * hold, hbm.get("holdMicroUsd").number(), 1e-6 * 1e6 * hold);
    double read = bytes / 3.352e12 * 2 / 3600;
    assertEquals(1e6 * read, hbm.get("readMicroUsd").number(), 1e-3 * 1e6 * read);
    assertEquals(1e6 * (hold + read / 2), hbm.get("totalMicroUsd").number(), 1);
    JsonCursor recompute = rows(run, "tiers").get(4);
    double again = recompute.get("readMicroUsd").number();
    assertEquals(1e6 * 2 * 37.5e9 * 32768 / (989e12 * 0.5) * 2 / 3600, again, 0.02 * again);
    // At the break-even time keeping costs as much as computing anew.
    double breakEven = hbm.get("breakEvenSeconds").number();
    assertEquals(0.5 * again, 1e6 * (hold / 300 * breakEven + read / 2), 1e-3 * again);
    assertEquals("flash", rows(run, "holds").get(4).text("byDrain"));
    assertEquals("disk", rows(run, "holds").get(6).text("byDrain"));
    // At half a read the slow tier's reading back counts for less.
    assertEquals("disk", rows(run, "holds").get(4).text("cheapest"));
    CommandRun surely = run("cache", "--hold", "300s", "--json");
    assertEquals("flash", rows(surely, "holds").get(4).text("cheapest"));
    assertEquals("disk", rows(surely, "holds").get(6).text("cheapest"));
    // A context that is hardly ever read again is not worth the GPU's own memory for long.
    CommandRun rarely = run("cache", "--hold", "300s", "--reads", "1e-6", "--json");
    assertEquals("recompute", rows(rarely, "holds").get(9).text("cheapest"));
  }

  @BeforeAll
  static void computeLecture() {
    lecture = CommandRun.of("economics", "lecture", "--json");
  }

  /** Every result of the lecture's sections, and the corrections derived beside it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4.1 hardware factor: h100-sxm, bf16 | 300 | 295 | 0.5",
        "4.1 hardware factor: h200-sxm, bf16 | 300 | 206 | 0.5",
        "4.1 hardware factor: b200-sxm, bf16 | 300 | 281 | 0.5",
        "4.1 hardware factor: gb200, bf16 | 300 | 312 | 0.5",
        "4.1 hardware factor: gb300, fp4 | 300 | 469 | 0.5",
        "4.1 hardware factor: mi300x, bf16 | 300 | 247 | 0.5",
        "4.1 hardware factor: mi355x, bf16 | 300 | 315 | 0.6",
        "4.1 hardware factor: tpu7x, bf16 | 300 | 313 | 0.5",
        "4.1 hardware factor: h20-96g, bf16 | 300 | 37 | 0.5",
        "4.1 hardware factor: vera-rubin, fp4 | 300 | 568 | 0.5",
        "4.1 balance batch: 32 of 256 experts, as spoken | 2400 | 2400 | 0",
        "4.1 balance batch: deepseek-v3: 8 of 256 and a shared one | 2400 | 5400 | 50",
        "4.1 drain: h100-sxm | 20 | 23.9 | 0.05",
        "4.1 drain: h200-sxm | 20 | 29.4 | 0.05",
        "4.1 drain: b200-sxm | 20 | 22.5 | 0.05",
        "4.1 drain: gb200 | 20 | 24 | 0.05",
        "4.1 drain: gb300 | 20 | 36 | 0.05",
        "4.1 drain: vera-rubin | 20 | 13.1 | 0.05",
        "4.1 drain: mi355x | 20 | 36 | 0.05",
        "4.1 drain: mi455x | 20 | 22 | 0.05",
        "4.1 worst queue and service: a train every 20 ms | 40 | 40 | 0",
        "'4.1 system throughput: 2,000 sequences, 64 steps/s' | 128000 | 128000 | 0",
        "4.1 MFU at twice the balance context: KV that grows with the context | 0.5 | 0.5 | 1e-12",
        "4.2 experts on a GPU: 256 experts on 64 of 72 GPUs | 4 | 4 | 0",
        "4.2 traffic that leaves a rack: an expert layer over 2 racks | 0.5 | 0.5 | 0",
        "4.2 traffic that leaves a rack: over 4 racks: 1 - 1/R | 0.5 | 0.75 | 0",
        "4.2 memory of a box: 8 h100-sxm | 640 | 640 | 0",
        "4.3 scale-up over scale-out time: 8 activated experts, a layer a rack | 1 | 2 | 0",
        "4.3 KV with two stages: P cancels | 1 | 1 | 0",
        "4.3 weights with two stages: deepseek-v3 in fp8, to one stage | 0.5 | 0.5 | 0",
        "4.3 token through 4 stages: 3 hops of 3.3 ms, as spoken | 30 | 30 | 0.1",
        "4.4 pretraining to reinforcement tokens: equal costs, 3 FLOPs, a third of the MFU | 1.5 | 1.5 | 1e-12",
        "4.4 pretraining to served tokens: equal costs, a third of the MFU | 1 | 1 | 1e-12",
        "4.4 tokens of a life: 50e6 tokens/s for two months | 2.6e14 | 2.6e14 | 5e12",
        "4.4 compute-optimal tokens: 100e9 active parameters | 2e12 | 2e12 | 0",
        "4.4 over-training: 200e12 tokens, as rounded | 100 | 100 | 1e-9",
        "4.5 KV behind a price step: 200,000 tokens, 100e9 active parameters | 1667 | 1667 | 0.5",
        "4.5 KV that grows: deepseek-v3, bf16 | 1667 | 70272 | 0.5",
        "4.5 KV that grows: gpt-oss-120b, bf16 | 1667 | 36864 | 0.5",
        "4.5 KV that grows: qwen3-235b-a22b, bf16 | 1667 | 192512 | 0.5",
        "4.5 KV that grows: llama-3.1-405b, bf16 | 1667 | 516096 | 0.5",
        "4.5 decode MFU: output at 5 times the input price | 0.2 | 0.2 | 1e-12",
        "4.5 tier for 5 minutes: flash | 60 | 60 | 0",
        "4.5 tier for an hour: disk | 3600 | 3600 | 0",
      })
  void lecture_standsBesideWhatFollows(
      String result, double said, double computed, double tolerance) {
    JsonCursor row = row(lecture, "lecture", "result", result);
    assertEquals(said, row.get("said").number(), result);
    assertEquals(computed, row.get("computed").number(), tolerance, result);
  }

  /** Section 4.6: reversible layers keep no activations, and compute each layer once more. */
  @Test
  void lectureSection46_reversibleLayersSpendComputeToSaveMemory() throws Exception {
    String solution = "solutions/gpt-3-175b-training-a100.json";
    Path reversible = folder.resolve("reversible.json");
    Files.writeString(
        reversible,
        "{\"name\": \"reversible\", \"base\": \""
            + Path.of("problems/gpt-3-175b-training-a100.json").toAbsolutePath()
            + "\", \"set\": {\"workload.training.reversible\": true}}");
    JsonCursor kept =
        CommandRun.of(
                "evaluate",
                "problems/gpt-3-175b-training-a100.json",
                "--solution",
                solution,
                "--json")
            .json()
            .get("evaluation");
    JsonCursor without =
        CommandRun.of("evaluate", reversible.toString(), "--solution", solution, "--json")
            .json()
            .get("evaluation");
    for (int stage = 0; stage < 8; stage++) {
      JsonCursor own = kept.get("stages").list().get(stage);
      JsonCursor other = without.get("stages").list().get(stage);
      assertTrue(own.get("memory").get("activationBytes").number() > 7e9);
      assertEquals(0, other.get("memory").get("activationBytes").number());
      // The forward pass once more, and its all-reduces; what selective recomputation did is not.
      double more =
          other.get("training").get("backwardSeconds").number()
              - own.get("training").get("backwardSeconds").number();
      double forward = own.get("training").get("forwardSeconds").number();
      assertTrue(more > 0.8 * forward && more < 1.01 * forward, more + " of " + forward);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"training", "prices", "cache", "lecture"})
  void eachCommand_hasTextCsvAndAPage(String command) throws Exception {
    Path page = folder.resolve("p.html");
    Path csv = folder.resolve("p.csv");
    CommandRun run = run(command, "--html", page.toString(), "--csv", csv.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(Files.readString(csv).startsWith("sheet,row,column,value\n"));
    JsonCursor json = run(command, "--json").json();
    for (String sheet : json.keys()) {
      String sentence = json.get(sheet).text("sentence");
      assertTrue(run.out().contains(sentence), sentence);
      assertTrue(Files.readString(csv).contains("\n" + sheet + ",1,"), sheet);
    }
    try (Browser browser = Browser.start(1000, 800, folder.resolve("profile"))) {
      browser.open(page);
      browser
          .driver()
          .findElements(By.cssSelector("[data-chart]"))
          .forEach(chart -> assertTrue(chart.findElement(By.tagName("canvas")).isDisplayed()));
      assertEquals(List.of(), browser.complaints());
    }
  }

  @Test
  void badOptions_areNamed() {
    assertBad(run("training", "--days", "0"), "--days must be > 0, was 0");
    assertBad(run("training", "--rl-flops", "7"), "must be in 2..6, was 7");
    assertBad(run("cache", "--prefill-mfu", "2"), "--prefill-mfu must be in (0, 1], was 2");
    assertBad(run("prices", "--write", "4"), "--write less --base must be > 0, was -1");
    assertBad(CommandRun.of("economics"), "Missing command");
    assertBad(fleet("--kept-tokens", "700e9"), "--kept-tokens");
    assertBad(
        fleet("--csv", "docs/fleet/solutions/deepseek-v3-decode.json"),
        "would write over docs/fleet");
    String decode = "solutions/kimi-k2-decode-h200.json";
    assertBad(
        CommandRun.of("economics", "serving", decode, decode),
        "give one solution of decode, not two");
    assertBad(
        CommandRun.of("economics", "serving", "solutions/llama-3.1-405b-training-h100.json"),
        "is of training");
  }

  private static void assertBad(CommandRun run, String words) {
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.out());
    assertTrue(run.err().contains(words), run.err());
  }
}
