package dev.rackplan.generated;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Draws workloads of every phase, routing left out. */
final class WorkloadParts {
  private final Draw draw;

  WorkloadParts(Draw draw) {
    this.draw = draw;
  }

  Map<String, Object> workload(String phase, LayoutParts layouts) {
    Map<String, Object> workload = new LinkedHashMap<>();
    workload.put("phase", phase);
    switch (phase) {
      case "decode" -> decode(workload, layouts);
      case "prefill" -> prefill(workload, layouts);
      case "training" -> training(workload, layouts);
      default -> serving(workload, layouts);
    }
    return workload;
  }

  private void contexts(Map<String, Object> workload, int context) {
    workload.put("contextTokens", context);
    draw.maybe(25, workload, "contextVariation", () -> draw.of(0, 0.5, 1.4));
    draw.maybe(25, workload, "contextTokensP99", () -> context * draw.of(1, 2, 4));
  }

  private static void sequences(Map<String, Object> workload, OptionalInt sequences) {
    workload.put(
        "concurrentSequences", sequences.isPresent() ? (Object) sequences.getAsInt() : "max");
  }

  private void queries(Map<String, Object> workload) {
    if (draw.chance(15)) {
      Map<String, Object> drafts = new LinkedHashMap<>();
      draw.maybe(70, drafts, "acceptance", () -> draw.of(List.of(0.8), List.of(0.9, 0.5)));
      draw.maybe(20, drafts, "model", () -> "llama-3.1-70b");
      workload.put("drafts", drafts);
    } else if (draw.chance(30)) {
      workload.put("queryTokens", draw.of(1, 2, 4));
      draw.maybe(
          60,
          workload,
          "acceptedTokens",
          () -> workload.get("queryTokens").equals(1) ? 1 : (Object) draw.of(1, 1.5, 2));
    }
  }

  // Cached tokens and chunks of a prompt.
  private void prompts(Map<String, Object> workload, int prompt) {
    int cached = draw.chance(30) ? draw.of(0, prompt / 2, prompt - 1) : 0;
    if (cached > 0 || draw.chance(5)) {
      workload.put("cachedTokens", cached);
    }
    draw.maybe(
        30,
        workload,
        "chunkTokens",
        () -> draw.in(1, Math.max(1, (prompt - cached) / draw.of(1, 4))));
  }

  private void decode(Map<String, Object> workload, LayoutParts layouts) {
    contexts(workload, draw.of(1, 100, 1000, 4096, 100000));
    queries(workload);
    sequences(workload, layouts.forInference("decode", workload.containsKey("drafts")));
  }

  private void prefill(Map<String, Object> workload, LayoutParts layouts) {
    int prompt = draw.of(2, 100, 1000, 4096, 30000);
    contexts(workload, prompt);
    prompts(workload, prompt);
    sequences(workload, layouts.forInference("prefill", false));
  }

  private void serving(Map<String, Object> workload, LayoutParts layouts) {
    int prompt = draw.of(2, 100, 2000);
    workload.put("inputTokens", prompt);
    workload.put("outputTokens", draw.of(1, 50, 500));
    workload.put("requestsPerSecond", draw.<Object>of(0.01, 0.1, 1, 100, "max"));
    draw.maybe(25, workload, "contextVariation", () -> draw.of(0, 1.4));
    prompts(workload, prompt);
    queries(workload);
    layouts.forServing(workload.containsKey("drafts"));
  }

  private void training(Map<String, Object> workload, LayoutParts layouts) {
    int context = draw.of(1, 128, 1024, 4096);
    workload.put("contextTokens", context);
    Map<String, Object> training = new LinkedHashMap<>();
    String schedule = draw.of("1f1b", "interleaved", "zb1p", "dualpipe");
    if (schedule.equals("dualpipe") && !layouts.holdsTwoStages() && draw.chance(80)) {
      schedule = "zb1p";
    }
    int chunks =
        schedule.equals("interleaved") ? draw.in(1, Math.max(1, Math.min(3, layouts.layers()))) : 1;
    int sequences = layouts.forTraining(schedule, chunks);
    if (draw.coin()) {
      training.put("globalBatchSequences", sequences);
    } else {
      training.put("globalBatchTokens", sequences * context);
    }
    if (!schedule.equals("1f1b") || draw.coin()) {
      training.put("schedule", schedule);
    }
    if (chunks > 1 || draw.chance(10)) {
      training.put("virtualStages", chunks);
    }
    draw.maybe(70, training, "recompute", () -> draw.of("none", "selective", "pointwise", "full"));
    draw.maybe(40, training, "fusedAttention", draw::coin);
    draw.maybe(40, training, "sequenceParallel", draw::coin);
    draw.maybe(40, training, "reversible", draw::coin);
    draw.maybe(40, training, "optimizerBytesPerParameter", () -> draw.of(0, 8, 12, 16.5));
    draw.maybe(50, training, "zeroStage", () -> draw.in(0, 3));
    draw.maybe(30, training, "shardRanks", () -> draw.of(1, 2, 3, 8));
    draw.maybe(
        40,
        training,
        "gradients",
        () -> draw.of("fp32", "bf16", "fp16", "fp8", "int8", "fp4", "nvfp4", "mxfp4"));
    draw.maybe(
        40,
        training,
        "activations",
        () -> draw.of("fp32", "bf16", "fp16", "fp8", "int8", "fp4", "nvfp4", "mxfp4"));
    draw.maybe(40, training, "overlapGradientReduction", draw::coin);
    draw.maybe(40, training, "overlapWeightGather", draw::coin);
    draw.maybe(40, training, "tensorOverlap", () -> draw.of("none", "backward", "all"));
    draw.maybe(30, training, "attentionKernel", () -> draw.of("native", "flash2", "flash"));
    draw.maybe(40, training, "cudaGraphs", draw::coin);
    draw.maybe(30, training, "eagerExperts", draw::coin);
    draw.maybe(40, training, "elementwise", () -> draw.of("fused", "library", "single"));
    draw.maybe(
        40, training, "loss", () -> draw.of("fused", "divided", "library", "whole", "compiled"));
    draw.maybe(30, training, "recomputeModules", this::modules);
    draw.maybe(30, training, "overlapExperts", draw::coin);
    draw.maybe(30, training, "widenGradients", draw::coin);
    draw.maybe(30, training, "broadcastWeights", draw::coin);
    draw.maybe(30, training, "gatherSingly", draw::coin);
    draw.maybe(30, training, "hostOptimizer", () -> draw.of(0, 0.25, 1));
    draw.maybe(30, training, "hostActivations", () -> draw.of(0, 0.5, 1));
    draw.maybe(30, training, "updateBytesPerParameter", () -> draw.of(0, 4, 10));
    workload.put("training", training);
  }

  // None, or up to three of them.
  private List<String> modules() {
    List<String> modules = new ArrayList<>();
    for (int i = draw.in(0, 3); i > 0; i--) {
      String module =
          draw.of(
              "core_attn",
              "mla_up_proj",
              "layernorm",
              "moe_act",
              "mlp",
              "moe",
              "shared_experts",
              "operations");
      if (!modules.contains(module)) {
        modules.add(module);
      }
    }
    return modules;
  }
}
