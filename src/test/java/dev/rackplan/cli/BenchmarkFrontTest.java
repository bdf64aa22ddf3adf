package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code benchmark --nic-GBps} on a layer whose two ends of the front are known: 8 experts on 4
 * GPUs in 2 domains, 2 of 8 a token. 7 of 10 tokens take two of the experts 0 to 3, the others two
 * of 4 to 7.
 */
class BenchmarkFrontTest {
  private static final String MODEL =
      """
      {"name": "pairs", "source": "made up for tests", "architecture": "tiny", "hiddenSize": 1024, "vocabularySize": 100,
       "tiedEmbeddings": false,
       "layers": [{"attention": {"kind": "groupedQuery", "heads": 4, "kvHeads": 2, "headDimension": 16},
         "ffn": {"kind": "moe", "experts": 8, "expertsPerToken": 2, "expertWidth": 2048}}]}
      """;

  private static final String TOPOLOGY =
      """
      {"name": "two-nodes", "gpu": "h100-sxm", "racks": {"count": 2, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 2}}
      """;

  private static final String PROBLEM =
      """
      {"name": "pairs", "model": "../models/pairs.json", "topology": "../topologies/two-nodes.json",
       "workload": {"phase": "prefill", "contextTokens": 8192, "concurrentSequences": 4,
        "routing": {"samples": "pairs.csv", "holdOut": 0.5, "holdOutBy": "token", "parts": 1}},
       "engine": {"dispatchRule": "even", "copyRule": "perDomain", "twoBatchOverlap": false},
       "layout": {"replicas": 1, "pipelineStages": 1, "expertParallel": 4, "attentionTensorParallel": 1,
        "microBatches": 1, "redundantExperts": 0}}
      """;

