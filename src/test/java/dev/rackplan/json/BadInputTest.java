package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each row breaks one thing of a good case; the error must name the file, the place, the fault and
 * one remedy.
 */
class BadInputTest {
  private static final String P = "problems/p.json";
  private static final String S = "solutions/s.json";
  private static final String CSV = "problems/tokens.csv";
  private static final String COUNTS = "problems/counts.json";
  private static final String M = "maps/m.json";

  @TempDir Path folder;

  /**
   * {@code from} in {@code edited} becomes {@code to}; then {@code file}: {@code path}: …{@code
   * fault}… is expected.
   */
  record Bad(String edited, String from, String to, String file, String path, String fault) {
    @Override
    public String toString() {
      return file + " " + path + " " + fault;
    }
  }

  static Stream<Bad> bad() {
    return Stream.of(problems(), workloads(), routings(), samples(), counts(), solutions(), maps())
        .flatMap(Arrays::stream);
  }

  private static Bad p(String from, String to, String path, String fault) {
    return new Bad(P, from, to, P, path, fault);
  }

  private static Bad s(String from, String to, String path, String fault) {
    return new Bad(S, from, to, S, path, fault);
  }

  private static Bad csv(String from, String to, String path, String fault) {
    return new Bad(CSV, from, to, CSV, path, fault);
  }

  private static Bad counts(String to, String path, String fault) {
    return new Bad(COUNTS, "", to, COUNTS, path, fault);
  }

  private static Bad map(String to, String path, String fault) {
    return new Bad(M, "", to, M, path, fault);
  }

  private static Bad[] problems() {
    return new Bad[] {
      p("", "", "", "is empty"),
      p("", "\u0000\u0001", "line 1, column 2", "is not valid JSON"),
      p("", "{\"name\": \"p\", ", "line 1, column 15", "is not valid JSON"),
      p("", "[]", "$", "must be an object"),
      p(
          "\"objective\": \"latency\"}",
          "\"objective\": \"latency\"} x",
          "line 7, column 79",
          "is not valid JSON"),
      p("\"name\": \"p\", ", "", "$", "key \"name\" is missing"),
      p("\"name\": \"p\"", "\"name\": \"../p\"", "$.name", "must be a file name, was \"../p\""),
      p("\"name\": \"p\"", "\"name\": 5", "$.name", "must be a text, was 5"),
      p("\"limits\"", "\"limit\"", "$.limit", "unknown key; did you mean \"limits\"?"),
      p(
          "\"name\": \"p\"",
          "\"name\": \"p\", \"name\": \"q\"",
          "line 1, column 70",
          "key 'name' is given twice"),
      p(
          "../models/config.json",
          "deepseek-v33",
          "$.model",
          "no model \"deepseek-v33\" in the catalogue; did you mean \"deepseek-v3\"?"),
      p("../models/config.json", "../models/konfig.json", "$.model", "no file models/konfig.json"),
      p(
          "../topologies/t.json",
          "../topologies/tt.json",
          "$.topology",
          "no file topologies/tt.json"),
      p("\"../topologies/t.json\"", "null", "$.topology", "must not be null"),
      p("../topologies/t.json", "../topologies", "topologies", "is a directory"),
      new Bad(
          "topologies/t.json",
          "[\"rack-1/domain-0/node-1/gpu-1\"]",
          "[\"rack-0\", \"rack-1\"]",
          P,
          "$.topology",
          "every GPU of t is drained"),
      p(
          "\"weights\": \"fp8\"",
          "\"weights\": \"fp9\"",
          "$.precision.weights",
          "is no number format"),
      p(
          "\"combine\"",
          "\"combined\"",
          "$.precision.combined",
          "unknown key; did you mean \"combine\"?"),
      p(
          "perDomain",
          "perdomain",
          "$.engine.copyRule",
          "must be one of perExpert, perGpu, perDomain, was \"perdomain\""),
      p(
          "\"twoBatchOverlap\": true",
          "\"twoBatchOverlap\": 1",
          "$.engine.twoBatchOverlap",
          "must be true or false, was 1"),
      p(
          "[1, 2], \"expertParallel\"",
          "[1, 1], \"expertParallel\"",
          "$.layout.pipelineStages[1]",
          "1 is listed twice"),
      p(
          "[1, 2], \"expertParallel\"",
          "[], \"expertParallel\"",
          "$.layout.pipelineStages",
          "must have 1..1000 values, has 0"),
      p(
          "[1, 2], \"expertParallel\"",
          "4, \"expertParallel\"",
          "$.layout.pipelineStages",
          "must be in 1..3, was 4"),
      p(
          "\"expertParallel\": 2",
          "\"expertParallel\": 8",
          "$.layout",
          "its smallest layout needs 8 GPUs, t has 7 in use"),
      p(
          "\"expertParallel\": 2",
          "\"expertParallel\": 1.5",
          "$.layout.expertParallel",
          "must be a whole number, was 1.5"),
      p(
          "\"redundantExperts\": [0, 2]",
          "\"redundantExperts\": -1",
          "$.layout.redundantExperts",
          "must be in 0..1000000, was -1"),
      p("\"tpotMillis\": 50", "\"tpotMillis\": 0", "$.limits.tpotMillis", "must be > 0, was 0"),
      p(
          "\"tpotMillis\": 50",
          "\"tpotMillis\": 1e10",
          "$.limits.tpotMillis",
          "must be in 0..1000000000"),
      p(
          "\"memoryReserve\": 0.2",
          "\"memoryReserve\": 1",
          "$.limits.memoryReserve",
          "must be >= 0 and < 1, was 1.0"),
      p(
          "\"latency\"",
          "\"speed\"",
          "$.objective",
          "must be one of throughput, latency, cost, was \"speed\""),
    };
  }

