package dev.rackplan.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.ModelCatalog;
import dev.rackplan.model.ContextLimit;
import dev.rackplan.problem.EngineMemory;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens that engines are told as the longest sequence. */
class LongestContextTest {
  @TempDir private Path folder;

  // One H100 of 80 GB: 90% of what the driver leaves are 71.5 GB. Llama-3.1-8B has 16.06 GB of
  // weights and 131,072 bytes of cache a token, so that half of the rest holds a bit more than
  // 200,000 tokens.
  private Deployment deployment(int context, Optional<ContextLimit> limit) {
    Problem read =
        OneGpu.problem(
            folder,
            "h100-sxm",
            """
        {"name": "one", "model": "meta-llama/Llama-3.1-8B",
         "topology": "../topologies/one.json",
         "workload": {"phase": "decode", "contextTokens": 4000, "concurrentSequences": 1},
         "engine": {"name": "vllm", "memoryFraction": 0.9}}
        """);
    Problem problem =
        read.withModel(
            read.model().withContextLimit(limit),
            read.workload().withContexts(Contexts.of(context)));
    return OneGpu.deployment(problem);
  }

  private Deployment answering(int end, ContextLimit limit) {
    Deployment plain = deployment(8000, Optional.of(limit));
    Problem problem = plain.problem();
    EngineMemory memory = problem.engine().memory().withSequenceTokens(OptionalInt.of(end));
    return new Deployment(
        "one",
        problem.withEngine(problem.engine().withMemory(memory)),
        plain.plan(),
        HostNames.byPlace(),
        true,
        Optional.empty());
  }

  private int tokens(int context, ContextLimit limit) {
    return LongestContext.tokens(deployment(context, Optional.of(limit))).orElseThrow();
  }

  @Test
  void config_decidesWhereTheCacheHoldsIt() {
    assertEquals(131072, tokens(4000, ContextLimit.of(131072)));
    assertEquals(OptionalInt.empty(), LongestContext.tokens(deployment(4000, Optional.empty())));
  }

  @Test
  void shortestCheckpoint_decidesWhereTheQuestionFitsIt() {
    ContextLimit both = ContextLimit.of(131072, 8192, 1_048_576);
    assertEquals(8192, tokens(8192, both));
    assertEquals(131072, tokens(8193, both));
  }

  // A context of 8,000 tokens in the mean ends where the problem says. Of pools all ask for as much
  // as the one that asks for most.
  @Test
  void answers_areTakenToTheirEnd() {
    ContextLimit both = ContextLimit.of(8192, 131072);
    assertEquals(OptionalInt.of(8192), LongestContext.tokens(answering(8192, both)));
    Deployment longer = answering(8193, both);
    assertEquals(OptionalInt.of(131072), LongestContext.tokens(longer));
    Deployment prompts = deployment(7000, Optional.of(both));
    assertEquals(OptionalInt.of(8192), LongestContext.ofAll(List.of(prompts)));
    assertEquals(OptionalInt.of(131072), LongestContext.ofAll(List.of(prompts, longer)));
  }

  // What half of the cache holds; beyond it twice the mean context, as far as the whole goes.
  @Test
  void cache_decidesWhereTheConfigSaysMore() {
    ContextLimit long10M = ContextLimit.of(10_485_760);
    int half = tokens(4000, long10M);
    assertEquals(0, half % 1024);
    assertTrue(half > 190_000 && half < 220_000, String.valueOf(half));
    assertEquals(300_000, tokens(150_000, long10M));
    int whole = tokens(250_000, long10M);
    assertEquals(2.0 * half, whole, 2048);
    assertTrue(
        VllmExport.flags(deployment(150_000, Optional.of(long10M)))
            .contains("--max-model-len 300000"));
  }

  // What the config takes as it is needs no change; the longest needs it, in each engine's words.
  @Test
  void longestOfAll_needsTheOverride() {
    ContextLimit scaled = new ContextLimit(List.of(40_960, 131_072), Map.of("rope", "yarn"));
    assertEquals(Map.of(), LongestContext.override(deployment(4000, Optional.of(scaled))));
    Deployment longer = deployment(50_000, Optional.of(scaled));
    assertEquals(131_072, LongestContext.tokens(longer).orElseThrow());
    assertTrue(VllmExport.flags(longer).contains("--hf-overrides '{\"rope\": \"yarn\"}'"));
    assertTrue(
        SglangFlags.limits(longer).contains("--json-model-override-args '{\"rope\": \"yarn\"}'"));
    ExportRefusal refusal =
        assertThrows(
            ExportRefusal.class, () -> TensorRtExport.wholeConfig(longer, ".", new ArrayList<>()));
    assertTrue(refusal.getMessage().contains("scales no positions"), refusal.getMessage());
  }

  // Of two shorter checkpoints the override is the longer one's.
  @Test
  void override_isOfTheCheckpointThatIsLaunched() {
    ContextLimit all =
        new ContextLimit(List.of(40_960, 262_144, 1_048_576), Map.of("rope", "yarn"));
    assertEquals(ContextLimit.of(40_960), all.ofCheckpoint(40_960));
    assertEquals(
        new ContextLimit(List.of(262_144, 1_048_576), Map.of("rope", "yarn")),
        all.ofCheckpoint(262_144));
    assertEquals(ContextLimit.of(1_048_576), all.ofCheckpoint(1_048_576));
    assertTrue(all.remark(300_000).orElseThrow().contains("config takes 262144"));
    assertTrue(all.remark(50_000).orElseThrow().endsWith("262144 needs a longer one"));
    assertEquals(
        131_072, ModelCatalog.read("Qwen/Qwen3-8B").contextLimit().orElseThrow().longest());
    assertEquals(
        40_960, ModelCatalog.read("Qwen/Qwen3-30B-A3B").contextLimit().orElseThrow().longest());
    assertEquals(
        8192,
        ModelCatalog.read("meta-llama/Meta-Llama-3-8B").contextLimit().orElseThrow().longest());
  }

  @Test
  void longest_isWithinTheConfig() {
    assertEquals(160_000, tokens(150_000, ContextLimit.of(160_000)));
  }
}
