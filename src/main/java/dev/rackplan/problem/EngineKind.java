package dev.rackplan.problem;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** An engine whose conditions on layouts are known. */
public enum EngineKind {
  SGLANG("SGLang", "sglang"),
  VLLM("vLLM", "vllm"),
  VLLM_ASCEND("vllm-ascend", "vllmascend"),
  TENSORRT_LLM("TensorRT-LLM", "trtllm tensorrtllm"),
  MEGATRON("Megatron-LM", "megatron megatronlm megatroncore");

  private final String title;
  private final String names;

  /** Names in lower case, letters and digits only, with spaces between. */
  EngineKind(String title, String names) {
    this.title = title;
    this.names = names;
  }

  /** Its name in sentences. */
  public String title() {
    return title;
  }

  /** Whether it trains; the others serve. */
  public boolean trains() {
    return this == MEGATRON;
  }

  /** The one that is called {@code name}, whatever its case and punctuation. */
  public static Optional<EngineKind> of(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    return Arrays.stream(values())
        .filter(kind -> List.of(kind.names.split(" ")).contains(plain))
        .findFirst();
  }
}