  private static Bad[] workloads() {
    String routing = PROBLEM_ROUTING;
    return new Bad[] {
      p(
          "\"decode\"",
          "\"training\"",
          "$.workload.concurrentSequences",
          "does not belong to phase training"),
      p("\"decode\"", "\"decoding\"", "$.workload.phase", "must be one of decode, prefill"),
      p("4096", "-1", "$.workload.contextTokens", "must be > 0, was -1"),
      p("4096", "\"4096\"", "$.workload.contextTokens", "must be a finite number, was \"4096\""),
      p("4096", "NaN", "line 2, column 54", "is not valid JSON"),
      p("4096", "1e400", "$.workload.contextTokens", "must be a finite number"),
      p("4096", "1e12", "$.workload.contextTokens", "must be in 1..1000000000"),
      p(
          "\"concurrentSequences\": 64",
          "\"concurrentSequences\": \"most\"",
          "$.workload.concurrentSequences",
          "must be a whole number or \"max\", was \"most\""),
      p(
          "\"concurrentSequences\": 64",
          "\"concurrentSequences\": 1e13",
          "$.workload.concurrentSequences",
          "must be in 1..1000000000"),
      p(
          "\"concurrentSequences\": 64",
          "\"concurrentSequences\": 0",
          "$.workload.concurrentSequences",
          "must be in 1..1000000000, was 0"),
      p(
          "\"acceptedTokens\": 1.5",
          "\"acceptedTokens\": 4",
          "$.workload.acceptedTokens",
          "must be in 1..3, was 4"),
      p(
          "\"queryTokens\": 3",
          "\"chunkTokens\": 3",
          "$.workload.chunkTokens",
          "does not belong to phase decode"),
      p("\"decode\"", "\"prefill\"", "$.workload.queryTokens", "does not belong to phase prefill"),
      p(
          "\"queryTokens\": 3",
          "\"cachedTokens\": 3",
          "$.workload.cachedTokens",
          "does not belong to phase decode"),
      p(
          "\"queryTokens\": 3",
          "\"contextVariation\": 6",
          "$.workload.contextVariation",
          "must be in 0..5, was 6"),
      p(
          "models/config.json",
          "models/dense.json",
          "$.workload.routing",
          "has no experts to route to"),
      p(",\n   \"routing\": " + routing, "", "$.workload", "key \"routing\" is missing"),
    };
  }

  private static final String PROBLEM_ROUTING =
      "{\"profiles\": [{\"name\": \"chat\", \"weight\": 3, \"samples\": \"tokens.csv\"}, {\"name\": \"code\", \"weight\": 1, \"counts\": \"counts.json\"}]}";

