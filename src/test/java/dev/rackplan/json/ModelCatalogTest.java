package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.SharedData;
import dev.rackplan.json.huggingface.HuggingFaceConfig;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.StoredFormats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCatalogTest {
  @ParameterizedTest
  @CsvSource({
    "deepseek-v3, 671026419200, 37552297472, 70272, 58",
    "deepseek-v3.2, 671877944064, 38403822336, 70272, 58",
    "kimi-k2, 1026408232448, 32861500928, 70272, 60",
    "qwen3-235b-a22b, 235093634560, 22190763520, 192512, 94",
    "qwen3-30b-a3b, 30532122624, 3353032704, 98304, 48",
    "gpt-oss-120b, 116829156672, 5711982912, 36864, 36",
    "gpt-oss-20b, 20914757184, 4187440704, 24576, 24",
    "llama-3.1-405b, 405853388800, 405853388800, 516096, 0",
    "llama-3.1-70b, 70553706496, 70553706496, 327680, 0",
    "llama-4-maverick, 400711848960, 17184691200, 49152, 24",
    "mixtral-8x7b, 46702792704, 12879925248, 131072, 32",
    "gemma-3-27b, 27009002240, 27009002240, 81920, 0",
    "olmoe-1b-7b, 6919161856, 1282017280, 131072, 16"
  })
  void figures_areExact(String name, long total, long active, double kvBytes, int moeLayers) {
    Model model = ModelCatalog.read(name);
    assertEquals(total, model.parameters());
    assertEquals(active, model.activeParameters());
    assertEquals(kvBytes, model.kvBytesPerToken(Dtype.BF16));
    assertEquals(moeLayers, model.moeLayers().size());
  }

  @Test
  void glm45_isWithinOnePercentOfItsPublishedSize() {
    // Published: 355B total, 32B active; the prediction module not counted here.
    Model model = ModelCatalog.read("glm-4.5");
    assertEquals(355e9, model.parameters(), 3.55e9);
    assertEquals(92, model.layers().size());
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek-v3, DeepSeek-V3.json",
    "deepseek-v3.2, DeepSeek-V3.2.json",
    "kimi-k2, Kimi-K2-Instruct.json",
    "qwen3-235b-a22b, Qwen3-235B-A22B.json",
    "qwen3-30b-a3b, Qwen3-30B-A3B.json",
    "gpt-oss-120b, gpt-oss-120b.json",
    "gpt-oss-20b, gpt-oss-20b.json",
    "llama-3.1-405b, Meta-Llama-3.1-405B.json",
    "llama-3.1-70b, Meta-Llama-3.1-70B.json",
    "llama-4-maverick, Llama-4-Maverick-17B-128E-Instruct.json",
    "mixtral-8x7b, Mixtral-8x7B-v0.1.json",
    "gemma-3-27b, gemma-3-27b.derived.json",
    "olmoe-1b-7b, OLMoE-1B-7B-0924.derived.json"
  })
  void entry_equalsTheModelOfItsConfig(String name, String config) {
    Path file = SharedData.dir().resolve("models").resolve(config);
    Model stored = HuggingFaceConfig.read(file, file.toString());
    Model read = unstored(stored);
    Model storedEntry = ModelCatalog.read(name);
    Model entry = unstored(storedEntry);
    // BF16 checkpoints need no word of it.
    assertEquals(
        stored.stored().map(StoredFormats::weights).orElse(Dtype.BF16),
        storedEntry.stored().map(StoredFormats::weights).orElse(Dtype.BF16));
    assertEquals(
        stored.stored().map(StoredFormats::experts).orElse(Dtype.BF16),
        storedEntry.stored().map(StoredFormats::experts).orElse(Dtype.BF16));
    assertEquals(read.layers(), entry.layers());
    assertEquals(
        new Model(
            name,
            entry.architecture(),
            read.hiddenSize(),
            read.vocabularySize(),
            read.tiedEmbeddings(),
            read.layers(),
            read.nextTokenLayers(),
            read.stored()),
        entry);
    assertEquals(read.architecture(), entry.architecture());
  }

  private static Model unstored(Model model) {
    return new Model(
        model.name(),
        model.architecture(),
        model.hiddenSize(),
        model.vocabularySize(),
        model.tiedEmbeddings(),
        model.layers().stream()
            .map(
                layer ->
                    new Layer(
                        layer.attention(),
                        layer.ffn(),
                        layer.otherParameters(),
                        layer.boundaryResiduals(),
                        layer.kvSource(),
                        Optional.empty()))
            .toList());
  }

  @Test
  void index_listsEveryFile() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/dev/rackplan/json/models"))) {
      List<String> names =
          files
              .map(file -> file.getFileName().toString().replaceFirst("\\.json$", ""))
              .filter(name -> !name.equals("index"))
              .sorted()
              .toList();
      assertEquals(names, ModelCatalog.names());
    }
    for (String name : ModelCatalog.names()) {
      assertEquals(name, ModelCatalog.read(name).name());
      assertTrue(ModelCatalog.source(name).length() > 10, name);
    }
  }

  @Test
  void unknownName_suggestsTheNearest() {
    InputException error =
        assertThrows(InputException.class, () -> ModelCatalog.read("deepseek-v4"));
    assertTrue(error.getMessage().contains("did you mean \"deepseek-v3\"?"), error.getMessage());
    assertTrue(
        error.getMessage().contains("Known: deepseek-v3, deepseek-v3.2, "), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'heads':4 | 'head':4 | $.layers[0].attention",
        "'kvHeads':2 | 'kvHeads':3 | $.layers[0].attention",
        "'expertsPerToken':2 | 'expertsPerToken':7 | $.layers[0].ffn",
        "'count':2 | 'count':4097 | $.layers[0].count",
        "'kind':'moe' | 'kind':'mix' | $.layers[0].ffn.kind",
        "'source':'s', | `` | $",
        "'expertWidth':5 | 'expertWidth':5,'surplus':1 | $.layers[0].ffn.surplus"
      })
  void badModelFile_isRefusedAtItsPath(String good, String bad, String path) {
    String text =
        "{'source':'s','name':'n','architecture':'a','hiddenSize':8,'vocabularySize':10,'tiedEmbeddings':true,'layers':[{'count':2,"
            + "'attention':{'kind':'groupedQuery','heads':4,'kvHeads':2,'headDimension':3},"
            + "'ffn':{'kind':'moe','experts':6,'expertsPerToken':2,'expertWidth':5}}]}";
    Model model = ModelFile.read(JsonCursor.parse(text.replace('\'', '"'), "m.json"));
    assertEquals(2 * (288 + 720 + 48 + 16) + 8 + 80, model.parameters());
    String broken = text.replace(good, bad).replace('\'', '"');
    assertEquals(
        path,
        assertThrows(InputException.class, () -> ModelFile.read(JsonCursor.parse(broken, "m.json")))
            .path());
  }
}
