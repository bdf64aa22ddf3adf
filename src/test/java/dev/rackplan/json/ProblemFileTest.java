package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.SharedData;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.FormatOrigin;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Topics;
import dev.rackplan.workload.Workload;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemFileTest {
  private static final String P = "problems/p.json";
  private static final String PROFILES =
      "{\"profiles\": [{\"name\": \"chat\", \"weight\": 3, \"samples\": \"tokens.csv\"}, {\"name\": \"code\", \"weight\": 1, \"counts\": \"counts.json\"}]}";

  @TempDir Path folder;

  private Routing routing(TinyCase tiny, String text) {
    tiny.edit(P, PROFILES, text);
    return tiny.problem().problem().workload().routing();
  }

  private static double[] frequencies(LayerRouting layer) {
    return IntStream.range(0, layer.experts()).mapToDouble(layer::frequency).toArray();
  }

  @Test
  void read_takesEveryKey() {
    Problem problem = new TinyCase(folder).problem().problem();
    assertEquals("p", problem.name());
    assertEquals(List.of(1, 2), problem.model().moeLayers());
    assertEquals(7, problem.topology().usableGpus().size());
    assertEquals(Phase.DECODE, problem.workload().phase());
    assertEquals(4096, problem.workload().contextTokens());
    assertEquals(OptionalLong.of(64), problem.workload().concurrentSequences());
    assertEquals(3, problem.workload().queryTokens());
    assertEquals(1.5, problem.workload().acceptedTokens());
    assertEquals(
        new Precision(Dtype.FP8, Dtype.FP8, Dtype.BF16, Dtype.FP16, Dtype.INT8),
        problem.precision());
    assertEquals(
        new Engine("sglang", DispatchRule.NEAREST, CopyRule.PER_DOMAIN, true), problem.engine());
    assertEquals(
        LayoutSpace.open()
            .with(Degree.PIPELINE_STAGES, List.of(1, 2))
            .with(Degree.EXPERT_PARALLEL, List.of(2))
            .with(Degree.REDUNDANT_EXPERTS, List.of(0, 2)),
        problem.layoutSpace());
    assertEquals(
        new Limits(OptionalDouble.of(0.05), OptionalDouble.empty(), 0.2), problem.limits());
    assertEquals(Objective.LATENCY, problem.objective());
  }

  @Test
  void read_fillsDefaults() {
    TinyCase tiny = new TinyCase(folder);
    tiny.write(
        P,
        """
        {"name": "d", "model": "../models/dense.json", "topology": "../topologies/t.json",
         "workload": {"phase": "prefill", "contextTokens": 4096, "concurrentSequences": "max"}}
        """);
    Problem problem = tiny.problem().problem();
    assertEquals(OptionalLong.empty(), problem.workload().concurrentSequences());
    assertEquals(4096, problem.workload().queryTokens());
    assertEquals(1, problem.workload().acceptedTokens());
    assertEquals(Routing.none(), problem.workload().routing());
    assertEquals(
        new Precision(
            Dtype.BF16,
            Dtype.BF16,
            Dtype.BF16,
            Dtype.BF16,
            Dtype.BF16,
            Optional.empty(),
            Optional.empty(),
            new Precision.Origins(
                FormatOrigin.DEFAULT,
                FormatOrigin.DEFAULT,
                FormatOrigin.DEFAULT,
                FormatOrigin.DEFAULT,
                FormatOrigin.DEFAULT)),
        problem.precision());
    assertEquals(
        new Engine(Optional.empty(), Optional.empty(), DispatchRule.EVEN, CopyRule.PER_GPU, false),
        problem.engine());
    assertEquals(LayoutSpace.open(), problem.layoutSpace());
    assertEquals(new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0.1), problem.limits());
    assertEquals(Objective.THROUGHPUT, problem.objective());
  }

  @Test
  void read_takesACatalogueModelAndAChunk() {
    TinyCase tiny = new TinyCase(folder);
    tiny.write(
        P,
        """
        {"name": "d", "model": "deepseek-v3", "topology": "../topologies/t.json",
         "workload": {"phase": "prefill", "contextTokens": 4096, "chunkTokens": 512, "concurrentSequences": 8,
           "routing": {"powerLaw": {"alpha": 1.01, "seed": 1}}}}
        """);
    Problem problem = tiny.problem().problem();
    assertEquals(512, problem.workload().queryTokens());
    assertEquals(
        58, problem.workload().routing().scenarios().get(0).profiles().get(0).layers().size());
  }

  @Test
  void read_takesAHuggingFaceIdUnlessAFileIsThere() {
    TinyCase tiny = new TinyCase(folder);
    String text = prefill("\"chunkTokens\": 512").replace("deepseek-v3", "%s");
    tiny.write(P, String.format(text, "Deepseek-AI/DeepSeek-R1"));
    assertEquals("deepseek-v3", tiny.problem().problem().model().name());

    tiny.write(P, String.format(text, "deepseek-ai/DeepSeek-R3"));
    InputException error = assertThrows(InputException.class, tiny::problem);
    assertEquals("$.model", error.path());
    assertTrue(
        error.getMessage().contains("neither a file nor a Hugging Face id"), error.getMessage());
    assertTrue(error.getMessage().contains("did you mean \"deepseek-ai/"), error.getMessage());

    // A file of that name is a file.
    tiny.write("problems/deepseek-ai/DeepSeek-R1", "{\"hidden_size\": 8}");
    tiny.write(P, String.format(text, "deepseek-ai/DeepSeek-R1"));
    assertTrue(
        assertThrows(InputException.class, tiny::problem)
            .getMessage()
            .contains("isn't the config of a model"));
  }

  @Test
  void wideLayers_belongToTraining() {
    TinyCase tiny = new TinyCase(folder);
    String text = prefill("\"chunkTokens\": 512");
    tiny.write(
        P,
        text.replace(
            "\"workload\"", "\"precision\": {\"wideLayers\": {\"last\": 2}}, \"workload\""));
    InputException error = assertThrows(InputException.class, tiny::problem);
    assertEquals("$.precision.wideLayers", error.path());
  }

  private static String prefill(String keys) {
    return """
        {"name": "d", "model": "deepseek-v3", "topology": "../topologies/t.json",
         "workload": {"phase": "prefill", "contextTokens": 4096, KEYS, "concurrentSequences": 8,
           "routing": {"powerLaw": {"alpha": 1.01, "seed": 1}}}}
        """
        .replace("KEYS", keys);
  }

  @Test
  void read_takesCachedPromptsOfManyLengths() {
    TinyCase tiny = new TinyCase(folder);
    tiny.write(P, prefill("\"cachedTokens\": 3000, \"contextVariation\": 1.4"));
    Workload workload = tiny.problem().problem().workload();
    assertEquals(new Contexts(4096, 1.4, OptionalDouble.empty(), 3000), workload.contexts());
    assertEquals(1096, workload.queryTokens());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"cachedTokens\": 4096 | $.workload.cachedTokens | must be in 0..4095, was 4096",
        "\"cachedTokens\": 4000, \"chunkTokens\": 97 | $.workload.chunkTokens | must be in 1..96, was 97",
      })
  void read_refusesAPromptThatIsAllCached(String keys, String path, String fault) {
    TinyCase tiny = new TinyCase(folder);
    tiny.write(P, prefill(keys));
    InputException error = assertThrows(InputException.class, tiny::problem);
    assertTrue(error.getMessage().contains(path + ": " + fault), error.getMessage());
  }

  // DeepSeek-V3 has 163,840 positions; its training may go beyond them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prefill | 163841 | | $.workload.contextTokens",
        "decode | 163841 | | $.workload.contextTokens",
        "decode | 100000 | 163841 | $.workload.contextTokensP99",
      })
  void contexts_areWithinWhatTheModelHas(String phase, String context, String held, String path) {
    TinyCase tiny = new TinyCase(folder);
    String text =
        prefill(held == null ? "\"contextVariation\": 1" : "\"contextTokensP99\": " + held)
            .replace("4096", context)
            .replace("prefill", phase);
    tiny.write(P, text);
    InputException error = assertThrows(InputException.class, tiny::problem);
    assertEquals(path, error.path());
    assertTrue(
        error
            .getMessage()
            .contains("163841 tokens of context are more than the model's config allows, 163840"),
        error.getMessage());
    tiny.write(P, text.replace("163841", "163840"));
    tiny.problem();
  }

  @Test
  void routing_mixesProfilesByWeight() {
    Routing routing = new TinyCase(folder).problem().problem().workload().routing();
    assertEquals(1, routing.scenarios().size());
    List<RoutingProfile> profiles = routing.scenarios().get(0).profiles();
    assertEquals(List.of("chat", "code"), profiles.stream().map(RoutingProfile::name).toList());
    assertEquals(List.of(0.75, 0.25), profiles.stream().map(RoutingProfile::weight).toList());
    // Column counts of the 5 tokens: layer 0 has 0,1,2,3 three, three, two, two times.
    assertArrayEquals(
        new double[] {0.6, 0.6, 0.4, 0.4}, frequencies(profiles.get(0).layers().get(0)), 1e-15);
    // Hidden-layer rows: the dense row of nines is not looked at; 6 of 10 × 2 is capped at 1.
    assertArrayEquals(
        new double[] {1, 0.5, 0.25, 0.25}, frequencies(profiles.get(1).layers().get(0)), 1e-15);
    assertArrayEquals(
        new double[] {0.25, 0.25, 1, 0.5}, frequencies(profiles.get(1).layers().get(1)), 1e-15);
    assertEquals(List.of(), routing.heldOut());
  }

  @Test
  void routing_worstGivesOneScenarioPerProfile() {
    Routing routing =
        routing(
            new TinyCase(folder),
            PROFILES.replace("{\"profiles\"", "{\"over\": \"worst\", \"profiles\""));
    assertEquals(
        List.of("chat", "code"),
        routing.scenarios().stream().map(scenario -> scenario.name()).toList());
    assertEquals(1, routing.scenarios().get(1).profiles().get(0).weight());
  }

  @Test
  void holdOut_keepsTheLastRequestsBack() {
    // Half of 5 tokens: request c (1) is too few, b and c (3) hold it.
    Routing routing =
        routing(new TinyCase(folder), "{\"samples\": \"tokens.csv\", \"holdOut\": 0.5}");
    LayerRouting planned = routing.scenarios().get(0).profiles().get(0).layers().get(1);
    LayerRouting heldOut = routing.heldOut().get(0).profiles().get(0).layers().get(1);
    assertEquals(2, planned.tokens());
    assertEquals(3, heldOut.tokens());
    assertEquals(1, planned.choice(1, 0));
    assertEquals(
        List.of(0, 2, 0, 1, 3, 0),
        IntStream.range(0, 6).mapToObj(i -> heldOut.choice(i / 2, i % 2)).toList());
  }

  @Test
  void holdOutBy_tokenMaySplitARequest() {
    // 0.3 of 5 tokens is 1.5, rounded up 2: request b has one on either side.
    Routing routing =
        routing(
            new TinyCase(folder),
            "{\"samples\": \"tokens.csv\", \"holdOut\": 0.3, \"holdOutBy\": \"token\"}");
    LayerRouting planned = routing.scenarios().get(0).profiles().get(0).layers().get(1);
    LayerRouting heldOut = routing.heldOut().get(0).profiles().get(0).layers().get(1);
    assertEquals(
        List.of(2, 3, 1, 3, 0, 2),
        IntStream.range(0, 6).mapToObj(i -> planned.choice(i / 2, i % 2)).toList());
    assertEquals(
        List.of(0, 1, 3, 0),
        IntStream.range(0, 4).mapToObj(i -> heldOut.choice(i / 2, i % 2)).toList());
  }

  @Test
  void topics_fillDefaultsAndKeepRequestsBack() {
    TinyCase tiny = new TinyCase(folder);
    Routing whole = routing(tiny, "{\"topics\": {\"seed\": 3}}");
    assertEquals("topics", whole.scenarios().get(0).name());
    List<MoeFfn> layers = MoeShape.of(tiny.problem().problem().model()).experts();
    assertEquals(
        Topics.calibrated(3).generate(layers).layers(),
        whole.scenarios().get(0).profiles().get(0).layers());
    // 0.55 of 32 requests of 256 is 17.6: 18 of them.
    tiny.edit(P, "{\"seed\": 3}", "{\"seed\": 3}, \"holdOut\": 0.55");
    Routing split = tiny.problem().problem().workload().routing();
    LayerRouting planned = split.scenarios().get(0).profiles().get(0).layers().get(1);
    assertEquals(14 * 256, planned.tokens());
    assertEquals(18 * 256, split.heldOut().get(0).profiles().get(0).layers().get(1).tokens());
  }

  @Test
  void topics_takeEveryKeyInAProfile() {
    TinyCase tiny = new TinyCase(folder);
    String keys =
        "{\"tokens\": 50, \"seed\": 4, \"topics\": 3, \"requestTokens\": 7, \"skew\": 0.2, \"affinity\": 1.5}";
    Routing routing =
        routing(tiny, "{\"profiles\": [{\"name\": \"chat\", \"topics\": " + keys + "}]}");
    List<MoeFfn> layers = MoeShape.of(tiny.problem().problem().model()).experts();
    assertEquals(
        new RoutingProfile("chat", 1, new Topics(50, 4, 3, 7, 0.2, 1.5).generate(layers).layers()),
        routing.scenarios().get(0).profiles().get(0));
  }

  @Test
  void holdOut_leavesProfilesWithoutSamplesWhole() {
    Routing routing =
        routing(
            new TinyCase(folder),
            PROFILES.replace("{\"profiles\"", "{\"holdOut\": 0.1, \"profiles\""));
    assertEquals(2, routing.scenarios().get(0).profiles().size());
    assertEquals(
        List.of("chat"),
        routing.heldOut().get(0).profiles().stream().map(RoutingProfile::name).toList());
    assertEquals(1, routing.heldOut().get(0).profiles().get(0).weight());
  }

  @Test
  void samples_readTheSameCompressed() {
    TinyCase tiny = new TinyCase(folder);
    tiny.write("problems/z.csv.gz", TinyCase.gzip(TinyCase.TOKENS.replace("\n", "\r\n")));
    Routing plain = routing(tiny, "{\"samples\": \"tokens.csv\"}");
    tiny.edit(P, "tokens.csv", "z.csv.gz");
    assertEquals(
        plain.scenarios().get(0).profiles().get(0).layers(),
        tiny.problem()
            .problem()
            .workload()
            .routing()
            .scenarios()
            .get(0)
            .profiles()
            .get(0)
            .layers());
  }

  @Test
  void sha256_changesWithAnyInputAndWithNothingElse() {
    TinyCase tiny = new TinyCase(folder);
    ProblemFile.Loaded first = tiny.problem();
    assertEquals(
        List.of("p.json", "config.json", "t.json", "tokens.csv", "counts.json"),
        first.files().stream().map(file -> file.getFileName().toString()).toList());
    assertEquals(first.sha256(), tiny.problem().sha256());
    assertTrue(first.sha256().matches("[0-9a-f]{64}"), first.sha256());
    tiny.edit("problems/tokens.csv", "c,2,1,3,0", "c,2,1,3,1");
    assertNotEquals(first.sha256(), tiny.problem().sha256());
    assertEquals(first.sha256(), new TinyCase(folder.resolve("elsewhere")).problem().sha256());
  }

  @Test
  void samples_readRecordedTokensOfGptOss() {
    Path data = SharedData.dir().toAbsolutePath();
    TinyCase tiny = new TinyCase(folder);
    tiny.write(
        P,
        """
        {"name": "g", "model": "%s", "topology": "../topologies/t.json", "workload": {"phase": "decode", "contextTokens": 4096, "concurrentSequences": "max",
         "routing": {"over": "worst", "holdOut": 0.25, "profiles": [{"name": "tokens", "samples": "%s"}, {"name": "loads", "counts": "%s"}]}}}
        """
            .formatted(
                data.resolve("models/gpt-oss-20b.json"),
                data.resolve("routing/gpt_oss_20b_mmlu_test_8192tok.csv.gz"),
                data.resolve("routing/gpt_oss_20b_activation_all_layers.json")));
    Routing routing = tiny.problem().problem().workload().routing();
    assertEquals(23, routing.scenarios().size());
    LayerRouting planned = routing.scenarios().get(0).profiles().get(0).layers().get(0);
    LayerRouting heldOut = routing.heldOut().get(0).profiles().get(0).layers().get(0);
    assertEquals(8192, planned.tokens() + heldOut.tokens());
    assertTrue(heldOut.tokens() >= 2048 && heldOut.tokens() < 4096, "held out " + heldOut.tokens());
    assertEquals(31, planned.choice(0, 0));
    tiny.edit(P, "\"holdOut\": 0.25", "\"holdOut\": 0.5, \"holdOutBy\": \"token\"");
    Routing halves = tiny.problem().problem().workload().routing();
    assertEquals(4096, halves.scenarios().get(0).profiles().get(0).layers().get(0).tokens());
    assertEquals(4096, halves.heldOut().get(0).profiles().get(0).layers().get(0).tokens());
  }
}