  private static Bad routing(String to, String path, String fault) {
    return p(PROBLEM_ROUTING, to, "$.workload.routing" + path, fault);
  }

  private static Bad[] routings() {
    return new Bad[] {
      routing("{}", "", "must have exactly one source, has 0"),
      routing("{\"sample\": \"tokens.csv\"}", ".sample", "unknown key; did you mean \"samples\"?"),
      routing(
          "{\"samples\": \"tokens.csv\", \"counts\": \"counts.json\"}",
          "",
          "must have exactly one source, has 2"),
      routing("{\"samples\": \"token.csv\"}", ".samples", "no file problems/token.csv"),
      routing(
          "{\"powerLaw\": {\"alpha\": -1, \"seed\": 1}}",
          ".powerLaw.alpha",
          "must be in 0..10, was -1"),
      routing("{\"powerLaw\": {\"alpha\": 1}}", ".powerLaw", "key \"seed\" is missing"),
      routing("{\"topics\": {}}", ".topics", "key \"seed\" is missing"),
      routing("{\"topics\": {\"seed\": -1}}", ".topics.seed", "must be in 0..9007199254740992"),
      routing(
          "{\"topics\": {\"seed\": 1, \"token\": 5}}",
          ".topics.token",
          "unknown key; did you mean \"tokens\"?"),
      routing(
          "{\"topics\": {\"seed\": 1, \"tokens\": 0}}",
          ".topics.tokens",
          "must be in 1..1048576, was 0"),
      routing(
          "{\"topics\": {\"seed\": 1, \"topics\": 1025}}",
          ".topics.topics",
          "must be in 1..1024, was 1025"),
      routing(
          "{\"topics\": {\"seed\": 1, \"requestTokens\": 2.5}}",
          ".topics.requestTokens",
          "must be a whole number, was 2.5"),
      routing(
          "{\"topics\": {\"seed\": 1, \"affinity\": 11}}",
          ".topics.affinity",
          "must be in 0..10, was 11"),
      routing(
          "{\"topics\": {\"seed\": 1, \"skew\": \"big\"}}",
          ".topics.skew",
          "must be a finite number, was \"big\""),
      routing(
          "{\"topics\": {\"seed\": 1, \"tokens\": 100}, \"holdOut\": 0.5}",
          ".topics",
          "has 1 request; keeping back 0.5 of its tokens leaves none to plan with"),
      routing("{\"profiles\": []}", ".profiles", "must not be empty"),
      routing(
          "{\"samples\": \"tokens.csv\", \"holdOut\": 1}",
          ".holdOut",
          "must be > 0 and < 1, was 1.0"),
      routing(
          "{\"samples\": \"tokens.csv\", \"holdOutBy\": \"token\"}",
          ".holdOutBy",
          "is given without holdOut"),
      routing(
          "{\"samples\": \"tokens.csv\", \"holdOut\": 0.5, \"holdOutBy\": \"tokens\"}",
          ".holdOutBy",
          "must be one of request, token, was \"tokens\""),
      routing("{\"samples\": \"tokens.csv\", \"caution\": -1}", ".caution", "must be"),
      routing("{\"samples\": \"tokens.csv\", \"caution\": \"none\"}", ".caution", "must be"),
      routing(
          "{\"counts\": \"counts.json\", \"holdOut\": 0.5}", ".holdOut", "no profile has samples"),
      routing(
          "{\"samples\": \"tokens.csv\", \"over\": \"best\"}",
          ".over",
          "must be one of mean, worst, was \"best\""),
      p(
          "\"weight\": 3",
          "\"weight\": 0",
          "$.workload.routing.profiles[0].weight",
          "must be > 0, was 0"),
      p(
          "\"name\": \"code\"",
          "\"name\": \"chat\"",
          "$.workload.routing",
          "two profiles are named \"chat\""),
      new Bad(
          P,
          PROBLEM_ROUTING,
          "{\"samples\": \"tokens.csv\", \"holdOut\": 0.9}",
          CSV,
          "",
          "leaves none to plan with"),
    };
  }