  @TempDir private Path folder;
  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
    tiny.write("models/pairs.json", MODEL);
    tiny.write("topologies/two-nodes.json", TOPOLOGY);
    tiny.write("problems/pairs.json", PROBLEM);
    tiny.write("problems/pairs.csv", tokens());
  }

  // Each pair of a group equally often, in both halves: 2 halves of 6 pairs, 7 and 3 times each.
  private static String tokens() {
    StringBuilder text = new StringBuilder("request,l0e0,l0e1\n");
    for (int half = 0; half < 2; half++) {
      for (int first = 0; first < 4; first++) {
        for (int second = first + 1; second < 4; second++) {
          String hot = half + "," + first + "," + second + "\n";
          String cold = half + "," + (4 + first) + "," + (4 + second) + "\n";
          text.append(hot.repeat(7)).append(cold.repeat(3));
        }
      }
    }
    return text.toString();
  }

  private CommandRun front(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("benchmark", tiny.path("problems/pairs.json")));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  @Test
  void fasterNetwork_buysBalanceWithTraffic_betweenTheTwoKnownEnds() {
    CommandRun run = front("--steps", "3000", "--nic-GBps", "1000,1,20,60", "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    JsonCursor tree = run.json().list().get(0);
    List<JsonCursor> points = tree.get("points").list();
    // Given in any order, shown from slow to fast; NVLink 4 is 450 GB/s one way.
    assertEquals(
        List.of(1e9, 20e9, 60e9, 1000e9),
        points.stream().map(point -> point.get("nicBytesPerSecond").number()).toList());
    assertEquals(
        List.of(450.0, 22.5, 7.5, 0.45),
        points.stream().map(point -> point.get("scaleUpToScaleOut").number()).toList());
    for (String tokens : List.of("placement", "heldOut")) {
      List<Double> balance = figures(points, tokens, "balancedness");
      List<Double> remote = figures(points, tokens, "remoteDomainsPerToken");
      for (int i = 1; i < points.size(); i++) {
        assertTrue(balance.get(i) >= balance.get(i - 1) - 1e-9, run.out());
        assertTrue(remote.get(i) >= remote.get(i - 1) - 1e-9, run.out());
      }
      // Slow: a domain for each group. A hot expert has 0.7 * 2/4 of a token, so does each of its
      // two on a GPU, a mean GPU has 2/4: 0.5 / 0.7. Half of the tokens live in the other domain.
      assertEquals(0.5 / 0.7, balance.get(0), 1e-6);
      assertEquals(0.5, remote.get(0), 1e-6);
      // Fast: a hot and a cold expert on each GPU. Of the 6 pairs of a group 2 lie in one domain,
      // 4 in both: (2 * 0.5 + 4 * 1) / 6.
      assertEquals(1, balance.get(3), 1e-6);
      assertEquals(5 / 6.0, remote.get(3), 1e-6);
    }
  }

  private static List<Double> figures(List<JsonCursor> points, String tokens, String figure) {
    return points.stream()
        .map(
            point -> {
              List<JsonCursor> placers = point.get("placers").list();
              assertEquals(5, placers.size());
              JsonCursor search = placers.get(4);
              assertEquals("rackplan", search.text("placer"));
              return search.get(tokens).get(figure).number();
            })
        .toList();
  }

  @Test
  void tables_nameTheRatioAndHoldTheUsualPlacementsOnce() {
    CommandRun text = front("--steps", "20", "--nic-GBps", "50,200");
    CommandRun markdown = front("--steps", "20", "--nic-GBps", "50,200", "--markdown");

    assertTrue(text.out().startsWith("pairs\n") && text.out().contains("\nplacer "), text.out());
    // The table is wider than a terminal: it goes on below.
    long parts = text.out().lines().filter(line -> line.startsWith("placer ")).count();
    assertEquals(
        2 * parts, text.out().lines().filter(line -> line.startsWith("rackplan ")).count());
    assertEquals(parts, text.out().lines().filter(line -> line.startsWith("eplb-global ")).count());
    assertTrue(text.out().contains(" 9 : 1 "), text.out());
    assertTrue(markdown.out().contains("\n| rackplan | 200 | 2.25 : 1 | "), markdown.out());
  }

  @Test
  void chart_isWrittenWholeWithTheSameBytes_whateverTheThreads() throws IOException {
    String[] options = {"--steps", "20", "--nic-GBps", "50,200", "--chart"};
    for (String[] more : List.of(new String[] {"one", "1"}, new String[] {"two", "2"})) {
      List<String> all = new ArrayList<>(List.of(options));
      all.addAll(List.of(tiny.path(more[0]), "--threads", more[1]));
      CommandRun run = front(all.toArray(String[]::new));
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      assertTrue(run.err().contains(": drawn to " + tiny.path(more[0])), run.err());
      try (Stream<Path> files = Files.list(folder.resolve(more[0]))) {
        assertEquals(
            List.of("pairs.svg"), files.map(file -> file.getFileName().toString()).toList());
      }
    }

    assertTrue(tiny.read("one/pairs.svg").contains(">200 GB/s<"));
    assertEquals(tiny.read("one/pairs.svg"), tiny.read("two/pairs.svg"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "\"--nic-GBps=50,0\",                    '0' must be more than 0",
        "--nic-GBps=-5,                          '-5' is no bandwidth; write GB/s",
        "--nic-GBps=fast,                        'fast' is no bandwidth; write GB/s",
        "\"--nic-GBps=50,100,50\",               gives 50.0 twice; give each bandwidth once",
        "\"--nic-GBps=50,50.0\",                 gives 50.0 twice; give each bandwidth once",
        "--chart=charts,                         --chart needs --nic-GBps",
        "--steps=5,                              --steps needs --nic-GBps",
        "--nic-GBps=50 --steps=5 --time-limit=1s, --time-limit and --steps exclude each other",
        "--nic-GBps=50 --threads=0,              threads must be >= 1",
        "--nic-GBps=50 --seeds=0,                seeds must be >= 1",
      })
  void badOptions_exit2WithARemedy(String options, String words) {
    CommandRun run = front(options.split(" "));

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains(words), run.err());
    assertTrue(run.err().contains("\n  Try 'rackplan benchmark --help'."), run.err());
  }

  @Test
  void chartFolderThatCannotBeWritten_exits2BeforeAnySearch() {
    tiny.write("taken", "a file");
    CommandRun file = front("--nic-GBps", "50", "--chart", tiny.path("taken"));
    CommandRun below = front("--nic-GBps", "50", "--chart", tiny.path("taken/charts"));

    assertEquals(ExitCode.BAD_INPUT, file.exitCode());
    assertEquals(
        tiny.path("taken") + ": is not a folder\n  Give a folder with --chart.\n", file.err());
    assertEquals(ExitCode.BAD_INPUT, below.exitCode());
    assertTrue(below.err().contains("taken is no writable folder\n  Give another"), below.err());
    assertFalse(below.err().contains("seed 0"), below.err());
  }

  @Test
  void twoProblemsOfOneName_areRefused() {
    tiny.write("others/pairs.json", PROBLEM);
    CommandRun run =
        front(tiny.path("others/pairs.json"), "--nic-GBps", "50", "--chart", tiny.path("charts"));

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("would be written to "), run.err());
    assertFalse(tiny.has("charts"));
  }
}
