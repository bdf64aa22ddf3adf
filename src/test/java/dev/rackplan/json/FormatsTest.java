package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.CommittedSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The schemas and docs/formats.md against the readers. */
class FormatsTest {
  @TempDir Path folder;

  @Test
  void schemas_acceptWhatTheReadersAccept() throws IOException {
    assertEquals(Set.of(), CommittedSchema.validate("problem", TinyCase.PROBLEM));
    assertEquals(Set.of(), CommittedSchema.validate("solution", TinyCase.SOLUTION));
    assertEquals(
        Set.of(),
        CommittedSchema.validate(
            "problem",
            "{\"name\": \"d\", \"base\": \"p.json\", \"set\": {\"engine.name\": \"vllm\"}}"));
    SolutionFile.Contents contents = new TinyCase(folder).solution();
    String written =
        SolutionFile.text(
            contents.problemPath(),
            contents.provenance(),
            contents.plan(),
            new TinyCase(folder).problem().problem().topology(),
            java.util.Map.of());
    assertEquals(Set.of(), CommittedSchema.validate("solution", written));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "problem | \"name\": \"p\", |",
        "problem | \"name\": \"p\" | \"name\": \"a/b\"",
        "problem | \"limits\" | \"limit\"",
        "problem | \"decode\" | \"training\"",
        "problem | 4096 | -1",
        "problem | \"concurrentSequences\": 64 | \"concurrentSequences\": \"most\"",
        "problem | \"queryTokens\": 3 | \"chunkTokens\": 3",
        "problem | \"queryTokens\": 3 | \"cachedTokens\": 3",
        "problem | \"queryTokens\": 3 | \"contextVariation\": 6",
        "problem | \"fp8\" | \"fp9\"",
        "problem | perDomain | perRack",
        "problem | \"pipelineStages\": [1, 2] | \"pipelineStages\": [1, 1]",
        "problem | \"memoryReserve\": 0.2 | \"memoryReserve\": 1",
        "problem | \"samples\": \"tokens.csv\" | \"samples\": \"tokens.csv\", \"counts\": \"c.json\"",
        "problem | \"samples\": \"tokens.csv\" | \"topics\": {\"tokens\": 8192}",
        "problem | \"samples\": \"tokens.csv\" | \"topics\": {\"seed\": 1, \"affinity\": -1}",
        "problem | \"profiles\" | \"holdOutBy\": \"token\", \"profiles\"",
        "problem | \"profiles\" | \"holdOut\": 0.5, \"holdOutBy\": \"row\", \"profiles\"",
        "problem | \"profiles\" | \"caution\": 11, \"profiles\"",
        "problem | \"limits\": {\"tpotMillis\": 50, \"memoryReserve\": 0.2} | \"base\": \"p.json\", \"set\": {}",
        "solution | \"problem\": \"../problems/p.json\", |",
        "solution | \"replicas\": 1 | \"replicas\": 0",
        "solution | [2, 2] | [2]",
        "solution | \"2\": [3 | \"02\": [3",
        "solution | [3, 1, 2, 0, 3, 3] | [3, 1, 2, 0, 3, -3]",
        "solution | \"seed\": 7 | \"seed\": \"7\"",
      })
  void schemas_refuse(String schema, String from, String to) throws IOException {
    String good = schema.equals("problem") ? TinyCase.PROBLEM : TinyCase.SOLUTION;
    assertTrue(good.contains(from), from);
    assertFalse(
        CommittedSchema.validate(schema, good.replace(from, to == null ? "" : to)).isEmpty());
  }

  @TestFactory
  Stream<DynamicTest> schemas_acceptCommittedFiles() throws IOException {
    return Stream.of(
            "problem:problems",
            "problem:docs/performance",
            "topology:docs/performance/topologies",
            "solution:solutions",
            "problem:problems/serving",
            "problem:problems/open",
            "problem:docs/replan",
            "problem:docs/large",
            "sweep:docs/sweeps",
            "solution:solutions/serving")
        .map(pair -> pair.split(":"))
        .flatMap(
            pair ->
                files(pair[1]).stream()
                    .map(
                        file ->
                            DynamicTest.dynamicTest(
                                file.toString(),
                                () ->
                                    assertEquals(
                                        Set.of(),
                                        CommittedSchema.validate(
                                            pair[0], Files.readString(file))))));
  }

  private static List<Path> files(String folder) {
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void documentedExamples_areValid() throws IOException {
    String text = Files.readString(Path.of("docs/formats.md"));
    Matcher blocks = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL).matcher(text);
    int problems = 0;
    int solutions = 0;
    int laws = 0;
    while (blocks.find()) {
      String block = blocks.group(1);
      if (block.startsWith("{")) {
        JsonCursor.parse(block, "docs/formats.md");
      }
      if (block.contains("problem.schema.json")) {
        assertEquals(Set.of(), CommittedSchema.validate("problem", block));
        problems++;
      } else if (block.contains("solution.schema.json")) {
        assertEquals(Set.of(), CommittedSchema.validate("solution", block));
        solutions++;
      } else if (block.contains("fittedShare")) {
        assertEquals(Set.of(), CommittedSchema.validate("laws", block));
        LawsFile.read(JsonCursor.parse(block, "docs/formats.md"));
        laws++;
      }
    }
    assertEquals(1, problems);
    assertEquals(1, solutions);
    assertEquals(1, laws);
  }
}