  private static Bad[] samples() {
    return new Bad[] {
      csv("", "", "", "is empty"),
      csv("request,l0e0,l0e1,l1e0,l1e1", "request,l0e0,l0e1", "line 2", "header has 3 columns"),
      csv("request,l0e0", "request,l1e0", "line 2", "column 2 must be l0e0, was \"l1e0\""),
      csv("request,l0e0", "id,l0e0", "line 2", "column 1 must be request, was \"id\""),
      csv("a,0,2,1,3", "a,0,2,1,4", "line 4", "l1e1 must be an expert in 0..3, was \"4\""),
      csv("a,0,2,1,3", "a,0,2,1,-1", "line 4", "l1e1 must be an expert in 0..3, was \"-1\""),
      csv("a,0,2,1,3", "a,0,2,1,x", "line 4", "l1e1 must be an expert in 0..3, was \"x\""),
      csv("b,3,0,0,1", "b,3,3,0,1", "line 6", "the token names expert 3 of layer l0 twice"),
      csv("b,3,0,0,1", "b,3,0,0", "line 6", "has 4 columns, the header has 5"),
      csv("b,3,0,0,1", "", "line 6", "has 1 columns, the header has 5"),
      csv("c,2,1,3,0", " ,2,1,3,0", "line 7", "request is blank"),
      csv("", "request,l0e0,l0e1,l1e0,l1e1\n", "", "has no tokens"),
      csv("", "request," + "x".repeat(1 << 20), "line 1", "is longer than"),
    };
  }

  private static Bad[] counts() {
    return new Bad[] {
      counts(
          "{\"logical_count\": [[1, 2, 3, 4]]}", "$.logical_count", "must have 2 or 3 rows, has 1"),
      counts(
          "{\"logical_count\": [[1, 2, 3, 4], [1, 2, 3]]}",
          "$.logical_count[1]",
          "must have 4 loads, has 3"),
      counts(
          "{\"logical_count\": [[1, 2, 3, 4], [1, 2, -3, 4]]}",
          "$.logical_count[1][2]",
          "must be in 0.."),
      counts(
          "{\"logical_count\": [[1, 2, 3, 4], [0, 0, 0, 0]]}",
          "$.logical_count[1]",
          "loads must not all be 0"),
      counts(
          "{\"logical_count\": [[1, 2, 3, 4], [1, null, 3, 4]]}",
          "$.logical_count[1][1]",
          "must not be null"),
      counts("{\"loads\": {}}", "$", "must have exactly one of logical_count, weight and load"),
      counts(
          "{\"weight\": [[1, 2, 3, 4], [1, 2, 3, 4]], \"logical_count\": [[1, 2, 3, 4], [1, 2, 3, 4]]}",
          "$",
          "must have exactly one of logical_count, weight and load"),
      counts("{\"weight\": [[1, 2, 3, 4], [1, 2, 3]]}", "$.weight[1]", "must have 4 loads, has 3"),
      counts(
          "{\"weight\": [[1, 2, 3, 4], [1, 2, 3, 4]], \"num_gpu\": 4}",
          "$.num_gpu",
          "unknown key; did you mean \"num_gpus\"?"),
      counts(
          "{\"logical_count\": [[1, 2, 3, 4], [1, 2, 3, 4]], \"phy2log\": []}",
          "$.phy2log",
          "unknown key"),
      counts("{\"load\": {}}", "$.load", "must name at least one matrix"),
      counts(
          "{\"load\": {\"a\": [[1, 2, 3, 4], [1, 2, 3, 4]]}, \"top_k\": 8}",
          "$.top_k",
          "must be 2, was 8"),
      counts(
          "{\"load\": {\"a\": [[1, 2, 3, 4], [1, 2, 3, 4]]}, \"note\": 8}",
          "$.note",
          "unknown key"),
      counts(
          "{\"record_type\": \"eplb_initial_mapping\"}",
          "$.record_type",
          "must be eplb_load_stats"),
    };
  }

