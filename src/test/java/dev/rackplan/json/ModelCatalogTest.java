package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.SharedData;
import dev.rackplan.json.huggingface.HuggingFaceConfig;
import dev.rackplan.model.ContextLimit;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.StoredFormats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

  // A name stands for all checkpoints that bear it, an id for one. Llama 3 is built as Llama 3.1.
  @ParameterizedTest
  @CsvSource({
    "qwen3-235b-a22b, 40960, 1010000",
    "Qwen/Qwen3-235B-A22B, 40960, 40960",
    "qwen3-235b-a22b-fp8, 40960, 40960",
    "Qwen/Qwen3-235B-A22B-Thinking-2507, 262144, 262144",
    "qwen3-8b, 40960, 131072",
    "Qwen/Qwen3-8B, 40960, 131072",
    "Qwen/Qwen2.5-7B-Instruct-1M, 1010000, 1010000",
    "command-a-111b, 131072, 131072",
    "kimi-k2, 131072, 262144",
    "moonshotai/kimi-k2-instruct, 131072, 131072",
    "llama-3.1-70b, 131072, 131072",
    "meta-llama/Meta-Llama-3-70B-Instruct, 8192, 8192",
    "deepseek-ai/DeepSeek-R1, 163840, 163840",
    "llama-4-scout, 262144, 10485760"
  })
  void contextLimit_isThatOfTheCheckpointThatIsNamed(String word, int everywhere, int longest) {
    ContextLimit limit = ModelCatalog.read(word).contextLimit().orElseThrow();
    assertEquals(everywhere, limit.everywhere());
    assertEquals(longest, limit.longest());
  }

  // Published configs of ids that the catalogue has, except that of Step-3.7-Flash: the stored one
  // is AIConfigurator's own (another architecture's name, no text_config). Its maker says 256K.
  @Test
  void contextLimits_areThoseOfPublishedConfigs() throws IOException {
    int compared = 0;
    try (Stream<Path> files = Files.list(SharedData.dir().resolve("configs"))) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (!name.startsWith("aic") || !name.endsWith("_config.json") || !name.contains("--")) {
          continue;
        }
        String id =
            name.substring(name.indexOf("__") + 2, name.length() - "_config.json".length())
                .replace("--", "/");
        if (ModelCatalog.find(id).isEmpty() || id.startsWith("stepfun-ai/Step-3.7-Flash")) {
          continue;
        }
        assertEquals(
            HuggingFaceConfig.read(file, name).contextLimit().map(ContextLimit::everywhere),
            ModelCatalog.read(id).contextLimit().map(ContextLimit::everywhere),
            id);
        compared++;
      }
    }
    assertTrue(compared >= 40, String.valueOf(compared));
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
    Model storedEntry = ModelCatalog.read(name);
    assertEquals(stored.architecture(), storedEntry.architecture());
    // BF16 checkpoints need no word of it.
    assertEquals(
        stored.stored().map(StoredFormats::weights).orElse(Dtype.BF16),
        storedEntry.stored().map(StoredFormats::weights).orElse(Dtype.BF16));
    assertEquals(
        stored.stored().map(StoredFormats::experts).orElse(Dtype.BF16),
        storedEntry.stored().map(StoredFormats::experts).orElse(Dtype.BF16));
    assertSame(stored, storedEntry);
  }

  private static void assertSame(Model stored, Model storedEntry) {
    Model read = unstored(stored);
    Model entry = unstored(storedEntry);
    assertEquals(read.layers(), entry.layers());
    assertEquals(
        new Model(
            entry.name(),
            entry.architecture(),
            read.hiddenSize(),
            read.vocabularySize(),
            read.tiedEmbeddings(),
            read.layers(),
            read.nextTokenLayers(),
            read.predictions(),
            read.stored(),
            read.input(),
            entry.contextLimit(),
            entry.notes()),
        entry);
  }

  @ParameterizedTest
  @CsvSource({
    "qwen3-0.6b, aic__Qwen--Qwen3-0.6B_config.json",
    "qwen3-4b, maxtext__qwen3_4b_config.json",
    "qwen3-8b, maxtext__qwen3_8b_config.json",
    "qwen3-32b, aic__Qwen--Qwen3-32B-FP8_config.json",
    "qwen3-coder-480b-a35b, aic__Qwen--Qwen3-Coder-480B-A35B-Instruct_config.json",
    "qwen3-next-80b-a3b, maxtext__qwen3_next_80b_a3b_config.json",
    "qwen3-vl-4b, aic__Qwen--Qwen3-VL-4B-Instruct_config.json",
    "qwen3-vl-235b-a22b, aic__Qwen--Qwen3-VL-235B-A22B-Instruct_config.json",
    "qwen3.5-27b, aic__Qwen--Qwen3.5-27B_config.json",
    "qwen3.5-35b-a3b, maxtext__qwen3_5_35b_a3b_config.json",
    "qwen3.6-35b-a3b, aic__nvidia--Qwen3.6-35B-A3B-NVFP4_config.json",
    "qwen2.5-72b, aicold__Qwen--Qwen2.5-72B_config.json",
    "deepseek-v4-flash, aic__deepseek-ai--DeepSeek-V4-Flash_config.json",
    "deepseek-v4-pro, aic__nvidia--DeepSeek-V4-Pro-NVFP4_config.json",
    "kimi-k2.5, aic__moonshotai--Kimi-K2.5_config.json",
    "kimi-k3, aic__moonshotai--Kimi-K3_config.json",
    "glm-5, aic__zai-org--GLM-5-FP8_config.json",
    "glm-5.2, aic__zai-org--GLM-5.2_config.json",
    "minimax-m2, aic__MiniMaxAI--MiniMax-M2.7_config.json",
    "llama-3.1-8b, aic__meta-llama--Meta-Llama-3.1-8B_config.json",
    "llama-2-13b, aicold__meta-llama--Llama-2-13b-hf_config.json",
    "gemma-2-9b, maxtext__gemma2_9b_config.json",
    "gemma-3-4b, maxtext__gemma3_4b_config.json",
    "gemma-4-e4b, maxtext__gemma4_e4b_config.json",
    "gemma-4-26b-a4b, aic__google--gemma-4-26B-A4B_config.json",
    "nemotron-3-super-120b-a12b, aic__nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-FP8_config.json",
    "mimo-v2-flash, aic__XiaomiMiMo--MiMo-V2-Flash_config.json",
    "step-3.7-flash, aic__stepfun-ai--Step-3.7-Flash_config.json",
    "olmo-3-7b, maxtext__olmo3_7b_config.json",
    "ling-mini-2.0, other__ling-mini-2.json"
  })
  void entry_equalsTheModelOfASharedConfig(String name, String config) {
    Path file = SharedData.dir().resolve("configs").resolve(config);
    assertSame(HuggingFaceConfig.read(file, file.toString()), ModelCatalog.read(name));
  }

  /** Published sizes in billions, as cards round them; vision parts where the entry has one. */
  @ParameterizedTest
  @CsvSource({
    "command-a-111b, 111",
    "deepseek-v2, 236",
    "deepseek-v2-lite, 15.7",
    "deepseek-v4-flash, 284",
    "dots1, 142.8",
    "ernie-4.5-21b-a3b, 21.8",
    "ernie-4.5-300b-a47b, 300",
    "falcon-h1-34b, 33.6",
    "falcon-h1-7b, 7.59",
    "gemma-2-27b, 27.2",
    "gemma-2-2b, 2.61",
    "gemma-2-9b, 9.24",
    "gemma-3-12b, 12.2",
    "gemma-3-4b, 4.3",
    "gemma-4-26b-a4b, 25.8",
    "gemma-4-31b, 31.3",
    "glm-4.7-flash, 30",
    "glm-5, 744",
    "glm-5.2, 743.4",
    "granite-4.0-h-small, 32.2",
    "grok-2, 270",
    "hunyuan-a13b, 80.4",
    "kimi-linear-48b-a3b, 49.1",
    "llama-2-13b, 13.0",
    "llama-2-7b, 6.74",
    "llama-3.1-8b, 8.03",
    "llama-3.2-1b, 1.24",
    "llama-3.2-3b, 3.21",
    "longcat-flash, 560",
    "mimo-7b, 7.62",
    "mimo-v2-flash, 309",
    "minimax-m2, 228.7",
    "minimax-m3, 428",
    "mistral-7b, 7.25",
    "mistral-large-123b, 123",
    "mistral-nemo-12b, 12.2",
    "mistral-small-24b, 24.0",
    "mixtral-8x22b, 140.6",
    "moonlight-16b-a3b, 16.0",
    "nemotron-3-nano-30b-a3b, 31.6",
    "nemotron-3-super-120b-a12b, 120.7",
    "nemotron-3-ultra-550b-a55b, 550",
    "nemotron-h-56b, 56.3",
    "nemotron-super-49b, 49.9",
    "olmo-3-32b, 32.2",
    "olmo-3-7b, 7.3",
    "phi-3.5-moe, 41.9",
    "phi-4, 14.7",
    "qwen2.5-1.5b, 1.54",
    "qwen2.5-14b, 14.8",
    "qwen2.5-32b, 32.8",
    "qwen2.5-72b, 72.7",
    "qwen2.5-7b, 7.62",
    "qwen2.5-vl-72b, 73.4",
    "qwen3-0.6b, 0.596",
    "qwen3-1.7b, 1.72",
    "qwen3-14b, 14.8",
    "qwen3-32b, 32.8",
    "qwen3-4b, 4.02",
    "qwen3-8b, 8.19",
    "qwen3-coder-480b-a35b, 480",
    "qwen3-next-80b-a3b, 79.7",
    "qwen3.5-397b-a17b, 397",
    "seed-oss-36b, 36.2",
    "smollm3-3b, 3.08",
    "step-3.7-flash, 198"
  })
  void parameters_areThoseOfTheCard(String name, double billions) {
    assertEquals(billions * 1e9, ModelCatalog.read(name).parameters(), billions * 5e6, name);
  }

  private static Model unstored(Model model) {
    return new Model(
        model.name(),
        model.architecture(),
        model.hiddenSize(),
        model.vocabularySize(),
        model.tiedEmbeddings(),
        unstored(model.layers()),
        unstored(model.nextTokenLayers()),
        model.predictions(),
        Optional.empty(),
        model.input(),
        model.contextLimit(),
        model.notes());
  }

  private static List<Layer> unstored(List<Layer> layers) {
    return layers.stream()
        .map(
            layer ->
                new Layer(
                    layer.attention(),
                    layer.ffn(),
                    layer.otherParameters(),
                    layer.boundaryResiduals(),
                    layer.kvSource(),
                    Optional.empty()))
        .toList();
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
        assertThrows(InputException.class, () -> ModelCatalog.read("deepsek-v3"));
    assertTrue(error.getMessage().contains("did you mean \"deepseek-v3\"?"), error.getMessage());
    error = assertThrows(InputException.class, () -> ModelCatalog.read("deepseek-v4"));
    assertTrue(
        error.getMessage().contains("did you mean \"deepseek-v4-flash\"?"), error.getMessage());
    // A name may be given by its beginning.
    error = assertThrows(InputException.class, () -> ModelCatalog.read("qwen3-23b"));
    assertTrue(
        error.getMessage().contains("did you mean \"qwen3-235b-a22b\"?"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek-ai/DeepSeek-R1, deepseek-v3",
    "DEEPSEEK-AI/deepseek-r1, deepseek-v3",
    "DeepSeek-R1, deepseek-v3",
    "Qwen3-8B, qwen3-8b",
    "QWEN/QWEN3-8B-FP8, qwen3-8b",
    "meta-llama/Llama-3.3-70B-Instruct, llama-3.1-70b",
    "zai-org/GLM-5.2-FP8, glm-5.2"
  })
  void idsAndNames_meanAModelInAnyCase(String word, String name) {
    assertEquals(name, ModelReader.read(word).name());
  }

  @Test
  void unknownId_namesFileAndIdAndTheNearest() {
    InputException error =
        assertThrows(InputException.class, () -> ModelReader.read("deepseek-ai/DeepSeek-R2"));
    assertTrue(
        error.getMessage().contains("is neither a file nor a Hugging Face id"), error.getMessage());
    assertTrue(
        error.getMessage().contains("did you mean \"deepseek-ai/DeepSeek-"), error.getMessage());
    assertTrue(error.getMessage().contains("config.json"), error.getMessage());
  }

  @Test
  void idsOfTheCatalogue_belongToOneModelEach() {
    Map<String, String> owners = new TreeMap<>();
    for (String name : ModelCatalog.names()) {
      for (String id : ModelCatalog.ids(name)) {
        assertTrue(ModelCatalog.isId(id), id);
        assertEquals(null, owners.put(id.toLowerCase(Locale.ROOT), name), id);
        assertEquals(Optional.of(name), ModelCatalog.find(id), id);
      }
    }
    assertTrue(owners.size() > 200, owners.size() + "");
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
