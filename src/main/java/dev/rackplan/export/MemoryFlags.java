package dev.rackplan.export;

import dev.rackplan.problem.EngineMemory;
import dev.rackplan.problem.MemoryRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a plan's memory was reckoned with, as an engine takes it: its rule's share, or what {@code
 * limits.memoryReserve} leaves. Nothing where the plan was made for another engine's rule, except
 * for SGLang, whose default can't start.
 */
final class MemoryFlags {
  private static final double MOST_SHARE = 0.99;
  private static final double STEPS = 1000;
  // Of a thousandth: 1 - 0.1 is 0.9.
  private static final double TOLERANCE = 1e-6;

  private MemoryFlags() {}

  /** Its default changed over its versions, so that the share is always written. */
  static List<String> vllm(Deployment deployment) {
    EngineMemory memory = deployment.problem().engine().memory();
    List<String> words = new ArrayList<>();
    if (memory.rule() == MemoryRule.RESERVE) {
      words.add("--gpu-memory-utilization " + unreserved(deployment));
    }
    if (memory.rule() == MemoryRule.OF_TOTAL) {
      words.add("--gpu-memory-utilization " + share(deployment));
      memory.pageTokens().ifPresent(tokens -> words.add("--block-size " + tokens));
      if (!memory.hybridAllocator()) {
        words.add("--disable-hybrid-kv-cache-manager");
      }
    }
    return words;
  }

  /**
   * The share is always written: what SGLang would work out falls below 0 with many data-parallel
   * ranks, as it sets graphs' padding aside for each of them.
   */
  static List<String> sglang(Deployment deployment) {
    EngineMemory memory = deployment.problem().engine().memory();
    List<String> words = new ArrayList<>();
    words.add("--mem-fraction-static " + staticShare(deployment));
    if (memory.rule() == MemoryRule.OF_FREE_BEFORE_LOAD) {
      memory.pageTokens().ifPresent(tokens -> words.add("--page-size " + tokens));
      if (!memory.hybridAllocator()) {
        words.add("--disable-hybrid-swa-memory");
      }
    }
    return words;
  }

  // The plan's own share; where it was made for another engine's rule, SGLang's default as plans
  // reckon it.
  private static String staticShare(Deployment deployment) {
    EngineMemory memory = deployment.problem().engine().memory();
    return switch (memory.rule()) {
      case RESERVE -> unreserved(deployment);
      case OF_FREE_BEFORE_LOAD ->
          memory.fraction().isPresent() ? share(deployment) : own(memory, deployment);
      case OF_TOTAL, OF_FREE_AFTER_STEP ->
          own(memory.withRule(MemoryRule.OF_FREE_BEFORE_LOAD), deployment);
    };
  }

  private static String own(EngineMemory memory, Deployment deployment) {
    double bytes = deployment.gpu().hbmBytes();
    var layout = deployment.layout();
    double gpus = (double) layout.pipelineStages() * layout.gpusPerStage();
    boolean deepEp = deployment.sends() && !deployment.isPrefill();
    double share = memory.fraction(bytes) - EngineMemory.slackBytes(gpus, deepEp) / bytes;
    if (!(share > 0)) {
      throw new ExportRefusal(
          "SGLang's default leaves no memory for weights and cache on " + (int) gpus + " GPUs",
          "Give engine.memoryFraction in the problem.");
    }
    return rounded(share);
  }

  private static String unreserved(Deployment deployment) {
    return rounded(1 - deployment.problem().limits().memoryReserve());
  }

  // Down, so that nothing is promised that the plan did not have; away from 1, which leaves nothing
  // to the engine itself.
  private static String rounded(double share) {
    double steps = Math.floor(Math.min(share, MOST_SHARE) * STEPS + TOLERANCE);
    return Double.toString(steps / STEPS);
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
    return deployment.problem().engine().memory().fraction(deployment.gpu().hbmBytes());
  }
}