  private static Bad[] solutions() {
    return new Bad[] {
      s("\"problem\": \"../problems/p.json\",", "", "$", "key \"problem\" is missing"),
      s("\"seed\": 7", "\"seed\": \"7\"", "$.rackplan.seed", "must be a whole number"),
      s("0123456789abcdef\"", "\"", "$.rackplan.inputSha256", "must be 64 hexadecimal digits"),
      s(
          "\"stages\"",
          "\"stage\"",
          "$.plan",
          "key \"stages\" is missing; did you mean it by \"stage\"?"),
      s(
          "\"expertParallel\": 2, \"attentionTensorParallel\": 1",
          "\"expertParallel\": 3, \"attentionTensorParallel\": 2",
          "$.plan.layout",
          "attentionTensorParallel 2 does not divide expertParallel 3"),
      s(
          "\"replicas\": 1",
          "\"replicas\": 3",
          "$.plan.layout",
          "needs 12 GPUs, 7 are usable: 5 too few"),
      s(
          "\"pipelineStages\": 2",
          "\"pipelineStages\": 3",
          "$.plan.stages",
          "must have 3 stages, has 2"),
      s("[2, 2]", "[1, 2]", "$.plan.stages[1].layers[0]", "must be 2, was 1"),
      s("[0, 1], \"gpus\"", "[0, 0], \"gpus\"", "$.plan.stages[1].layers[0]", "must be 1, was 2"),
      s("[2, 2]", "[2, 3]", "$.plan.stages[1].layers[1]", "must be in 0..2, was 3"),
      s("[2, 2]", "[2]", "$.plan.stages[1].layers", "must be [first, last], has 1 numbers"),
      s(
          "\"rack-1/domain-0/node-0/gpu-1\", ",
          "",
          "$.plan.stages[1].gpus",
          "must have 2 GPUs, has 1"),
      s(
          "rack-1/domain-0/node-0/gpu-1",
          "rack-9/domain-0/node-0/gpu-1",
          "$.plan.stages[1].gpus[0]",
          "no GPU \"rack-9/domain-0/node-0/gpu-1\" in t"),
      s(
          "rack-1/domain-0/node-0/gpu-1",
          "rack-1/domain-0/node-1/gpu-1",
          "$.plan.stages[1].gpus[0]",
          "is drained"),
      s(
          "rack-1/domain-0/node-0/gpu-1",
          "rack-0/domain-0/node-0/gpu-1",
          "$.plan.stages[1].gpus[0]",
          "is used twice"),
      s("\"2\": [3", "\"0\": [3", "$.plan.experts", "key \"2\" is missing"),
      s("\"2\": [3", "\"0\": [], \"2\": [3", "$.plan.experts.0", "unknown key"),
      s(
          "[3, 1, 2, 0, 3, 3]",
          "[3, 1, 2, 0, 3, 4]",
          "$.plan.experts.2[5]",
          "must be in 0..3, was 4"),
      s("[3, 1, 2, 0, 3, 3]", "[3, 1, 2, 2, 3, 3]", "$.plan.experts.2", "has no slot for expert 0"),
      s(
          "[3, 1, 2, 0, 3, 3]",
          "[3, 1, 2, 0, 3, 3, 1]",
          "$.plan.experts.2",
          "must have at most 6 slots, has 7"),
      s("[3, 1, 2, 0, 3, 3]", "[3, 1, 2]", "$.plan.experts.2", "has no slot for expert 0"),
      s("{\"feasible\": true, \"tpotSeconds\": 0.0125}", "[]", "$.evaluation", "must be an object"),
    };
  }

  private static Bad[] maps() {
    return new Bad[] {
      map(
          "{\"physical_to_logical_map\": [[0, 1, 2, 3]]}",
          "$.physical_to_logical_map",
          "must have 3 rows, has 1"),
      map(
          "{\"physical_to_logical_map\": [[0], [0, 1, 2, 3], [0, 1, 2, 3, 0]]}",
          "$.physical_to_logical_map[2]",
          "must have 4 slots as the layers before, has 5"),
      map(
          "{\"physical_to_logical_map\": [[0], [0, 1, 2, 2], [0, 1, 2, 3]]}",
          "$.physical_to_logical_map[1]",
          "has no slot for expert 3"),
      map(
          "{\"initial_global_assignments\": {\"1\": [0, 1, 2, 3]}}",
          "$.initial_global_assignments",
          "key \"2\" is missing"),
      map(
          "{\"num_slots\": 5, \"initial_global_assignments\": {\"1\": [0, 1, 2, 3], \"2\": [0, 1, 2, 3]}}",
          "$.num_slots",
          "must be 4"),
      map("{}", "$", "must have exactly one of"),
    };
  }

