package dev.rackplan.problem;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** An engine whose conditions on layouts are known. */
public enum EngineKind {
  SGLANG("SGLang", "sglang dynamosglang"),
  VLLM("vLLM", "vllm dynamovllm"),
  VLLM_ASCEND("vllm-ascend", "vllmascend"),
  TENSORRT_LLM("TensorRT-LLM", "trtllm tensorrtllm trt dynamotrt dynamotrtllm"),
  MEGATRON("Megatron-LM", "megatron megatronlm megatroncore");

  // Searches ask for each layer of each layout.
  private static final Pattern PUNCTUATION = Pattern.compile("[^a-z0-9]");
  private static final Map<String, EngineKind> BY_NAME = byName();

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
    String plain = PUNCTUATION.matcher(name.toLowerCase(Locale.ROOT)).replaceAll("");
    return Optional.ofNullable(BY_NAME.get(plain));
  }

  private static Map<String, EngineKind> byName() {
    Map<String, EngineKind> kinds = new HashMap<>();
    for (EngineKind kind : values()) {
      for (String name : kind.names.split(" ")) {
        kinds.put(name, kind);
      }
    }
    return kinds;
  }
}
