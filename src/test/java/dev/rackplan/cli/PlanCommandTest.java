package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.JsonCursor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One sentence of a question, without a file. */
class PlanCommandTest {
  @TempDir private Path folder;

  private static CommandRun plan(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("plan", "--model", "llama-3.1-8b", "--gpu", "h100", "--isl", "1000", "--osl"));
    arguments.add("200");
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
}