  private void readAll(TinyCase tiny) {
    tiny.problem();
    tiny.solution();
    ExpertMapFile.read(tiny.path(M), M, tiny.problem().problem().model());
  }

  private void assertRefused(TinyCase tiny, String file, String path, String fault) {
    InputException error = assertThrows(InputException.class, () -> readAll(tiny));
    assertEquals(file, error.file(), error.getMessage());
    assertEquals(
        path.startsWith("$") || path.startsWith("line") ? path : "",
        error.path(),
        error.getMessage());
    String[] lines = error.getMessage().split("\n", -1);
    assertEquals(2, lines.length, error.getMessage());
    assertTrue(
        lines[0].startsWith(file + ": " + (error.path().isEmpty() ? "" : error.path() + ": ")),
        error.getMessage());
    assertTrue(lines[0].contains(fault), error.getMessage());
    assertTrue(lines[1].matches(" {2}\\S.*[.?]"), error.getMessage());
    assertFalse(error.getMessage().contains("Exception"), error.getMessage());
  }

  @Test
  void read_acceptsTheCaseThatTheTableBreaks() {
    readAll(new TinyCase(folder));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bad")
  void read_refusesWithOneRemedy(Bad bad) {
    TinyCase tiny = new TinyCase(folder);
    tiny.edit(bad.edited(), bad.from(), bad.to());
    // A folder given as a file is the one row whose error is at another file than the edited one
    // and has no place.
    boolean elsewhere = bad.path().equals("topologies");
    assertRefused(
        tiny, elsewhere ? bad.path() : bad.file(), elsewhere ? "" : bad.path(), bad.fault());
  }

  @Test
  void read_refusesMissingFilesAndDirectories() throws IOException {
    InputException missing =
        assertThrows(
            InputException.class, () -> ProblemFile.read(folder.resolve("none.json"), "none.json"));
    assertTrue(
        missing.getMessage().startsWith("none.json: no such file\n  "), missing.getMessage());
    InputException directory =
        assertThrows(InputException.class, () -> ProblemFile.read(folder, "folder"));
    assertTrue(
        directory.getMessage().startsWith("folder: is a directory\n  "), directory.getMessage());
    Files.write(
        folder.resolve("binary.json"), new byte[] {(byte) 0x89, 'P', 'N', 'G', (byte) 0xff, 0, 13});
    InputException binary =
        assertThrows(
            InputException.class,
            () -> ProblemFile.read(folder.resolve("binary.json"), "binary.json"));
    assertTrue(
        binary.getMessage().startsWith("binary.json: is not text in UTF-8\n  "),
        binary.getMessage());
  }

  @Test
  void read_namesTheTopologiesThatArePresent() {
    TinyCase tiny = new TinyCase(folder);
    tiny.write("topologies/gb200.json", TinyCase.TOPOLOGY);
    tiny.edit(P, "topologies/t.json", "topologies/gb20.json");
    InputException error = assertThrows(InputException.class, tiny::problem);
    assertEquals(
        "problems/p.json: $.topology: no file topologies/gb20.json\n"
            + "  Paths are relative to the file that names them. Did you mean gb200.json? Present: gb200.json, t.json.",
        error.getMessage());
  }

  @Test
  void read_refusesDamagedSampleFiles() {
    TinyCase tiny = new TinyCase(folder);
    tiny.edit(P, "tokens.csv", "tokens.csv.gz");
    byte[] whole = TinyCase.gzip(TinyCase.TOKENS);
    tiny.write("problems/tokens.csv.gz", Arrays.copyOf(whole, whole.length - 20));
    assertRefused(tiny, "problems/tokens.csv.gz", "", "ends in the middle of the compressed data");
    tiny.write("problems/tokens.csv.gz", TinyCase.TOKENS);
    assertRefused(tiny, "problems/tokens.csv.gz", "", "is not gzip data, or is damaged");
    tiny.write("problems/tokens.csv.gz", new byte[0]);
    assertRefused(tiny, "problems/tokens.csv.gz", "", "is empty");
    tiny.edit(P, "tokens.csv.gz", "tokens.csv");
    tiny.write(CSV, new byte[] {'r', (byte) 0xff, (byte) 0xfe, '\n'});
    assertRefused(tiny, CSV, "", "is not text in UTF-8");
  }

  @Test
  void read_refusesModelsWithoutExpertsOrWithTooManyPerToken() {
    TinyCase none = new TinyCase(folder);
    none.edit("models/config.json", "\"n_routed_experts\": 4", "\"n_routed_experts\": 0");
    InputException zero = assertThrows(InputException.class, none::problem);
    assertEquals("models/config.json", zero.file());
    assertEquals(2, zero.getMessage().split("\n").length);
    TinyCase grouped = new TinyCase(folder);
    grouped.edit("models/config.json", "\"n_group\": 1", "\"n_group\": 4");
    InputException narrow = assertThrows(InputException.class, grouped::problem);
    assertEquals("models/config.json", narrow.file());
    assertTrue(
        narrow.getMessage().contains("1 groups of 1 experts can't give a token 2"),
        narrow.getMessage());
    TinyCase many = new TinyCase(folder);
    many.edit("models/config.json", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 5");
    InputException tooMany = assertThrows(InputException.class, many::problem);
    assertEquals("models/config.json", tooMany.file());
    assertEquals(2, tooMany.getMessage().split("\n").length);
  }

  @Test
  void samples_areBounded() throws IOException {
    TinyCase tiny = new TinyCase(folder);
    tiny.edit(P, "tokens.csv", "tokens.csv.gz");
    tiny.write(
        "problems/tokens.csv.gz",
        TinyCase.gzip("request,l0e0,l0e1,l1e0,l1e1\n" + "a,0,1,2,3\n".repeat(2_000_000)));
    assertRefused(tiny, "problems/tokens.csv.gz", "", "unpacks to more than 16777216 bytes");
    try (ByteLimit limit =
        new ByteLimit(
            new java.io.ByteArrayInputStream(
                "12\n45\n78\n".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
            "f.gz",
            8,
            2)) {
      InputException error = assertThrows(InputException.class, limit::readAllBytes);
      assertTrue(
          error.getMessage().startsWith("f.gz: unpacks to more than 8 bytes\n  "),
          error.getMessage());
    }
  }

  @Test
  void topics_areBoundedByTheModelsChoices() {
    TinyCase tiny = new TinyCase(folder);
    tiny.edit(P, PROBLEM_ROUTING, "{\"topics\": {\"seed\": 1, \"tokens\": 40000}}");
    tiny.edit(P, "../models/config.json", "deepseek-v3");
    assertRefused(
        tiny,
        P,
        "$.workload.routing.topics.tokens",
        "must be at most 36157 tokens for deepseek-v3, was 40000");
  }

  @Test
  void foldersAndDevices_areNoFiles() {
    TinyCase tiny = new TinyCase(folder);
    tiny.edit(P, "tokens.csv", ".");
    assertRefused(tiny, "problems", "", "is a directory");
    assertEquals(
        "here: is a directory\n  Give a JSON file.",
        assertThrows(InputException.class, () -> JsonCursor.read(folder, "here")).getMessage());
    Path endless = Path.of("/dev/zero");
    Assumptions.assumeTrue(Files.exists(endless), "no /dev/zero here");
    assertTrue(
        assertThrows(InputException.class, () -> JsonCursor.read(endless, "zero"))
            .getMessage()
            .startsWith("zero: is a device or a pipe\n  "));
  }

  @Test
  void loadStatistics_nameTheLine() {
    TinyCase tiny = new TinyCase(folder);
    tiny.edit(P, "counts.json", "stats.jsonl");
    String good =
        "{\"record_type\":\"eplb_load_stats\",\"version\":1,\"step\":7,\"expert_load\":[[1,2,3,4],[1,2,3,4]],\"p2l_map\":[[0,1,2,3],[0,1,2,3]]}\n";
    tiny.write("problems/stats.jsonl", good + good.replace("[0,1,2,3]]", "[0,1,2,7]]"));
    assertRefused(
        tiny, "problems/stats.jsonl", "line 2: $.p2l_map[1][3]", "must be in 0..3, was 7");
    tiny.write("problems/stats.jsonl", good + "{\n");
    assertRefused(tiny, "problems/stats.jsonl", "line 2, column 2", "is not valid JSON");
  }
}
