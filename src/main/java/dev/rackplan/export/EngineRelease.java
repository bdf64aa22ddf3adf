package dev.rackplan.export;

import dev.rackplan.problem.EngineKind;
import java.util.Arrays;

/**
 * The release of each engine that exports are written for, with the names of all its flags: those
 * of its own parser, taken from the package by {@code src/engines/flags.py}.
 */
enum EngineRelease {
  SGLANG(EngineKind.SGLANG, "0.5.23", "sglang.launch_server"),
  VLLM(EngineKind.VLLM, "0.33.0", "vllm serve"),
  VLLM_ASCEND(EngineKind.VLLM_ASCEND, "0.23.0.post1", "vllm serve"),
  TENSORRT_LLM(EngineKind.TENSORRT_LLM, "1.2.0", "trtllm-serve \"$MODEL\""),
  /** Arguments come in a file of their own. */
  MEGATRON(EngineKind.MEGATRON, "0.16.1", "");

  private final EngineKind kind;
  private final String version;
  private final String command;

  EngineRelease(EngineKind kind, String version, String command) {
    this.kind = kind;
    this.version = version;
    this.command = command;
  }

  static EngineRelease of(EngineKind kind) {
    return Arrays.stream(values())
        .filter(release -> release.kind == kind)
        .findFirst()
        .orElseThrow();
  }

  String version() {
    return version;
  }

  EngineKind kind() {
    return kind;
  }

  /** Such as {@code SGLang 0.5.23}. */
  String title() {
    return kind.title() + " " + version;
  }

  /** What its parser knows. */
  KnownFlags flags() {
    // vllm-ascend is a plugin: the command is vLLM's.
    String file =
        switch (this) {
          case SGLANG -> "sglang";
          case VLLM, VLLM_ASCEND -> "vllm";
          case TENSORRT_LLM -> "trtllm";
          case MEGATRON -> "megatron";
        };
    return new KnownFlags(file, command);
  }
}
