package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One sentence of a question, without a file. */
class PlanCommandTest {
  @TempDir private Path folder;

  private static CommandRun plan(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("plan", "--model", "llama-3.1-8b", "--gpu", "h100", "--isl", "1000", "--osl"));
    arguments.add("200");
    // Given again: the last stands.
    for (int i = 0; i + 1 < more.length; i++) {
      int before = arguments.indexOf(more[i]);
      if (before >= 0 && (List.of("--isl", "--osl", "--model", "--gpu").contains(more[i]))) {
        arguments.subList(before, before + 2).clear();
      }
    }
    arguments.addAll(Arrays.asList(more));
    return CommandRun.of(arguments.toArray(new String[0]));
  }

  private static double number(JsonCursor deployment, String key) {
    return deployment.get(key).number();
  }

  // Tokens/s/GPU is requests times 200 tokens over GPUs; prices are the hour's over the tokens.
  @Test
  void most_usesTheGpusAndIsSortedByRequests() {
    CommandRun run = plan("--gpus", "4", "--ttft", "500ms", "--tpot", "20ms", "--json");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<JsonCursor> found = run.json().get("deployments").list();

    assertTrue(found.stream().anyMatch(one -> one.get("mode").text().equals("aggregated")));
    assertTrue(found.stream().anyMatch(one -> one.get("mode").text().equals("disaggregated")));
    assertTrue(found.stream().anyMatch(one -> one.get("onFront").bool()));
    double before = Double.MAX_VALUE;
    for (JsonCursor one : found) {
      double requests = number(one, "requestsPerSecond");
      assertTrue(requests <= before);
      before = requests;
      assertTrue(number(one, "gpus") <= 4);
      assertTrue(number(one, "ttftMillis") <= 500);
      assertTrue(number(one, "tpotMillis") <= 20);
      assertEquals(
          requests * 200 / number(one, "gpus"),
          number(one, "tokensPerSecondPerGpu"),
          1e-9 * requests);
      assertEquals(
          number(one, "usdPerRequest") / 200 * 1e6,
          number(one, "usdPerMillionOutputTokens"),
          1e-9 * requests);
    }
  }

  // 131,072 positions hold prompt and answer; catalogue names may stand for shorter checkpoints,
  // of which Qwen3-4B takes 40,960 tokens. 40,000 and half of the answer are within them, all of it
  // is not.
  @Test
  void lengths_areWithinWhatTheModelHas() {
    CommandRun longer = plan("--gpus", "1", "--isl", "131000");
    assertEquals(ExitCode.BAD_INPUT, longer.exitCode());
    assertTrue(
        longer.err().contains("--isl: 131200 tokens of context are more than the model's config"),
        longer.err());
    CommandRun remarked =
        plan("--gpus", "1", "--model", "qwen3-4b", "--isl", "40000", "--osl", "1500");
    assertEquals(ExitCode.SOLVED, remarked.exitCode(), remarked.err());
    assertTrue(remarked.out().contains("41500 tokens of context: some checkpoints of this name"));
    Matcher named = Pattern.compile("--context-length (\\d+)").matcher(remarked.out());
    assertTrue(named.find() && Integer.parseInt(named.group(1)) >= 41500, remarked.out());
    CommandRun scaled =
        plan("--gpus", "1", "--model", "Qwen/Qwen3-8B", "--isl", "40000", "--osl", "1500");
    assertTrue(
        scaled.out().contains("41500 tokens of context: a checkpoint whose config takes 40960"),
        scaled.out());
    assertTrue(scaled.out().contains("--json-model-override-args"), scaled.out());
    CommandRun shorter =
        plan("--gpus", "1", "--model", "qwen3-4b", "--isl", "40000", "--osl", "960");
    assertTrue(shorter.out().contains("--context-length 40960"), shorter.out());
    CommandRun own = plan("--gpus", "1", "--isl", "9000");
    assertEquals(ExitCode.SOLVED, own.exitCode(), own.err());
    assertTrue(!own.out().contains("some checkpoints"), own.out());
    assertTrue(own.out().contains("--context-length 131072"), own.out());
  }

  // In one order, run for run.
  @Test
  void nothingFound_isSaidInOneOrder() {
    CommandRun run = plan("--gpus", "1", "--tpot", "0.001ms", "--json");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode(), run.err());
    assertEquals(List.of("complete", "nearest", "deployments"), run.json().keys());
  }

  // Every GPU of the launch tables is another one of the cluster's hosts of 8.
  @Test
  void pools_standOnTheHostsThatThereAre() throws IOException {
    Path to = folder.resolve("d");
    CommandRun run =
        plan(
            "--gpus",
            "12",
            "--mode",
            "disaggregated",
            "--engine",
            "vllm",
            "--write",
            to.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<String> devices = new ArrayList<>();
    try (Stream<Path> files = Files.walk(to, 2)) {
      for (Path file : files.filter(path -> path.endsWith("launch.sh")).sorted().toList()) {
        Matcher row =
            Pattern.compile("(?m)^(\\S+) \\d+ \\d+ \\d+ \\d+ \\S+ \\d+ ([\\d,]+)$")
                .matcher(Files.readString(file));
        while (row.find()) {
          for (String device : row.group(2).split(",")) {
            devices.add(row.group(1) + " " + device);
          }
        }
      }
    }
    assertEquals(devices.size(), devices.stream().distinct().count(), devices.toString());
    List<String> there = new ArrayList<>();
    for (int gpu = 0; gpu < 8; gpu++) {
      there.add("full-0-domain-0-node-0 " + gpu);
    }
    for (int gpu = 0; gpu < 4; gpu++) {
      there.add("rest-0-domain-0-node-0 " + gpu);
    }
    assertTrue(there.containsAll(devices), devices.toString());
    assertTrue(run.out().contains("on " + devices.size() + " GPUs"), run.out());
    // Pools of equal size are no longer taken for the same GPUs.
    List<String> export = new ArrayList<>(List.of("export", "--pair", "--for", "slurm", "-o"));
    export.add(folder.resolve("e").toString());
    try (Stream<Path> files = Files.list(to)) {
      files
          .filter(path -> path.toString().endsWith("-solution.json"))
          .forEach(path -> export.add(path.toString()));
    }
    CommandRun exported = CommandRun.of(export.toArray(new String[0]));
    assertEquals(ExitCode.SOLVED, exported.exitCode(), exported.err());
  }

  // Each maker's devices by its own name; what counts parts of a chip is not launched.
  @Test
  void devices_haveTheirMakersNames() {
    String[][] asked = {
      {"mi300x", "sglang", "env HIP_VISIBLE_DEVICES="},
      {"gaudi3", "vllm", "env HABANA_VISIBLE_MODULES="},
      {"tpu-v6e", "vllm", "env TPU_VISIBLE_CHIPS="},
      {"ascend-910b", "vllm-ascend", "env ASCEND_RT_VISIBLE_DEVICES="},
      {"trainium2", "vllm", "no launch file: engines on Neuron count cores"},
      {"tpu7x", "vllm", "no launch file: engines count two devices of a TPU7x chip"},
    };
    for (String[] one : asked) {
      CommandRun run = plan("--gpus", "1", "--gpu", one[0], "--engine", one[1]);
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      assertTrue(run.out().contains(one[2]), run.out());
    }
  }

  @Test
  void rate_takesTheFewestGpusAndSaysHowManyIdle() {
    JsonCursor most = plan("--gpus", "4", "--tpot", "20ms", "--json").json();
    double quarter = number(most.get("deployments").list().get(0), "requestsPerSecond") / 8;
    String[] asked = {"--gpus", "4", "--tpot", "20ms", "--rate", String.valueOf(quarter)};
    CommandRun run = plan(asked);

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String first = run.out().lines().findFirst().orElseThrow();
    assertTrue(first.contains("3 of 4 GPUs idle"), first);
    assertTrue(run.out().contains("sglang.launch_server"), run.out());
  }

  @Test
  void limitsThatNothingKeeps_sayWhatComesNearest() {
    CommandRun run = plan("--gpus", "2", "--tpot", "1ms");

    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode());
    assertTrue(run.err().contains("least TPOT of one sequence alone"), run.err());
    assertTrue(run.err().contains("\n  Raise --tpot or give more --gpus."), run.err());
  }

  // 349 GB in BF16: 8 GPUs of 48 GB hold no more than the weights, 12 in hosts of 8 and 4 hold them
  // in three stages of 4. The first host has two of them, each with a launcher and a port of its
  // own, since engines start equally many ranks in each.
  @Test
  void stagesOfUnlikeHosts_haveLaunchersOfTheirOwn() throws IOException {
    CommandRun run =
        plan(
            "--model",
            "gpt-3-175b",
            "--gpu",
            "rtx-a6000",
            "--gpus",
            "12",
            "--mode",
            "aggregated",
            "--write",
            folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.out().contains("1 x serve TP4 PP3"), run.out());
    String script = Files.readString(folder.resolve("serve/launch.sh"));
    assertTrue(script.contains("--nnodes 3 "), script);
    assertTrue(script.contains("(node_rank ? 9 + 1000 * node_rank : 7)"), script);
    List<String> table =
        script.lines().filter(line -> line.matches("(full|rest)-0-domain-0-node-0 0 .*")).toList();
    assertEquals(
        List.of(
            "full-0-domain-0-node-0 0 0 0 0 full-0-domain-0-node-0 20000 0,1,2,3",
            "full-0-domain-0-node-0 0 1 4 1 full-0-domain-0-node-0 20000 4,5,6,7",
            "rest-0-domain-0-node-0 0 2 8 2 full-0-domain-0-node-0 20000 0,1,2,3"),
        table);
  }

  // 141 GB in BF16 are on three H100 at least.
  @Test
  void poolsApart_withoutRoom_sayHowMuchTheyNeed() {
    CommandRun run =
        plan("--model", "llama-3.1-70b", "--gpus", "5", "--mode", "disaggregated", "--rate", "1");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode(), run.err());
    assertTrue(
        run.err().contains("pools apart are two instances of at least 3 GPUs each"), run.err());
    assertTrue(run.err().contains("Give at least 6 GPUs, or --mode aggregated."), run.err());
  }

  // A prompt of which half is cached is read in less time.
  @Test
  void cachedPrefix_letsMoreRequestsThrough() {
    String[] cached = {"--gpus", "1", "--tpot", "20ms", "--json", "--prefix-cached", "0.5"};
    JsonCursor plain = plan("--gpus", "1", "--tpot", "20ms", "--json").json();

    assertTrue(
        number(plan(cached).json().get("deployments").list().get(0), "requestsPerSecond")
            > number(plain.get("deployments").list().get(0), "requestsPerSecond"));
  }

  @Test
  void engines_havePlansOfTheirOwn() {
    for (String engine : List.of("vllm", "tensorrt-llm")) {
      CommandRun run = plan("--gpus", "2", "--ttft", "500ms", "--engine", engine);
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      assertTrue(run.out().contains(engine.equals("vllm") ? "vllm serve" : "trtllm"), run.out());
    }
  }

  @Test
  void badOptions_areRefused() {
    assertEquals(ExitCode.BAD_INPUT, plan("--gpus", "0").exitCode());
    assertEquals(ExitCode.BAD_INPUT, plan("--gpus", "2", "--rate", "many").exitCode());
    assertEquals(ExitCode.BAD_INPUT, plan("--gpus", "2", "--engine", "megatron").exitCode());
    assertEquals(ExitCode.BAD_INPUT, plan("--gpus", "2", "--prefix-cached", "1").exitCode());
    assertEquals(
        ExitCode.BAD_INPUT,
        CommandRun.of("plan", "--model", "llama-3.1-8b", "--gpu", "h100", "--gpus", "2")
            .exitCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--gpu h2000 --isl 9 --osl 9 | command line: --gpu: no accelerator \"h2000\"",
        "--gpu h100 --isl 9 --osl 9 --prefill-gpus 1 --prefill-gpu b2000 | --prefill-gpu: no acc",
        "--gpu h100 --isl 4000 | --osl is missing",
        "--gpu h100 --osl 4000 | --isl is missing",
        "--gpu h100 --isl 4000 --osl 0 | --osl must be in 1..10000000 tokens, was 0",
        "--gpu h100 --isl 9 --osl 9 --rate -1 | --rate must be more than 0, or left out; was -1",
        "--gpu h100 --isl 9 --osl 9 --rate many | requests per second or max, was 'many'",
        "--gpu h100 --isl 9 --osl 9 --tokens-per-second 0 | or left out; was 0",
        "--gpu h100 --isl 9 --osl 9 --concurrency 0.5 | --concurrency must be at least 1, was 0.5",
        "--gpu h100 --isl 9 --osl 9 --prefix-cached 1.5 | must be in [0, 1), was 1.5",
      })
  void badOption_isNamedWithItsValue(String options, String words) {
    List<String> line = new ArrayList<>(List.of("plan", "--model", "llama-3.1-8b", "--gpus", "1"));
    line.addAll(List.of(options.split(" ")));
    CommandRun run = CommandRun.of(line.toArray(String[]::new));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains(words), run.err());
  }

  // What is written is what other commands take.
  @Test
  void writtenFiles_areTakenFurther() {
    String to = folder.resolve("out").toString();
    CommandRun run = plan("--gpus", "2", "--tpot", "20ms", "--rate", "2", "--write", to);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());

    CommandRun valid = CommandRun.of("validate", to);
    assertEquals(ExitCode.SOLVED, valid.exitCode(), valid.err());
    assertTrue(run.out().contains("written: " + to + "/serve/launch.sh"), run.out());
    CommandRun judged =
        CommandRun.of(
            "evaluate", to + "/serve-problem.json", "--solution", to + "/serve-solution.json");
    assertEquals(ExitCode.SOLVED, judged.exitCode(), judged.err());
  }

  // 40,000 tokens and half of 1,500 are within the shorter checkpoint's 40,960, all of them are
  // not.
  @Test
  void writtenFiles_sayHowLongSequencesGet() throws IOException {
    Path to = folder.resolve("out");
    List<String> question = List.of("--gpus", "1", "--model", "qwen3-4b", "--isl", "40000");
    List<String> more = new ArrayList<>(question);
    more.addAll(List.of("--osl", "1500", "--write", to.toString()));
    CommandRun run = plan(more.toArray(String[]::new));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    CommandRun exported =
        CommandRun.of(
            "export", to + "/serve-solution.json", "--for", "sglang", "-o", to + "/exports");
    assertEquals(ExitCode.SOLVED, exported.exitCode(), exported.err());

    String again = Files.readString(to.resolve("exports/serve-solution/sglang/launch.sh"));
    Matcher named = Pattern.compile("--context-length (\\d+)").matcher(again);
    assertTrue(named.find() && Integer.parseInt(named.group(1)) >= 41500, again);
    assertTrue(Files.readString(to.resolve("serve/launch.sh")).contains(named.group()), again);
  }

  // The problem says how many sequences a rank runs at most: replay lets as many run as the launch
  // file, and export writes the same file again.
  @Test
  void writtenFiles_sayHowManySequencesRunAtMost() throws IOException {
    String to = folder.resolve("out").toString();
    CommandRun run = plan("--gpus", "1", "--tpot", "20ms", "--rate", "5", "--json", "--write", to);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String script = Files.readString(Path.of(to, "serve", "launch.sh"));
    Matcher most = Pattern.compile("--max-running-requests (\\d+)").matcher(script);
    assertTrue(most.find(), script);
    double mean =
        run.json()
            .get("deployments")
            .list()
            .get(0)
            .get("pools")
            .list()
            .get(0)
            .get("sequencesPerRank")
            .number();
    assertTrue(Integer.parseInt(most.group(1)) > mean, script);

    String solution = to + "/serve-solution.json";
    CommandRun replayed =
        CommandRun.of(
            "replay",
            solution,
            "--rate",
            "5",
            "--isl",
            "1000",
            "--osl",
            "200",
            "--requests",
            "200",
            "--json");
    assertEquals(ExitCode.SOLVED, replayed.exitCode(), replayed.err());
    assertEquals(
        Integer.parseInt(most.group(1)),
        replayed.json().get("pools").list().get(0).get("mostRunning").number());

    String again = folder.resolve("again").toString();
    CommandRun exported = CommandRun.of("export", solution, "--for", "sglang", "-o", again);
    assertEquals(ExitCode.SOLVED, exported.exitCode(), exported.err());
    String told = "--max-running-requests " + most.group(1);
    assertTrue(exportedScript(Path.of(again)).contains(told), again);
  }

  private static String exportedScript(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return Files.readString(
          files.filter(file -> file.endsWith("launch.sh")).findFirst().orElseThrow());
    }
  }

  // vLLM's decode pool has one stage, vllm-ascend's launch files connect no pools: what is best has
  // a launch file, and what would be better is told.
  @Test
  void whatTheEngineCannotStart_isLeftOutAndTold() {
    List<String> asked =
        List.of("plan", "--model", "llama-3.1-70b", "--gpus", "8", "--isl", "500", "--osl", "300");
    List<String> onH100 = List.of("--ttft", "300ms", "--tpot", "60ms", "--weights", "fp8");
    List<String> onAscend = List.of("--ttft", "1000ms", "--tpot", "50ms", "--weights", "int8");
    for (String engine : List.of("vllm", "vllm-ascend")) {
      List<String> words = new ArrayList<>(asked);
      words.addAll(engine.equals("vllm") ? onH100 : onAscend);
      words.addAll(List.of("--gpu", engine.equals("vllm") ? "h100" : "ascend-910b"));
      words.addAll(List.of("--engine", engine));
      CommandRun run = CommandRun.of(words.toArray(new String[0]));
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      assertTrue(!run.out().contains("no launch file"), run.out());
      assertTrue(run.out().contains("left out: "), run.out());
      words.add("--json");
      JsonCursor json = CommandRun.of(words.toArray(new String[0])).json();
      assertTrue(
          json.text("leftOut")
              .contains(engine.equals("vllm") ? "has one stage; the plan has" : "vllm-ascend"));
      for (JsonCursor one : json.get("deployments").list()) {
        for (JsonCursor pool : one.get("pools").list()) {
          boolean decodes = pool.text("role").equals("decode");
          assertTrue(!decodes || engine.equals("vllm"));
          assertTrue(!decodes || !pool.get("layout").has("pipelineStages"));
        }
      }
    }
  }

  // 20 requests of 200 tokens are 4,000 tokens a second.
  @Test
  void tokensPerSecond_areRequestsByTheirTokens() {
    JsonCursor requests = plan("--gpus", "4", "--rate", "20", "--tpot", "20ms", "--json").json();
    JsonCursor tokens =
        plan("--gpus", "4", "--tokens-per-second", "4000", "--tpot", "20ms", "--json").json();
    JsonCursor best = tokens.get("deployments").list().get(0);

    assertEquals(20, number(best, "requestsPerSecond"), 1e-9);
    assertEquals(4000, number(best, "tokensPerSecond"), 1e-6);
    assertEquals(
        number(requests.get("deployments").list().get(0), "tpotMillis"),
        number(best, "tpotMillis"));
  }

  // By Little's law, on the fewest GPUs: one less holds fewer within the limit.
  @Test
  void concurrency_isHeldOnTheFewestGpus() {
    JsonCursor best =
        plan("--gpus", "6", "--concurrency", "300", "--tpot", "20ms", "--json")
            .json()
            .get("deployments")
            .list()
            .get(0);
    double gpus = number(best, "gpus");

    // Loads are found to 1%.
    assertEquals(300, number(best, "concurrency"), 3);
    assertEquals(
        number(best, "concurrency"),
        number(best, "requestsPerSecond")
            * (number(best, "ttftMillis") + 199 * number(best, "tpotMillis"))
            / 1000,
        1e-6);
    assertTrue(gpus > 1 && gpus < 6, "GPUs: " + gpus);
    assertEquals(
        ExitCode.NO_FEASIBLE_PLAN,
        plan("--gpus", String.valueOf((int) gpus - 1), "--concurrency", "300", "--tpot", "20ms")
            .exitCode());
  }

  @Test
  void cost_isTheFewestUsdPerToken() {
    CommandRun run = plan("--gpus", "6", "--objective", "cost", "--tpot", "20ms", "--json");
    double before = 0;
    for (JsonCursor one : run.json().get("deployments").list()) {
      assertTrue(number(one, "usdPerMillionOutputTokens") >= before);
      before = number(one, "usdPerMillionOutputTokens");
    }
    JsonCursor most = plan("--gpus", "6", "--tpot", "20ms", "--json").json();
    assertTrue(
        number(run.json().get("deployments").list().get(0), "usdPerMillionOutputTokens")
            <= number(most.get("deployments").list().get(0), "usdPerMillionOutputTokens"));
  }

  // Tokens by their prices and idle GPUs are the cluster's hours; a GPU at 10 USD.
  @Test
  void bill_sumsToTheCluster() {
    String[] asked = {
      "--gpus",
      "3",
      "--tpot",
      "20ms",
      "--rate",
      "5",
      "--prefix-cached",
      "0.4",
      "--usd-per-hour",
      "10",
      "--watts",
      "1000",
      "--json"
    };
    JsonCursor best = plan(asked).json().get("deployments").list().get(0);
    JsonCursor bill = best.get("bill");
    double hour = 3600 * 5 / 1e6;

    assertEquals(30, number(bill, "usdPerHour"), 1e-9);
    assertEquals(30 - 10 * number(best, "gpus"), number(bill, "idleUsdPerHour"), 1e-9);
    assertEquals(
        30,
        hour
                * (600 * number(bill, "usdPerMillionInputTokens")
                    + 400 * number(bill, "usdPerMillionCachedTokens")
                    + 200 * number(bill, "usdPerMillionOutputTokens"))
            + number(bill, "idleUsdPerHour"),
        1e-6);
    assertTrue(
        number(bill, "usdPerMillionCachedTokens") < number(bill, "usdPerMillionInputTokens"));
    assertEquals(hour * 1e6 * 200 / 0.003, number(bill, "outputTokensPerMegawattHour"), 1);
  }

  // Six GPUs hold one instance of four, and two of another size beside.
  @Test
  void restOfTheCluster_isFilledWithASecondSize() {
    CommandRun run = onSixGpus("--json");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    JsonCursor best = run.json().get("deployments").list().get(0);

    assertEquals(6, number(best, "gpus"));
    assertEquals(0, run.json().get("idleGpus").number());
  }

  private static CommandRun onSixGpus(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("plan", "--model", "llama-3.1-70b", "--gpu", "h100", "--gpus", "6", "--isl"));
    arguments.addAll(List.of("1000", "--osl", "200", "--weights", "fp8"));
    arguments.addAll(Arrays.asList(more));
    return CommandRun.of(arguments.toArray(new String[0]));
  }

  // More GPUs at work may give fewer tokens a GPU: the lead is of what was asked for.
  @Test
  void lead_isOfRequests() {
    List<JsonCursor> both = onSixGpus("--json").json().get("deployments").list();
    double lead =
        number(both.get(0), "requestsPerSecond") / number(both.get(1), "requestsPerSecond") - 1;
    String words = String.format(Locale.ROOT, "%.1f%% ahead of the next in requests/s", 100 * lead);
    String text = onSixGpus().out();
    assertTrue(lead >= 0 && text.contains("\n" + words), words + " is not in " + text);
  }

  @Test
  void ownPrefillGpus_readPrompts() {
    String[] asked = {
      "--gpus", "2", "--tpot", "20ms", "--prefill-gpu", "h200", "--prefill-gpus", "2", "--json"
    };
    CommandRun run = plan(asked);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    for (JsonCursor one : run.json().get("deployments").list()) {
      for (JsonCursor pool : one.get("pools").list()) {
        String gpu = pool.get("role").text().equals("prefill") ? "h200-sxm" : "h100-sxm";
        assertEquals(gpu, pool.get("gpu").text());
        assertTrue(number(pool, "instances") * number(pool, "gpusPerInstance") <= 2);
      }
    }
    assertEquals(ExitCode.BAD_INPUT, plan("--gpus", "2", "--prefill-gpu", "h200").exitCode());
  }

  @Test
  void everyRow_saysHowSureItIs() {
    CommandRun run = plan("--gpus", "2", "--tpot", "20ms", "--json");
    for (JsonCursor one : run.json().get("deployments").list()) {
      JsonCursor sure = one.get("confidence");
      assertEquals(
          1,
          number(sure, "measured") + number(sure, "transferred") + number(sure, "formula"),
          1e-9);
      assertTrue(number(sure, "plusMinus") > 0);
      assertTrue(number(one.get("ttftConfidence"), "plusMinus") > 0);
      assertEquals(4, one.get("requestsPerSecondWithNodesLost").list().size());
    }
    assertTrue(run.json().get("complete").bool());
    CommandRun shown = plan("--gpus", "2", "--tpot", "20ms");
    assertTrue(shown.out().contains("the error is"), shown.out());
    assertTrue(shown.out().contains("with 1 host or tray lost"), shown.out());
  }

  @Test
  void table_fitsAnOldTerminal() {
    CommandRun run = plan("--gpus", "8", "--ttft", "500ms", "--tpot", "20ms");
    run.out()
        .lines()
        .takeWhile(line -> !line.startsWith("each of") && !line.endsWith(":"))
        .forEach(line -> assertTrue(line.length() <= 80, line));
  }

  @Test
  void timeLimit_endsTheSearch() {
    CommandRun run = plan("--gpus", "8", "--time-limit", "1ms");

    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode());
    assertTrue(run.err().contains("stopped before"), run.err());
  }

  // Fewer requests the shorter the percentile, and a replay of the best keeps it; a mean of the
  // same
  // length lets more through.
  @Test
  void percentiles_areKeptInAReplay() {
    double before =
        number(
            plan("--gpus", "2", "--ttft", "150ms", "--json")
                .json()
                .get("deployments")
                .list()
                .get(0),
            "requestsPerSecond");
    for (String limit : List.of("p90=150ms", "p99=150ms")) {
      CommandRun run = plan("--gpus", "2", "--ttft", limit, "--json");
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      JsonCursor replayed = run.json().get("replayed");
      String percentile = limit.substring(0, 3);
      assertTrue(replayed.get("withinLimits").bool());
      assertTrue(replayed.get("ttftMillis").get(percentile).number() <= 150);
      double now = number(run.json().get("deployments").list().get(0), "requestsPerSecond");
      assertTrue(now <= before, limit + ": " + now + " after " + before);
      before = now;
    }
    CommandRun never = plan("--gpus", "2", "--ttft", "p99=5ms");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, never.exitCode());
    CommandRun wrong = plan("--gpus", "2", "--ttft", "p97=500ms");
    assertEquals(ExitCode.BAD_INPUT, wrong.exitCode());
    assertTrue(wrong.err().contains("mean, p50, p90, p95, p99"), wrong.err());
  }

  // Goodput counts requests that keep each limit by themselves: of 10,000 at most 100 break a p99.
  @Test
  void percentiles_areShownWithGoodput() throws IOException {
    String to = folder.resolve("p99").toString();
    CommandRun run = plan("--gpus", "2", "--ttft", "p99=150ms", "--write", to);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());

    String row = run.out().lines().filter(line -> line.startsWith("TTFT [ms]")).findFirst().get();
    String[] cells = row.strip().split("\\s{2,}");
    assertEquals(7, cells.length, row);
    assertEquals("p99 150", cells[5]);
    assertTrue(Double.parseDouble(cells[4]) <= 150, row);
    assertTrue(Double.parseDouble(cells[6]) > 0, "± of the TTFT: " + row);
    Matcher share = Pattern.compile("goodput: .*\\((\\S+)%\\)", Pattern.DOTALL).matcher(run.out());
    assertTrue(share.find(), run.out());
    assertTrue(Double.parseDouble(share.group(1)) >= 99, share.group());
    assertTrue(run.out().contains("written: " + to + "/replay.html"), run.out());
    String page = Files.readString(Path.of(to, "replay.html"));
    assertTrue(page.contains("Goodput"), "the page says it, too");
  }

  @Test
  void mode_leavesTheOtherOut() {
    for (String mode : List.of("aggregated", "disaggregated")) {
      CommandRun run = plan("--gpus", "4", "--tpot", "20ms", "--mode", mode, "--json");
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      assertTrue(
          run.json().get("deployments").list().stream()
              .allMatch(one -> one.get("mode").text().equals(mode)));
    }
    assertEquals(ExitCode.BAD_INPUT, plan("--gpus", "4", "--mode", "both").exitCode());
  }

  // What a figure is of stands beside it: an operator may have meant other weights.
  @Test
  void plan_tellsModelEngineAndFormats() {
    CommandRun run = plan("--gpus", "1", "--weights", "fp8");
    assertTrue(run.out().contains("model: llama-3.1-8b; engine: SGLang"), run.out());
    assertTrue(run.out().contains("formats: weights fp8 (problem)"), run.out());
    assertTrue(run.out().contains("lost: 0.00, as a pool ends with it; with 2: 0.00"), run.out());
  }

  // What is launched has room for requests that come together.
  @Test
  void launch_hasRoomBesideTheMean() throws IOException {
    String out = folder.resolve("room").toString();
    CommandRun run = plan("--gpus", "1", "--rate", "5", "--tpot", "20ms", "--json", "--write", out);
    JsonCursor pool = run.json().get("deployments").list().get(0).get("pools").list().get(0);
    double mean = pool.get("sequencesPerRank").number();
    String script = Files.readString(Path.of(out, pool.text("name"), "launch.sh"));
    Matcher most = Pattern.compile("--max-running-requests (\\d+)").matcher(script);
    assertTrue(most.find(), script);
    double room = Double.parseDouble(most.group(1)) - mean;
    assertTrue(room >= 3 * Math.sqrt(mean), mean + " + " + room);
    // Steps of one GPU with 8 billion weights grow by less than half of their length with the
    // mean.
    assertTrue(room <= Math.sqrt(2) * 3 * Math.sqrt(mean) + 1, mean + " + " + room);
  }

  @Test
  void goalsThatContradict_areRefused() {
    assertEquals(
        ExitCode.BAD_INPUT, plan("--gpus", "2", "--rate", "3", "--concurrency", "4").exitCode());
    assertEquals(ExitCode.BAD_INPUT, plan("--gpus", "2", "--concurrency", "0").exitCode());
    assertEquals(ExitCode.BAD_INPUT, plan("--gpus", "2", "--objective", "joy").exitCode());
    assertEquals(ExitCode.BAD_INPUT, plan("--gpus", "2", "--routing", "loads.txt").exitCode());
  }

  // The first of 32 experts gets half of all choices: slower than synthetic loads.
  @Test
  void routing_isTakenFromTheFile() throws IOException {
    int experts = 32;
    List<String> row = new ArrayList<>();
    for (int e = 0; e < experts; e++) {
      row.add(e == 0 ? "31" : "1");
    }
    List<String> layers = Collections.nCopies(24, "[" + String.join(",", row) + "]");
    Path file = folder.resolve("loads.json");
    Files.writeString(file, "{\"logical_count\": [" + String.join(",", layers) + "]}");
    String[] asked = {
      "plan",
      "--model",
      "gpt-oss-20b",
      "--gpu",
      "h100",
      "--gpus",
      "2",
      "--isl",
      "1000",
      "--osl",
      "200",
      "--json"
    };
    JsonCursor synthetic = CommandRun.of(asked).json();
    List<String> more = new ArrayList<>(Arrays.asList(asked));
    more.addAll(List.of("--routing", file.toString(), "--write", folder.resolve("w").toString()));
    CommandRun run = CommandRun.of(more.toArray(new String[0]));

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(synthetic.get("routing").text().startsWith("synthetic"));
    assertEquals(file.toString(), run.json().get("routing").text());
    assertTrue(Files.exists(folder.resolve("w/routing/experts.json")));
    assertEquals(ExitCode.SOLVED, CommandRun.of("validate", folder + "/w").exitCode());
  }
}
