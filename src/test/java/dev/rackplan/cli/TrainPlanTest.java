package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.TrainingSearch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code plan --train}: Llama 3.1 8B on one node, a batch of 16 sequences of 4,096 tokens. */
class TrainPlanTest {
  @TempDir private Path folder;

  private static CommandRun train(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("plan", "--train", "--model", "llama-3.1-8b", "--gpu", "h100", "--gpus", "8"));
    arguments.addAll(List.of("--global-batch", "16", "--seq", "4096"));
    arguments.addAll(Arrays.asList(more));
    return CommandRun.of(arguments.toArray(new String[0]));
  }

  @Test
  void options_areSortedAndAgreeWithThemselves() {
    CommandRun run = train("--json", "--tokens", "1e12", "--usd-per-hour", "2");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    double before = 0;
    boolean likelyBefore = true;
    for (JsonCursor one : run.json().get("options").list()) {
      double step = one.get("stepSeconds").number();
      boolean likely = one.get("outOfMemoryChance").number() <= 0.5;
      assertTrue(likelyBefore || !likely, "one that likely fits comes after one that does not");
      assertTrue(likely != likelyBefore || step >= before);
      likelyBefore = likely;
      before = step;
      // 16·4,096 tokens a step on 8 GPUs.
      assertEquals(65_536 / step / 8, one.get("tokensPerSecondPerGpu").number(), 1e-6 / step);
      JsonCursor trainer = one.get("trainer");
      int gpus = 1;
      for (String degree : List.of("tp", "cp", "pp", "dp")) {
        gpus *= (int) trainer.get(degree).number();
      }
      assertEquals(8, gpus);
      assertEquals(
          16,
          trainer.get("dp").number()
              * trainer.get("microBatch").number()
              * trainer.get("microBatches").number());
      assertTrue(
          one.get("causalModelFlopsUtilization").number()
              < one.get("modelFlopsUtilization").number());
    }
    JsonCursor best = run.json().get("options").list().get(0);
    JsonCursor ofRun = run.json().get("run");
    // ⌈1e12/65,536⌉ steps.
    assertEquals(15_258_790, ofRun.get("steps").number(), 0.9);
    double days = 15_258_790 * best.get("stepSeconds").number() / 86_400;
    assertEquals(days, ofRun.get("daysWithoutFailures").number(), 1e-6 * days);
    // 8 GPUs at 2 USD/h.
    assertEquals(16 * 24 * ofRun.get("days").number(), ofRun.get("usd").number(), 1e-3 * 16 * 24);
  }

  // By hand, per token: 6·(8,030,261,248 - 525,336,576 of the embedding's lookup) FLOPs of weights,
  // norms among them; scores 3·32 layers·2·2·4,096 hidden·4,096 context = 6.442e9.
  @Test
  void utilization_countsCausalAttentionWholeAndHalf() {
    CommandRun run = train("--json");
    JsonCursor best = run.json().get("options").list().get(0);
    double perSecond = best.get("tokensPerSecondPerGpu").number() / 989.4e12;
    double weights = 6 * (8_030_261_248.0 - 525_336_576);
    double scores = 3.0 * 32 * 2 * 2 * 4096 * 4096;
    assertEquals((weights + scores) * perSecond, best.get("modelFlopsUtilization").number(), 1e-3);
    assertEquals(
        scores / 2 * perSecond,
        best.get("modelFlopsUtilization").number()
            - best.get("causalModelFlopsUtilization").number(),
        1e-4);
  }

  @Test
  void text_fits80ColumnsAndSaysHowToLaunch() {
    CommandRun run = train("--tp", "2", "--pp", "2", "--vpp", "4", "--recompute", "full");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String out = run.out();
    assertTrue(out.startsWith("TP2 PP2 VPP4 DP2: a step of "), out);
    for (String line : out.lines().takeWhile(text -> !text.startsWith("launch")).toList()) {
      assertTrue(line.length() <= 80, line);
    }
    for (String words :
        List.of(
            "--tensor-model-parallel-size 2",
            "--pipeline-model-parallel-layout 'Et",
            "--recompute-granularity full",
            "--use-distributed-optimizer",
            "--overlap-grad-reduce",
            "--seq-length 4096")) {
      assertTrue(out.contains(words), words + " in " + out);
    }
  }

  @Test
  void freeSearch_isNoSlowerThanAnyGivenLayout() {
    double found = step(train("--json"));
    for (String[] given :
        List.of(
            new String[] {"--json", "--tp", "8"},
            new String[] {"--json", "--tp", "4", "--pp", "2"},
            new String[] {"--json", "--zero", "3", "--micro-batch", "1"})) {
      assertTrue(found <= step(train(given)) * (1 + 1e-9), String.join(" ", given));
    }
  }

  private static double step(CommandRun run) {
    return run.json().get("options").list().get(0).get("stepSeconds").number();
  }

  @Test
  void writtenFiles_areEvaluatedToTheSameStep() throws Exception {
    CommandRun run = train("--json", "--write", folder.toString());
    CommandRun judged =
        CommandRun.of(
            "evaluate",
            folder.resolve("train-problem.json").toString(),
            "--solution",
            folder.resolve("train-solution.json").toString(),
            "--json");
    assertEquals(ExitCode.SOLVED, judged.exitCode(), judged.err());
    double step = step(run);
    String solution = Files.readString(folder.resolve("train-solution.json"));
    assertTrue(solution.contains("\"sharding\""), solution);
    assertTrue(judged.out().contains("training"), judged.out());
    double evaluated =
        JsonCursor.parse(solution, "solution").get("evaluation").get("stepSeconds").number();
    assertEquals(step, evaluated, 1e-9 * step);
  }

  @Test
  void mixedStreams_areComputedAgainByMegatron() throws IOException {
    CommandRun run =
        CommandRun.of(
            "plan",
            "--train",
            "--model",
            "deepseek-v4-flash",
            "--gpu",
            "gb200",
            "--gpus",
            "128",
            "--global-batch",
            "2048",
            "--seq",
            "4096",
            "--precision",
            "mxfp8",
            "--tp",
            "1",
            "--pp",
            "1",
            "--ep",
            "64",
            "--write",
            folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String arguments = Files.readString(folder.resolve("arguments.txt"));
    assertTrue(arguments.matches("(?s).*--recompute-modules [a-z_ ]*\\bmhc\\b.*"), arguments);
  }

  @Test
  void namedModulesAndOffload_reachMegatronsArguments() throws IOException {
    train("--recompute", "selective", "--write", folder.toString());
    Path problem = folder.resolve("train-problem.json");
    Files.writeString(
        problem,
        Files.readString(problem)
            .replace(
                "\"training\": {",
                "\"training\": {\"hostOptimizer\": 0.5, \"recomputeModules\": [\"mlp\"],"));
    CommandRun run =
        CommandRun.of(
            "export",
            folder.resolve("train-solution.json").toString(),
            "--for",
            "megatron",
            "--stale",
            "-o",
            folder.resolve("exports").toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String arguments =
        Files.readString(folder.resolve("exports/train-solution/megatron/arguments.txt"));
    assertTrue(
        arguments.contains("--recompute-granularity selective --recompute-modules mlp"), arguments);
    assertTrue(
        arguments.contains(
            "--optimizer-cpu-offload --use-precision-aware-optimizer"
                + " --optimizer-offload-fraction 0.5"),
        arguments);
  }

  // 40 GB of weights, gradients and states leave 32 GB: a few layers are enough.
  @Test
  void someLayersAgain_areFasterThanAll() {
    String[] rest = {
      "--seq", "32768", "--tp", "4", "--cp", "1", "--pp", "1", "--recompute", "full"
    };
    CommandRun some = trainWith("--json", rest);
    CommandRun all = trainWith("--json", rest, "--recompute-layers", "0");
    assertEquals(ExitCode.SOLVED, some.exitCode(), some.err());
    JsonCursor best = some.json().get("options").list().get(0);
    int layers = (int) best.get("trainer").get("recomputedLayers").number();
    assertTrue(layers > 0 && layers < 32, best.get("trainer").toString());
    assertTrue(step(some) < step(all));
    String launch = some.json().get("launch").tree().toString();
    assertTrue(
        launch.contains("--recompute-method block --recompute-num-layers " + layers), launch);
  }

  private static CommandRun trainWith(String first, String[] rest, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("plan", "--train", "--model", "llama-3.1-8b", "--gpu", "h100", "--gpus", "8"));
    arguments.addAll(List.of("--global-batch", "16", first));
    arguments.addAll(Arrays.asList(rest));
    arguments.addAll(Arrays.asList(more));
    return CommandRun.of(arguments.toArray(new String[0]));
  }

  // Asked to stop after the first layout, as a time limit and Ctrl-C ask.
  @Test
  void stoppedSearch_keepsItsBest() {
    CommandRun run = train("--json", "--write", folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    Path file = folder.resolve("train-problem.json");
    Problem written = ProblemFile.read(file, file.toString());
    Problem open = written.withLayoutSpace(LayoutSpace.open());
    List<TrainingSearch.Answer> seen = new ArrayList<>();

    TrainingSearch.Answer answer =
        new TrainingSearch(open, 24, 1).answer(layout -> true, () -> !seen.isEmpty(), seen::add);

    assertEquals(1, seen.size());
    assertFalse(answer.complete());
    assertEquals(1, answer.options().size());
    assertEquals(seen.get(0).options().get(0).stepSeconds(), answer.options().get(0).stepSeconds());
  }

  @Test
  void timeLimit_leavesTheBestSoFarOrSaysThatThereIsNone() {
    CommandRun run = train("--json", "--time-limit", "1ms");
    assertFalse(run.json().get("complete").bool());
    assertEquals(
        run.json().get("options").list().isEmpty() ? ExitCode.NO_FEASIBLE_PLAN : ExitCode.SOLVED,
        run.exitCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--isl 100 | --isl is for serving",
        "--mode aggregated | --mode is for serving",
        "--recompute-layers 1001 | --recompute-layers must be in 0..1000",
        "--tp 0 | degrees must be in 1..",
        "--schedule gpipe | --schedule must be one of 1f1b, interleaved, zb1p, dualpipe",
        "--zero 4 | --zero must be in 0..3",
        "--tokens 0 | --tokens must be in",
        "--engine vllm | no training engine is called vllm"
      })
  void badOption_isRefused(String options, String words) {
    CommandRun run = train(options.split(" "));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains(words), run.err());
  }

  // Megatron-LM's optimizer on the host is its distributed one; the option is named, not a file.
  @Test
  void momentsOnTheHost_needADistributedOptimizer() {
    CommandRun run = train("--tp", "2", "--pp", "1", "--zero", "0", "--offload", "optimizer");
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.out());
    assertTrue(
        run.err().contains("command line: --offload: Megatron-LM: holds moments"), run.err());
    assertTrue(run.err().contains("Nearest that pass: none"), run.err());
  }

  @Test
  void someLayersAgain_areSaid() {
    CommandRun run =
        train("--tp", "2", "--pp", "1", "--recompute", "full", "--recompute-layers", "3");
    assertTrue(run.out().contains("recompute full in the first 3 of each chunk"), run.out());
  }

  // One copy over more than 1,000 ranks is refused for the ranks that there are, not for its size.
  @Test
  void copiesOfManyRanks_areTaken() {
    CommandRun run = train("--zero", "3", "--shard-ranks", "2048");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode(), run.err());
    assertTrue(run.err().contains("shardRanks 2048 does not divide"), run.err());
  }

  @Test
  void layoutThatMemoryCannotHold_saysWhatIsMissing() {
    CommandRun run =
        train("--tp", "1", "--pp", "1", "--zero", "0", "--recompute", "none", "--micro-batch", "2");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode());
    assertTrue(run.err().contains("GB too much"), run.err());
    assertTrue(run.err().contains("\n  Give more --gpus"), run.err());
  }

  @Test
  void optionsOfTraining_needTrain() {
    for (String option : List.of("--tp", "--global-batch", "--zero")) {
      CommandRun run =
          CommandRun.of("plan", "--model", "m", "--gpu", "h100", "--gpus", "2", option, "2");

      assertEquals(ExitCode.BAD_INPUT, run.exitCode());
      assertTrue(run.err().contains(option + " needs --train"), run.err());
    }
  }
}
