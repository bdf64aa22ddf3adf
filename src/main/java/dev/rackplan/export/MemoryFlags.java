package dev.rackplan.export;

import dev.rackplan.problem.EngineMemory;
import dev.rackplan.problem.MemoryRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a plan's memory was reckoned with, as an engine takes it. Nothing where the plan was made
 * for another engine's rule.
 */
final class MemoryFlags {
  private MemoryFlags() {}

  /** Its default changed over its versions, so that the share is always written. */
  static List<String> vllm(Deployment deployment) {
    EngineMemory memory = deployment.problem().engine().memory();
    List<String> words = new ArrayList<>();
    if (memory.rule() == MemoryRule.OF_TOTAL) {
      words.add("--gpu-memory-utilization " + share(deployment));
      memory.pageTokens().ifPresent(tokens -> words.add("--block-size " + tokens));
      if (!memory.hybridAllocator()) {
        words.add("--disable-hybrid-kv-cache-manager");
      }
    }
    return words;
  }

  /** Without a given share SGLang works it out as the plan did. */
  static List<String> sglang(Deployment deployment) {
    EngineMemory memory = deployment.problem().engine().memory();
    List<String> words = new ArrayList<>();
    if (memory.rule() == MemoryRule.OF_FREE_BEFORE_LOAD) {
      if (memory.fraction().isPresent()) {
        words.add("--mem-fraction-static " + share(deployment));
      }
      memory.pageTokens().ifPresent(tokens -> words.add("--page-size " + tokens));
      if (!memory.hybridAllocator()) {
        words.add("--disable-hybrid-swa-memory");
      }
    }
    return words;
  }

  /** {@code kv_cache_config}; empty where the plan was made for another engine. */
  static Map<String, Object> tensorRt(Deployment deployment) {
    EngineMemory memory = deployment.problem().engine().memory();
    Map<String, Object> config = new LinkedHashMap<>();
    if (memory.rule() == MemoryRule.OF_FREE_AFTER_STEP) {
      config.put("free_gpu_memory_fraction", fraction(deployment));
      memory.pageTokens().ifPresent(tokens -> config.put("tokens_per_block", tokens));
    }
    return config;
  }

  private static String share(Deployment deployment) {
    return Double.toString(fraction(deployment));
  }

  private static double fraction(Deployment deployment) {
    return deployment
        .problem()
        .engine()
        .memory()
        .fraction(deployment.problem().topology().firstSpec().hbmBytes());
  }
}
