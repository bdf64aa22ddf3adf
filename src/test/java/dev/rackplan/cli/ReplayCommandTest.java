package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.SharedData;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests through solved plans. */
class ReplayCommandTest {
  private static final String SERVED =
      """
      {"name": "served", "model": "../models/tiny-moe.json", "topology": "../topologies/two-racks.json",
       "workload": {"phase": "serving", "inputTokens": 2000, "outputTokens": 40, "requestsPerSecond": 100, "chunkTokens": 500,
        "routing": {"powerLaw": {"alpha": 1.2, "seed": 3}}},
       "layout": {"prefill": {"expertParallel": 2, "sequencesPerMicroBatch": 2},
        "decode": {"expertParallel": 2, "sequencesPerMicroBatch": 64}},
       "limits": {"tpotMillis": 50, "ttftMillis": 5000}}
      """;

  @TempDir private Path folder;
  private TinyProblem tiny;

  @BeforeEach
  void solve() {
    tiny = new TinyProblem(folder);
    tiny.write("problems/served.json", SERVED);
    for (String name : List.of("tiny", "served")) {
      CommandRun run =
          CommandRun.of(
              "solve",
              tiny.path("problems/" + name + ".json"),
              "-o",
              tiny.path("solutions"),
              "--steps",
              "20");
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    }
  }

  private CommandRun replay(String solution, String... more) {
    List<String> arguments = new ArrayList<>(List.of("replay", tiny.path("solutions/" + solution)));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private JsonCursor figures(String solution, String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.add("--json");
    CommandRun run = replay(solution, arguments.toArray(String[]::new));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return run.json();
  }

  @Test
  void plan_servesBothPhases() {
    JsonCursor figures =
        figures("tiny.json", "--rate", "200", "--isl", "500", "--osl", "20", "--requests", "400");
    assertEquals(400, figures.get("served").number());
    assertEquals(0, figures.get("refused").number());
    assertEquals("both", figures.get("pools").list().get(0).text("name"));
    JsonCursor ttft = figures.get("ttftMillis");
    assertTrue(ttft.get("p50").number() > 0);
    assertTrue(ttft.get("p50").number() <= ttft.get("p95").number());
    assertTrue(ttft.get("p95").number() <= ttft.get("p99").number());
    assertTrue(ttft.get("p99").number() <= ttft.get("longest").number());
    assertEquals(50, figures.get("tpotLimitMillis").number());
    assertEquals(
        400 * 20 / figures.get("seconds").number(), figures.get("tokensPerSecond").number(), 1e-6);
  }

  // Where requests are far apart each is alone: it waits for the front end, 1 ms and 2.5 µs a
  // token.
  @Test
  void lonelyRequests_areAlike() {
    JsonCursor figures =
        figures("tiny.json", "--rate", "0.1", "--isl", "990", "--osl", "21", "--requests", "50");
    assertEquals(1 + 0.0025 * 990, figures.get("queueMillis").get("longest").number(), 1e-9);
    assertEquals(
        figures.get("tpotMillis").get("p50").number(),
        figures.get("tpotMillis").get("longest").number(),
        1e-9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"served-prefill.json", "served-decode.json"})
  void pools_serveTogether(String solution) {
    JsonCursor figures = figures(solution, "--requests", "500", "--seed", "3");
    assertEquals("served", figures.text("name"));
    assertEquals(2, figures.get("pools").list().size());
    assertEquals(500, figures.get("served").number());
    assertEquals(100, figures.get("requestsPerSecond").number(), 15);
    for (JsonCursor pool : figures.get("pools").list()) {
      int spans = pool.get("overTime").list().size();
      assertTrue(spans > 100 && spans <= 240, "spans: " + spans);
      assertTrue(pool.get("mostKvShare").number() <= 1);
    }
  }

  @Test
  void sameSeed_givesTheSameBytes() {
    String[] arguments = {"--rate", "300", "--isl", "700", "--osl", "30", "--requests", "300"};
    CommandRun one = replay("tiny.json", arguments);
    assertEquals(one.out(), replay("tiny.json", arguments).out());
    String[] other = {
      "--rate", "300", "--isl", "700", "--osl", "30", "--requests", "300", "--seed", "1"
    };
    assertNotEquals(one.out(), replay("tiny.json", other).out());
  }

  @Test
  void traces_comeAtTheirTimesOrAtARate() {
    tiny.write(
        "trace.csv",
        "arrived_at,num_prefill_tokens,num_decode_tokens\n0,400,10\n1,600,30\n4,500,0\n");
    JsonCursor own = figures("tiny.json", "--trace", tiny.path("trace.csv"));
    assertEquals(0.75, own.get("requestsPerSecond").number(), 1e-9);
    JsonCursor fast = figures("tiny.json", "--trace", tiny.path("trace.csv"), "--rate", "100");
    assertEquals(3 / 0.02, fast.get("requestsPerSecond").number(), 1e-6);

    tiny.write("untimed.jsonl", "{\"input_length\": 100, \"output_length\": 5}\n".repeat(5));
    CommandRun refused = replay("tiny.json", "--trace", tiny.path("untimed.jsonl"));
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(refused.err().contains("Give --rate R"), refused.err());
    assertEquals(
        5,
        figures("tiny.json", "--trace", tiny.path("untimed.jsonl"), "--rate", "9")
            .get("served")
            .number());
  }

  @Test
  void pageAndCsv_holdEveryRequest() {
    CommandRun run =
        replay(
            "served-decode.json",
            "--requests",
            "50",
            "--csv",
            tiny.path("out/r.csv"),
            "--html",
            tiny.path("out/r.html"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(51, tiny.read("out/r.csv").lines().count());
    String page = tiny.read("out/r.html");
    for (String chart : List.of("ttft", "tpot", "waiting", "running", "kv")) {
      assertTrue(page.contains("data-chart=\"" + chart + "\""), chart);
    }
    assertTrue(run.out().contains("Goodput: "), run.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rate 5 --osl 3 | give --trace FILE or --isl N",
        "--isl 5 --osl 3 | give --trace FILE or --rate R",
        "--rate 0 --isl 5 --osl 3 | --rate must be in 1e-6..1e9, was 0.0",
        "--rate 1 --isl 0 --osl 3 | --isl must be in 1..10000000, was 0",
        "--rate 1 --isl 5 --osl 3 --router best | --router must be one of roundRobin, leastLoaded, cacheAware, was 'best'",
        "--rate 1 --isl 5 --osl 3 --order last | --order must be one of promptsFirst, mixed, was 'last'",
        "--rate 1 --isl 5 --osl 3 --prefix-cached 1 | --prefix-cached must be in [0, 1), was 1.0",
        "--trace none.csv --isl 5 | --isl and --osl are lengths without a trace",
      })
  void badArguments_areRefused(String arguments, String message) {
    CommandRun run = replay("tiny.json", arguments.split(" "));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "azure2024_like.csv",
        "bailian_like.jsonl",
        "burst3_like.csv",
        "vidur_like.csv",
        "dynamo_sessions.jsonl"
      })
  void traces_ofEveryForm_areReplayed(String name) {
    Path trace = SharedData.dir("cases", "traces").resolve(name);
    JsonCursor figures = figures("tiny.json", "--trace", trace.toString());
    assertEquals(figures.get("requests").number(), figures.get("served").number());
  }
}
