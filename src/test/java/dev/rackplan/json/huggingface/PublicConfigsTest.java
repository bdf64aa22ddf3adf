package dev.rackplan.json.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.SharedData;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ModelReader;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The public configs beside the project, where they are present. */
class PublicConfigsTest {
  /** Settings of an engine, which say nothing of the model. */
  private static final String NO_MODEL = "neuron_configs";

  private static Model read(String name) {
    Path folder = SharedData.dir("data", "configs");
    Path file = folder.resolve(name + "_config.json");
    if (!Files.exists(file)) {
      file = folder.resolve(name + ".json");
    }
    return ModelReader.read(file, file.toString());
  }

  @Test
  void everyConfigOfAModel_isRead() throws IOException {
    List<Path> configs;
    try (Stream<Path> files = Files.list(SharedData.dir("data", "configs"))) {
      configs = files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    List<String> refused = new ArrayList<>();
    for (Path file : configs) {
      if (file.toString().contains(NO_MODEL)) {
        InputException error =
            assertThrows(InputException.class, () -> ModelReader.read(file, file.toString()));
        assertTrue(error.getMessage().contains("isn't the config of a model"), error.getMessage());
        continue;
      }
      try {
        assertTrue(ModelReader.read(file, file.toString()).parameters() > 0);
      } catch (InputException e) {
        refused.add(e.getMessage());
      }
    }
    assertEquals(List.of(), refused);
    assertTrue(configs.size() > 100, configs.size() + "");
  }

  /**
   * Parameters of the model that transformers 5.24 builds from the config, vision parts among them;
   * load-balancing biases of routers are no parameters there.
   */
  @ParameterizedTest
  @CsvSource({
    "aic__MiniMaxAI--MiniMax-M2.7, 228689748992",
    "aic__Qwen--Qwen3-0.6B, 596049920",
    "aic__Qwen--Qwen3-235B-A22B, 235093634560",
    "aic__Qwen--Qwen3-32B-FP8, 32762123264",
    "aic__Qwen--Qwen3-Coder-480B-A35B-Instruct, 480154875392",
    "aic__Qwen--Qwen3-VL-235B-A22B-Instruct, 235670022896",
    "aic__Qwen--Qwen3-VL-2B-Instruct, 2127532032",
    "aic__Qwen--Qwen3-VL-30B-A3B-Instruct, 31070754032",
    "aic__Qwen--Qwen3-VL-32B-Instruct, 33357390064",
    "aic__Qwen--Qwen3-VL-4B-Instruct, 4437815808",
    "aic__Qwen--Qwen3.5-27B, 27356728560",
    "aic__Qwen--Qwen3.5-397B-A17B, 396802360816",
    "aic__XiaomiMiMo--MiMo-V2-Flash, 308778768832",
    "aic__deepseek-ai--DeepSeek-V3.2, 671877929216",
    "aic__deepseek-ai--DeepSeek-V3, 671026404352",
    "aic__deepseek-ai--DeepSeek-V4-Flash, 284332230231",
    "aic__google--gemma-4-26B-A4B, 25805933872",
    "aic__meta-llama--Meta-Llama-3.1-8B, 8030261248",
    "aic__mistralai--Mixtral-8x7B-v0.1, 46702792704",
    "aic__moonshotai--Kimi-K2.5, 1026879353328",
    "aic__nvidia--DeepSeek-V4-Pro-NVFP4, 1572997179491",
    "aic__nvidia--GLM-5.1-NVFP4, 743911199232",
    "aic__nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-BF16, 31577937344",
    "aic__nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-FP8, 120668687360",
    "aic__nvidia--NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16, 549308968960",
    "aic__nvidia--Qwen3.5-122B-A10B-NVFP4, 122562817776",
    "aic__nvidia--Qwen3.6-35B-A3B-NVFP4, 35107181936",
    "aic__openai--gpt-oss-120b, 116829156672",
    "aic__stepfun-ai--Step-3.7-Flash, 197824847872",
    "aic__zai-org--GLM-5.2, 743377000704",
    "aicold__Qwen--Qwen2.5-1.5B, 1543714304",
    "aicold__Qwen--Qwen2.5-72B, 72706203648",
    "aicold__Qwen--Qwen2.5-7B, 7615616512",
    "aicold__meta-llama--Llama-2-13b-hf, 13015864320",
    "maxtext__gemma2_2b, 2614341888",
    "maxtext__gemma2_9b, 9241705984",
    "maxtext__gemma3_27b, 27432062576",
    "maxtext__gemma3_4b, 4299915632",
    "maxtext__gemma4_e4b, 7632344064",
    "maxtext__mixtral_8x22b, 140630071296",
    "maxtext__olmo3_7b, 7298011136",
    "maxtext__qwen3_1_7b, 1720574976",
    "maxtext__qwen3_4b, 4022468096",
    "maxtext__qwen3_8b, 8190735360",
    "maxtext__qwen3_next_80b_a3b, 79674391296",
    "neuron__test_integration_tp32_models_llama_llama4_config_16E_4layer, 11035079936",
    "neuron__test_integration_tp32_models_mllama_config_4layer, 6450528021",
    "neuron__test_integration_tp64_models_gemma3, 2245594480",
    "neuron__test_integration_tp64_models_qwen3_vl_config_4layer, 2592837872"
  })
  void parameters_areThoseOfTheBuiltModel(String name, long parameters) {
    assertEquals(parameters, read(name).parameters(), parameters * 1e-5, name);
  }

  @Test
  void glm52_keeps21Indexers() {
    Model glm = read("aic__zai-org--GLM-5.2");
    Model before = read("aic__nvidia--GLM-5.1-NVFP4");
    assertEquals(21 * 128 * 2, glm.indexBytesPerToken(Dtype.BF16));
    assertEquals(78 * 128 * 2, before.indexBytesPerToken(Dtype.BF16));
    // 57 indexers: 2048·32·128 + 6144·128 + 2·128 + 6144·32 each.
    assertEquals(57L * 9_371_904, before.parameters() - glm.parameters());
    assertEquals(before.kvBytesPerToken(Dtype.BF16), glm.kvBytesPerToken(Dtype.BF16));
  }
}
