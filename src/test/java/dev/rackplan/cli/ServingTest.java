package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.CommittedSchema;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.cli.file.PoolFiles;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.TreeDifference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two pools from one stream of requests: solved, written, read back. */
class ServingTest {
  private static final String PROBLEM =
      """
      {"name": "served", "model": "../models/tiny-moe.json", "topology": "../topologies/two-racks.json",
       "workload": {"phase": "serving", "inputTokens": 2000, "outputTokens": 400, "requestsPerSecond": RATE, "chunkTokens": 50,
        "routing": {"powerLaw": {"alpha": 1.2, "seed": 3}}},
       "layout": {"prefill": {"expertParallel": 2, "sequencesPerMicroBatch": 2},
        "decode": {"expertParallel": [1, 2], "sequencesPerMicroBatch": 8192}},
       "limits": {"tpotMillis": 50, "ttftMillis": 5000}}
      """;

  @TempDir private Path folder;
  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
  }

  // Prompts of 1,000 on one GPU each, 20 a second: a GPU that is half busy lets the slowest of a
  // hundred wait, so that tighter percentiles ask for more GPUs. The last is out of reach.
  @Test
  void percentiles_areKeptInAReplay() {
    int before = 0;
    for (int millis : new int[] {1000, 60}) {
      CommandRun run = solvePercentile("\"ttftMillis\": {\"p99\": " + millis + "}");
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      JsonCursor replayed = run.json().get("replayed");
      assertTrue(replayed.get("withinLimits").bool());
      assertTrue(replayed.get("ttftMillis").get("p99").number() <= millis);
      CommandRun replay = CommandRun.of("replay", tiny.path("solutions/p-prefill.json"), "--json");
      int gpus = (int) replay.json().get("gpus").number();
      assertEquals(
          replayed.get("ttftMillis").get("p99").number(),
          replay.json().get("ttftMillis").get("p99").number(),
          1e-6);
      assertTrue(gpus > before, gpus + " after " + before);
      before = gpus;
    }
    double p99 = replayedP99();
    String page = ReportCommand.page(tiny.path("solutions/p-decode.json"));
    assertTrue(page.contains("Times of requests in a replay"), page);
    assertTrue(page.contains(">p99 60<"), "the limit stands beside the times");
    assertTrue(page.contains(String.format(Locale.ROOT, ">%.2f<", p99)), "p99 " + p99);
    CommandRun never = solvePercentile("\"ttftMillis\": {\"p99\": 15}");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, never.exitCode(), never.out());
    assertTrue(never.err().contains("no feasible plan"), never.err());
  }

  private double replayedP99() {
    return CommandRun.of("replay", tiny.path("solutions/p-prefill.json"), "--json")
        .json()
        .get("ttftMillis")
        .get("p99")
        .number();
  }

  private CommandRun solvePercentile(String limit) {
    tiny.write(
        "topologies/hosts.json",
        """
        {"name": "hosts", "gpu": "h100-sxm", "racks": {"count": 1, "domainsPerRack": 2, "nodesPerDomain": 1, "gpusPerNode": 8}}
        """);
    tiny.write(
        "problems/p.json",
        """
        {"name": "p", "model": "llama-3.1-8b", "topology": "../topologies/hosts.json",
         "workload": {"phase": "serving", "inputTokens": 1000, "outputTokens": 50, "requestsPerSecond": 30},
         "engine": {"name": "sglang"},
         "layout": {"prefill": {"attentionTensorParallel": 1, "pipelineStages": 1, "sequencesPerMicroBatch": 1, "microBatches": 1},
          "decode": {"attentionTensorParallel": 1, "pipelineStages": 1}},
         "limits": {LIMIT}}
        """
            .replace("LIMIT", limit));
    return CommandRun.of(
        "solve",
        tiny.path("problems/p.json"),
        "-o",
        tiny.path("solutions/"),
        "--steps",
        "20",
        "--force",
        "--json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "30 | {\"p97\": 100} | must have one key, p50, p90, p95 or p99, had p97",
        "30 | {\"p95\": 100, \"p99\": 200} | must have one key",
        "30 | {\"p95\": 0} | $.limits.ttftMillis.p95",
        "\"max\" | {\"p95\": 100} | needs a rate at which requests come"
      })
  void badPercentiles_areRefused(String rate, String limit, String words) {
    tiny.write(
        "problems/bad.json",
        PROBLEM.replace("RATE", rate).replace("\"ttftMillis\": 5000", "\"ttftMillis\": " + limit));
    CommandRun run = CommandRun.of("validate", tiny.path("problems/bad.json"));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains(words), run.err());
  }

  @Test
  void percentilesWithoutRequests_areRefused() {
    tiny.write(
        "problems/alone.json",
        TinyProblem.PROBLEM.replace("\"tpotMillis\": 50", "\"tpotMillis\": {\"p95\": 50}"));
    CommandRun run = CommandRun.of("validate", tiny.path("problems/alone.json"));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(
        run.err().contains("$.limits.tpotMillis")
            && run.err().contains("needs requests, whose times a replay tells"),
        run.err());
  }

  private CommandRun solve(String rate, String... more) {
    tiny.write("problems/served.json", PROBLEM.replace("RATE", rate));
    String[] arguments = new String[more.length + 6];
    String[] first = {
      "solve", tiny.path("problems/served.json"), "-o", tiny.path("solutions"), "--steps", "100"
    };
    System.arraycopy(first, 0, arguments, 0, 6);
    System.arraycopy(more, 0, arguments, 6, more.length);
    return CommandRun.of(arguments);
  }

  private Set<String> gpus(String pool) {
    Path file = Path.of(tiny.path("solutions/served-" + pool + ".json"));
    return SolutionFile.gpuNames(file, file.toString());
  }

  /** What one prefill and one decode instance take, from a run at a rate that one of each meets. */
  private double capacity(CommandRun run, String pool) {
    return run.json().get("serving").get(pool + "CapacityRequestsPerSecond").number();
  }

  @Test
  void pools_areSizedByTheRateAndShareNoGpu() {
    CommandRun one = solve("1", "--json");
    assertEquals(ExitCode.SOLVED, one.exitCode(), one.err());
    assertEquals(2, one.json().get("serving").get("prefillGpus").number());
    double prefill = capacity(one, "prefill");
    double decode = capacity(one, "decode");
    assertTrue(prefill > 1 && decode > 1);

    // One and a half times what the slower prefill pool takes: two of its instances.
    double rate = 1.5 * prefill;
    CommandRun two = solve(Double.toString(rate), "--json");
    assertEquals(ExitCode.SOLVED, two.exitCode(), two.err());
    JsonCursor figures = two.json().get("serving");
    assertEquals(4, figures.get("prefillGpus").number());
    double each = one.json().get("serving").get("decodeGpus").number();
    double decodeGpus = Math.ceil(rate / decode) * each;
    assertEquals(decodeGpus, figures.get("decodeGpus").number());
    assertEquals(4 / decodeGpus, figures.get("gpuRatio").number());
    assertTrue(capacity(two, "prefill") >= rate && capacity(two, "decode") >= rate);
    assertEquals(
        rate,
        capacity(two, "prefill")
            * rate
            * 2000
            / two.json().get("evaluations").get("prefill").get("tokensPerSecond").number(),
        1e-9 * rate);

    Set<String> all = new TreeSet<>(gpus("prefill"));
    all.addAll(gpus("decode"));
    assertEquals(4 + (int) decodeGpus, all.size(), "no GPU in both");
  }

  // An open rate is what the slower pool takes, on as many of the 8 GPUs as help; a little more has
  // no plan.
  @Test
  void openRate_isTheMostThatTheGpusTake() {
    CommandRun run = solve("\"max\"", "--json");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    JsonCursor figures = run.json().get("serving");
    double rate = figures.get("requestsPerSecond").number();
    assertEquals(Math.min(capacity(run, "prefill"), capacity(run, "decode")), rate, 1e-9 * rate);
    double used = figures.get("prefillGpus").number() + figures.get("decodeGpus").number();
    assertEquals(8 - used, figures.get("idleGpus").number());
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, solve(Double.toString(1.1 * rate)).exitCode());
    assertEquals(ExitCode.SOLVED, solve(Double.toString(0.99 * rate), "--force").exitCode());
    CommandRun shown = solve("\"max\"", "--force");
    assertTrue(shown.out().startsWith("served: "), shown.out());
    assertTrue(shown.out().lines().findFirst().orElseThrow().contains("idle"), shown.out());
  }

  // What is written holds where each pool is read beside the other.
  @ParameterizedTest
  @ValueSource(strings = {"1", "\"max\""})
  void poolsOverNarrowLeaves_areVerifiedBesideEachOther(String rate) {
    String leaf = ", \"scaleOut\": {\"nicGBps\": 1, \"oversubscription\": 50}}";
    tiny.write(
        "topologies/two-racks.json", TinyProblem.TOPOLOGY.replaceFirst("}}\\s*$", "}" + leaf));
    CommandRun run = solve(rate, "--json");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    for (String pool : List.of("prefill", "decode")) {
      CommandRun verified =
          CommandRun.of("verify", tiny.path("solutions/served-" + pool + ".json"));
      assertEquals(ExitCode.SOLVED, verified.exitCode(), verified.out() + verified.err());
    }
  }

  // 3 layers of 2 KV heads of 16 in BF16: 768,000 bytes of keys and values of 2,000 tokens.
  @Test
  void pools_haveLinksEnoughForTheCaches() {
    CommandRun wide = solve("1", "--json");
    JsonCursor figures = wide.json().get("serving");
    double bytes = 3 * 2 * 2 * 16 * 2 * 2000;
    assertEquals(bytes, figures.get("kvBytesPerRequest").number());
    assertEquals(bytes / (2 * 48e9), figures.get("prefillLinkShare").number(), 1e-15);
    double decode = figures.get("decodeGpus").number();
    assertEquals(bytes / (decode * 48e9), figures.get("decodeLinkShare").number(), 1e-15);

    // Each GPU sends four tenths of a request's cache a second.
    String nic = ", \"scaleOut\": {\"nicGBps\": " + 0.4 * bytes / 0.96 / 1e9 + "}}";
    tiny.write(
        "topologies/two-racks.json", TinyProblem.TOPOLOGY.replaceFirst("}}\\s*$", "}" + nic));
    CommandRun narrow = solve("1", "--json", "--force");
    assertEquals(ExitCode.SOLVED, narrow.exitCode(), narrow.err());
    figures = narrow.json().get("serving");
    assertEquals(4, figures.get("prefillGpus").number());
    assertEquals(1.6, capacity(narrow, "prefill"), 1e-9);
    assertEquals(1 / 1.6, figures.get("prefillLinkShare").number(), 1e-9);
    CommandRun shown = solve("1", "--force");
    assertTrue(
        shown.out().contains("KV caches: 0.8 MB a request, 0.00 GB/s from pool to pool, 62.5%"),
        shown.out());
  }

  // Whichever needs fewer, all whole: instances of one GPU or of two.
  @Test
  void layout_isTheOneThatNeedsTheFewestGpusForTheRate() {
    double one = prefillCapacity("1");
    double two = prefillCapacity("2");
    Set<Double> sizes = new TreeSet<>();
    for (double rate : new double[] {0.9 * one, 1.1 * one, 0.9 * two, 1.9 * one, 1.1 * two}) {
      tiny.write("problems/served.json", prefill("[1, 2]", Double.toString(rate)));
      double fewest = Math.min(Math.ceil(rate / one), 2 * Math.ceil(rate / two));
      assertEquals(fewest, served().get("prefillGpus").number(), "at " + rate);
      sizes.add(fewest);
    }
    assertTrue(sizes.size() > 1, "rates of one size show nothing: " + sizes);
  }

  // Of degrees that are searched one is estimated to meet the rate with one instance fewer than it
  // does, others with one more: together they must need no more GPUs than each alone.
  @ParameterizedTest
  @ValueSource(strings = {"377", "380"})
  void searchedDegrees_needNoMoreGpusThanEachAlone(String rate) {
    double both = decodeGpus("[2, 4]", rate);
    double fewest = Math.min(decodeGpus("2", rate), decodeGpus("4", rate));
    assertEquals(fewest, both);
  }

  private double decodeGpus(String expertParallel, String rate) {
    tiny.write(
        "topologies/hosts.json",
        "{\"name\": \"hosts\", \"gpu\": \"h100-sxm\", \"racks\": {\"count\": 4, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 8}}");
    tiny.write(
        "problems/served.json",
        """
        {"name": "served", "model": "gpt-oss-20b", "topology": "../topologies/hosts.json",
         "workload": {"phase": "serving", "inputTokens": 3000, "cachedTokens": 2990, "outputTokens": 400, "requestsPerSecond": RATE,
          "routing": {"powerLaw": {"alpha": 1.2, "seed": 3}}},
         "layout": {"prefill": {"expertParallel": 1}, "decode": {"expertParallel": DEGREES}},
         "limits": {"tpotMillis": 50, "ttftMillis": 5000}}
        """
            .replace("RATE", rate)
            .replace("DEGREES", expertParallel));
    return served().get("decodeGpus").number();
  }

  // A pool's plan is looked at as any other's, not by the GPUs that the rate needs.
  @Test
  void sensitivityOfAPool_movesItsThroughput() {
    assertEquals(ExitCode.SOLVED, solve("1").exitCode());
    CommandRun run =
        CommandRun.of(
            "sensitivity",
            tiny.path("problems/served.json"),
            "--solution",
            tiny.path("solutions/served-decode.json"),
            "--steps",
            "20",
            "--json");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    JsonCursor first = run.json().get("inputs").list().get(0);
    assertTrue(Math.abs(first.get("moved").list().get(0).get("change").number()) > 0.01, run.out());
  }

  private static String prefill(String expertParallel, String rate) {
    return PROBLEM
        .replace("{\"expertParallel\": 2,", "{\"expertParallel\": " + expertParallel + ",")
        .replace("RATE", rate);
  }

  private double prefillCapacity(String expertParallel) {
    tiny.write("problems/served.json", prefill(expertParallel, "1"));
    return served().get("prefillCapacityRequestsPerSecond").number();
  }

  private JsonCursor served() {
    CommandRun run =
        CommandRun.of(
            "solve",
            tiny.path("problems/served.json"),
            "-o",
            tiny.path("sized"),
            "--steps",
            "100",
            "--force",
            "--json");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return run.json().get("serving");
  }

  private String solution(String pool) {
    return tiny.read("solutions/served-" + pool + ".json");
  }

  @Test
  void betterPools_stay_butForForce() {
    // Room for the search to find something: more ranks, and experts to place twice.
    String wide =
        PROBLEM
            .replace("\"expertParallel\": 2", "\"expertParallel\": 4, \"redundantExperts\": 4")
            .replace("[1, 2]", "4, \"redundantExperts\": 4")
            .replace("RATE", "1");
    tiny.write("problems/served.json", wide);
    String[] arguments = {
      "solve", tiny.path("problems/served.json"), "-o", tiny.path("solutions"), "--json", "--steps"
    };
    CommandRun good = CommandRun.of(with(arguments, "2000"));
    assertEquals(ExitCode.SOLVED, good.exitCode(), good.err());
    String prefill = solution("prefill");
    String decode = solution("decode");

    CommandRun worse = CommandRun.of(with(arguments, "1"));
    assertEquals(ExitCode.SOLVED, worse.exitCode(), worse.err());
    assertTrue(worse.err().contains("is better and stays"), worse.err());
    assertTrue(worse.json().get("kept").bool());
    assertEquals(prefill, solution("prefill"));
    assertEquals(decode, solution("decode"));

    CommandRun forced = CommandRun.of(with(arguments, "1", "--force"));
    assertFalse(forced.json().get("kept").bool());
    assertTrue(solution("prefill").contains("\"steps\": 1,"), solution("prefill"));
    CommandRun again = CommandRun.of(with(arguments, "2000"));
    assertFalse(again.json().get("kept").bool());
    assertEquals(prefill, solution("prefill"));
    assertEquals(decode, solution("decode"));
  }

  private static String[] with(String[] arguments, String... more) {
    return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void resumedRun_leavesOutWhatIsDone_andMendsAPairThatSharesGpus() {
    assertEquals(ExitCode.SOLVED, solve("1").exitCode());
    String prefill = solution("prefill");
    CommandRun resumed = solve("1", "--resume");
    assertTrue(resumed.err().contains("served.json: done before, in "), resumed.err());

    // As if a run had been killed between its files: a GPU of the decode pool in the other, too.
    String own = gpus("prefill").iterator().next();
    String taken = gpus("decode").iterator().next();
    tiny.write("solutions/served-prefill.json", prefill.replace(own, taken));
    assertTrue(gpus("prefill").contains(taken));
    solve("1", "--resume");
    Set<String> shared = gpus("prefill");
    shared.retainAll(gpus("decode"));
    assertEquals(Set.of(), shared);
    assertEquals(prefill, solution("prefill"));
  }

  @Test
  void somethingElseInTheWay_stays() {
    assertEquals(ExitCode.SOLVED, solve("1").exitCode());
    String prefill = solution("prefill");
    tiny.write("solutions/served-decode.json", "{\"other\": 1}");
    CommandRun other = solve("1", "--seed", "3");
    assertEquals(ExitCode.BAD_INPUT, other.exitCode());
    assertTrue(other.err().contains("is in the way"), other.err());
    assertEquals(prefill, solution("prefill"));
    assertEquals("{\"other\": 1}", solution("decode"));
    assertEquals(ExitCode.SOLVED, solve("1", "--force").exitCode());
    assertEquals(prefill, solution("prefill"));
  }

  @Test
  void summary_saysBothPlansAndTheirRatio() {
    CommandRun run = solve("1");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(
        run.out().contains("served-prefill: tiny-moe on two-racks, prefill of prompts of 2000"),
        run.out());
    assertTrue(
        run.out().contains("served-decode: tiny-moe on two-racks, decode at a context of 2200"),
        run.out());
    assertTrue(
        run.out().contains("served: 1.00 requests/s of 2000 + 400 tokens on 2 GPUs for prefill"),
        run.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"prefill", "decode"})
  void solutions_readBack(String pool) throws IOException {
    assertEquals(ExitCode.SOLVED, solve("1").exitCode());
    String file = tiny.path("solutions/served-" + pool + ".json");
    CommandRun evaluated =
        CommandRun.of("evaluate", tiny.path("problems/served.json"), "--solution", file, "--json");
    assertEquals(ExitCode.SOLVED, evaluated.exitCode(), evaluated.err());
    assertEquals(List.of(), evaluated.json().get("differences").list());
    CommandRun valid = CommandRun.of("validate", file, tiny.path("problems/served.json"));
    assertEquals(ExitCode.SOLVED, valid.exitCode(), valid.err());
    assertTrue(valid.out().contains("solution of served-" + pool), valid.out());
    for (String kind : List.of("problem", "solution")) {
      String text =
          kind.equals("problem")
              ? tiny.read("problems/served.json")
              : tiny.read("solutions/served-" + pool + ".json");
      assertEquals(Set.of(), CommittedSchema.validate(kind, text));
    }
  }

  @Test
  void sharedGpus_areRefused() {
    assertEquals(ExitCode.SOLVED, solve("1").exitCode());
    String gpu = gpus("decode").iterator().next();
    String text = tiny.read("solutions/served-prefill.json");
    tiny.write(
        "solutions/served-prefill.json", text.replace(gpus("prefill").iterator().next(), gpu));
    CommandRun run = CommandRun.of("validate", tiny.path("solutions/served-prefill.json"));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("has " + gpu + ", which "), run.err());
  }

  @Test
  void tooHighARate_isNoFeasiblePlan() {
    CommandRun run = solve("1e9");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode());
    assertTrue(run.err().contains("8 are usable: "), run.err());
    assertTrue(run.err().contains(" too few"), run.err());
    assertFalse(tiny.has("solutions/served-prefill.json"));
    assertFalse(tiny.has("solutions/served-decode.json"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"outputTokens\": 400, | | $.workload: key \"outputTokens\" is missing",
        "\"requestsPerSecond\": 1, | \"requestsPerSecond\": 0, | $.workload.requestsPerSecond",
        "\"inputTokens\": 2000, | \"inputTokens\": 2000, \"contextTokens\": 5, | $.workload.contextTokens",
        "{\"expertParallel\": 2, | {\"replicas\": 1, | $.layout.prefill.replicas",
        "\"layout\": {\"prefill\" | \"layout\": {\"expertParallel\": 2, \"prefill\" | $.layout.expertParallel"
      })
  void badInput_namesItsPlace(String from, String to, String message) {
    String text = PROBLEM.replace("RATE", "1");
    assertTrue(text.contains(from), from);
    tiny.write("problems/served.json", text.replace(from, to == null ? "" : to));
    CommandRun run = CommandRun.of("validate", tiny.path("problems/served.json"));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.out());
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void servingProblem_isNoProblemOfOnePool() {
    tiny.write("problems/served.json", PROBLEM.replace("RATE", "1"));
    CommandRun run = CommandRun.of("benchmark", tiny.path("problems/served.json"));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("serving has two pools"), run.err());
  }

  @ParameterizedTest
  @Tag("slow")
  @CsvSource({
    "problems/serving/deepseek-v3-serving-h100.json, solutions/serving/deepseek-v3-serving-h100-prefill.json",
    "problems/serving/deepseek-v3-serving-h100.json, solutions/serving/deepseek-v3-serving-h100-decode.json",
    "docs/fleet/deepseek-v3-prefill.json, docs/fleet/solutions/deepseek-v3-prefill.json",
    "docs/fleet/deepseek-v3-decode.json, docs/fleet/solutions/deepseek-v3-decode.json"
  })
  void committedPool_costsWhatItsSolutionSays(Path problem, Path file) {
    ProblemFile.Loaded loaded = PoolFiles.load(problem, problem.toString(), file, file.toString());
    SolutionFile.Contents contents = SolutionFile.read(file, file.toString(), loaded.problem());
    assertEquals(loaded.sha256(), contents.provenance().inputSha256(), "solve it again");
    PlanReport report = Judge.report(loaded.problem(), contents.plan());
    assertTrue(report.evaluation().feasible());
    Map<String, Object> stored = new LinkedHashMap<>();
    ((Map<?, ?>) contents.evaluation().orElseThrow().tree())
        .forEach((key, value) -> stored.put(key.toString(), value));
    Map<String, Object> now = EvaluationTree.of(report);
    // What the search looked at is history: it stays.
    for (String history : List.of("nextLayout", "layoutsTried", "paretoFront")) {
      if (stored.containsKey(history)) {
        now.put(history, stored.get(history));
      }
    }
    if (Boolean.getBoolean("golden.update")) {
      AtomicFile.write(
          file,
          SolutionFile.text(
              contents.problemPath(),
              SolutionFile.pool(file, file.toString())
                  .map(
                      link ->
                          new SolutionFile.PoolName(
                              link.pool(), link.beside().file().getFileName().toString())),
              List.of(),
              contents.provenance(),
              contents.plan(),
              loaded.problem().topology(),
              now));
      return;
    }
    assertEquals(List.of(), TreeDifference.of(stored, now), "see -Dgolden.update in this test");
  }
}
