package dev.rackplan.problem;

import java.util.Optional;

/** How an engine decides what of a GPU's memory its KV cache may take. */
public enum MemoryRule {
  /** No engine's: weights, cache and buffers leave {@code limits.memoryReserve} free. */
  RESERVE("memoryReserve", 1),
  /**
   * vLLM: a share of the whole memory holds weights, the largest step of a profile run, what lies
   * outside PyTorch, and the cache. Its default was 0.9 up to 2025; 0.92 since. Source: vLLM's
   * worker, {@code determine_available_memory}.
   */
  OF_TOTAL("gpu_memory_utilization", 0.9),
  /**
   * SGLang: a share of what is free before weights are loaded holds weights and cache; steps,
   * graphs and transfer buffers take the rest. The default follows from the GPU and the layout.
   * Source: SGLang's {@code profile_available_bytes} and {@code handle_gpu_memory_settings}.
   */
  OF_FREE_BEFORE_LOAD("mem_fraction_static", 1),
  /**
   * TensorRT-LLM: the cache takes a share of what is free beside weights and the largest step.
   * Source: its {@code KvCacheConfig}.
   */
  OF_FREE_AFTER_STEP("free_gpu_memory_fraction", 0.9);

  private final String flag;
  private final double usualFraction;

  MemoryRule(String flag, double usualFraction) {
    this.flag = flag;
    this.usualFraction = usualFraction;
  }

  /** What the engine calls the share. */
  public String flag() {
    return flag;
  }

  /** The share where none is given; of no meaning where the engine works it out. */
  double usualFraction() {
    return usualFraction;
  }

  /** That of an engine, by {@link Engine#lawName}; empty where the engine is unknown. */
  public static Optional<MemoryRule> ofEngine(String lawName) {
    return switch (lawName) {
      case "vllm", "vllmascend" -> Optional.of(OF_TOTAL);
      case "sglang" -> Optional.of(OF_FREE_BEFORE_LOAD);
      case "trtllm" -> Optional.of(OF_FREE_AFTER_STEP);
      default -> Optional.empty();
    };
  }
}
