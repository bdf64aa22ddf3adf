package dev.rackplan.json.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ids of checkpoints say their model and format. */
class CheckpointNameTest {

  @ParameterizedTest
  @CsvSource({
    "Qwen/Qwen3-32B, qwen3-32b,",
    "deepseek-ai/DeepSeek-V3, deepseek-v3,",
    "nvidia/Qwen3-32B-NVFP4, qwen3-32b, nvfp4",
    "nvidia/DeepSeek-R1-0528-FP4-V2, deepseek-v3, fp4",
    "RedHatAI/Qwen3-32B-FP8-dynamic, qwen3-32b, fp8_tensor",
    "RedHatAI/Qwen3-32B-quantized.w4a16, qwen3-32b, int4",
    "JunHowie/Qwen3-32B-GPTQ-Int4, qwen3-32b, int4",
    "Qwen/Qwen2.5-72B-Instruct-GPTQ-Int8, qwen2.5-72b, w8a16",
    "hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4, llama-3.1-70b, int4_awq",
    "amd/Llama-3.1-70B-Instruct-FP8-KV, llama-3.1-70b, fp8",
    "amd/DeepSeek-R1-MXFP4-Preview, deepseek-v3, mxfp4",
    "someone/Qwen3-32B-AWQ-4bit, qwen3-32b, int4_awq"
  })
  void idWithASuffix_namesModelAndFormat(String id, String model, String format) {
    CheckpointName found = CheckpointName.of(id).orElseThrow();

    assertEquals(model, found.model());
    assertEquals(Optional.ofNullable(format), found.format().map(dtype -> dtype.key()));
  }

  @ParameterizedTest
  @CsvSource({"01-ai/Yi-34B", "nobody/at-all-FP8", "Qwen/Qwen3-32B-Draft", "FP8", "nvidia/-NVFP4"})
  void idOfNoModel_namesNothing(String id) {
    assertEquals(Optional.empty(), CheckpointName.of(id));
  }
}
