package dev.rackplan.generated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.CommittedSchema;
import dev.rackplan.json.JsonText;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Generated problems are valid, most have a plan, and all that the formats know occurs. */
class CoverageTest {
  private static final int SEEDS = 150;

  /** Drawing alone is quick, and the rarest of 19 generations stands in a few problems of 300. */
  private static final int DRAWN_SEEDS = 1500;

  private static final int SOLVED_SEEDS = 30;

  /** Files by their schemas. */
  private static final Map<String, String> SCHEMAS =
      Map.of(
          "problem",
          GeneratedProblem.PROBLEM,
          "topology",
          GeneratedProblem.TOPOLOGY,
          "laws",
          GeneratedProblem.LAWS);

  private static final double LEAST_SOLVED = 0.7;

  /** This project's own model files have no schema. */
  private static final List<String> MODEL_KEYS =
      List.of(
          "$schema",
          "name",
          "source",
          "architecture",
          "hiddenSize",
          "vocabularySize",
          "tiedEmbeddings=true",
          "tiedEmbeddings=false",
          "kvSharingLayers",
          "formats.weights",
          "formats.experts",
          "formats.attention",
          "formats.head",
          "formats.kv",
          "layers",
          "layers.count",
          "layers.repeat",
          "layers.layers",
          "layers.norms",
          "layers.attention.kind=groupedQuery",
          "layers.attention.kind=latent",
          "layers.attention.heads",
          "layers.attention.kvHeads",
          "layers.attention.headDimension",
          "layers.attention.window.sliding",
          "layers.attention.window.chunked",
          "layers.attention.extras=queryKeyValueBias",
          "layers.attention.extras=outputBias",
          "layers.attention.extras=headNorm",
          "layers.attention.extras=wholeNorm",
          "layers.attention.extras=sinks",
          "layers.attention.extras=outputGate",
          "layers.attention.queryRank",
          "layers.attention.latentRank",
          "layers.attention.ropeDimension",
          "layers.attention.noRopeDimension",
          "layers.attention.valueDimension",
          "layers.attention.index.topEntries",
          "layers.attention.index.heads",
          "layers.attention.index.keyDimension",
          "layers.ffn.kind=dense",
          "layers.ffn.kind=moe",
          "layers.ffn.width",
          "layers.ffn.experts",
          "layers.ffn.expertsPerToken",
          "layers.ffn.expertWidth",
          "layers.ffn.sharedWidth",
          "layers.ffn.routerBias=true",
          "layers.ffn.expertBias=true",
          "layers.ffn.groups",
          "layers.ffn.groupsPerToken",
          "model_type=llama",
          "model_type=deepseek_v3");

  /** Forms of routing files. */
  private static final List<String> ROUTING_FILES =
      List.of(
          GeneratedProblem.COUNTS,
          GeneratedProblem.LOAD_LINES,
          GeneratedProblem.SAMPLES,
          GeneratedProblem.PACKED_SAMPLES);

  @TempDir private Path work;

  @Test
  void everyKeyAndValueOfProblemsTopologiesAndLaws_occurs() {
    TreeSet<String> missing = SchemaKeys.ofSchema("problem");
    TreeSet<String> inTopologies = SchemaKeys.ofSchema("topology");
    TreeSet<String> inLaws = SchemaKeys.ofSchema("laws");
    for (long seed = 0; seed < DRAWN_SEEDS; seed++) {
      GeneratedProblem problem = GeneratedProblem.of(seed);
      missing.removeAll(SchemaKeys.ofTree(problem.object(GeneratedProblem.PROBLEM)));
      missing.removeAll(SchemaKeys.ofTree(problem.object(GeneratedProblem.BASE)));
      inTopologies.removeAll(SchemaKeys.ofTree(problem.object(GeneratedProblem.TOPOLOGY)));
      inLaws.removeAll(SchemaKeys.ofTree(problem.object(GeneratedProblem.LAWS)));
    }
    assertEquals(new TreeSet<>(), missing, "of problems");
    assertEquals(new TreeSet<>(), inTopologies, "of topologies");
    assertEquals(new TreeSet<>(), inLaws, "of laws");
  }

  @Test
  void everyKeyOfModelsAndFormOfRouting_occurs() {
    TreeSet<String> missing = new TreeSet<>(MODEL_KEYS);
    TreeSet<String> files = new TreeSet<>(ROUTING_FILES);
    for (long seed = 0; seed < SEEDS; seed++) {
      GeneratedProblem problem = GeneratedProblem.of(seed);
      missing.removeAll(SchemaKeys.ofTree(problem.object(GeneratedProblem.MODEL)));
      files.removeAll(problem.files().keySet());
    }
    assertEquals(new TreeSet<>(), missing);
    assertEquals(new TreeSet<>(), files);
  }

  @Test
  @Tag("slow")
  void problems_areValidByReaderAndSchema() {
    for (long seed = 0; seed < SEEDS; seed++) {
      GeneratedProblem problem = GeneratedProblem.of(seed);
      long at = seed;
      try (Trial trial = new Trial(problem, work.resolve("v"))) {
        assertEquals(Optional.empty(), Invariant.VALID.fault(trial), () -> "seed " + at);
      }
      for (String schema : SCHEMAS.keySet()) {
        String file = SCHEMAS.get(schema);
        if (!problem.files().containsKey(file)) {
          continue;
        }
        assertEquals(
            Set.of(),
            CommittedSchema.validate(schema, JsonText.of(problem.object(file))),
            () -> "seed " + at);
      }
    }
  }

  @Test
  @Tag("slow")
  void mostProblems_haveAPlan() {
    int solved = 0;
    for (long seed = 0; seed < SOLVED_SEEDS; seed++) {
      try (Trial trial = new Trial(GeneratedProblem.of(seed), work.resolve("s"))) {
        solved += trial.solve().run().exitCode() == 0 ? 1 : 0;
      }
    }
    double share = solved / (double) SOLVED_SEEDS;
    assertTrue(share >= LEAST_SOLVED, () -> share + " of the problems have a plan");
  }

  @Test
  void oneSeed_givesOneProblem() {
    assertEquals(GeneratedProblem.of(7), GeneratedProblem.of(7));
  }
}
