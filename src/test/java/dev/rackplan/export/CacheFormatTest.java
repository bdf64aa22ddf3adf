package dev.rackplan.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The format of the KV cache that a plan was priced with reaches each engine. */
class CacheFormatTest {
  private static final String FLAG = "--kv-cache-dtype ";
  private static final String LLAMA = "llama-3.1-8b";

  @TempDir private Path folder;

  private Deployment deployment(String model, String kv) {
    return OneGpu.deployment(
        OneGpu.problem(
            folder,
            "b200-sxm",
            """
        {"name": "one", "model": "MODEL", "topology": "../topologies/one.json", PRECISION
         "workload": {"phase": "decode", "contextTokens": 4000, "concurrentSequences": 1ROUTING}}
        """
                .replace("MODEL", model)
                .replace(
                    "ROUTING",
                    model.equals(LLAMA) ? "" : ", \"routing\": {\"uneven\": {\"seed\": 1}}")
                .replace(
                    "PRECISION",
                    kv.isEmpty() ? "" : "\"precision\": {\"kv\": \"%s\"},".formatted(kv))));
  }

  private static String written(List<String> lines) {
    List<String> found = lines.stream().filter(line -> line.startsWith(FLAG)).toList();
    return found.isEmpty() ? "none" : String.join(" ", found).substring(FLAG.length());
  }

  @ParameterizedTest
  @CsvSource({
    "bf16, bfloat16, bfloat16, none",
    "fp8, fp8_e4m3, fp8, fp8",
    "nvfp4, nvfp4, nvfp4, nvfp4",
    "'', none, none, none"
  })
  void words_areThoseOfTheProblem(String kv, String sglang, String vllm, String tensorRt) {
    Deployment deployment = deployment(LLAMA, kv);
    assertEquals(sglang, written(SglangExport.words(deployment)));
    assertEquals(vllm, written(VllmExport.flags(deployment)));
    String start = VllmExport.start(deployment, deployment.ranks().launchersOfInstance()).command();
    assertEquals(!vllm.equals("none"), start.contains(FLAG + vllm), start);
    String config = TensorRtExport.wholeConfig(deployment, "/plan", new ArrayList<>()).text();
    assertEquals(!tensorRt.equals("none"), config.contains("dtype: " + tensorRt), config);
  }

  // SGLang keeps those of DeepSeek-V3.2 and GLM-5 in FP8 on Blackwell, vLLM GLM-5's, where nobody
  // says otherwise; the plan has 16 bits.
  @Test
  void indexedLatents_areNotLeftToTheEngine() {
    for (String model : List.of("deepseek-v3.2", "glm-5")) {
      Deployment deployment = deployment(model, "");
      assertEquals("bfloat16", written(SglangExport.words(deployment)));
      assertEquals("bfloat16", written(VllmExport.flags(deployment)));
    }
  }

  @Test
  void compressedCaches_ofVllmHaveEightBits() {
    Deployment wide = deployment("deepseek-v4-flash", "bf16");
    ExportRefusal refusal = assertThrows(ExportRefusal.class, () -> VllmExport.flags(wide));
    assertTrue(refusal.getMessage().contains("precision.kv bf16"), refusal.getMessage());
    assertEquals("fp8", written(VllmExport.flags(deployment("deepseek-v4-flash", "fp8"))));
    assertEquals("none", written(VllmExport.flags(deployment("deepseek-v4-flash", ""))));
  }

  @Test
  void formats_thatAnEngineLacksAreRefused() {
    Deployment deployment = deployment(LLAMA, "int8");
    assertEquals("int8_per_token_head", written(VllmExport.flags(deployment)));
    ExportRefusal refusal = assertThrows(ExportRefusal.class, () -> SglangExport.words(deployment));
    assertEquals("SGLang has no option for a KV cache in int8", refusal.getMessage());
  }
}
