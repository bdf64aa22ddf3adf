package dev.rackplan.report;

import dev.rackplan.evaluation.TrainingOption;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.workload.Training;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What a {@link TrainingPlanReport} says, as plain values for JSON. */
public final class TrainingPlanTree {
  private TrainingPlanTree() {}

  /** All of it. */
  public static Map<String, Object> of(TrainingPlanReport report) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("gpus", report.gpus());
    tree.put("idleGpus", report.gpus() - report.options().get(0).plan().layout().gpus());
    tree.put("complete", report.complete());
    tree.put("layoutsLookedAt", report.layouts());
    tree.put("layoutsBeyondMemory", report.beyondMemory());
    tree.put("options", report.options().stream().map(option -> of(report, option)).toList());
    report.run().ifPresent(run -> tree.put("run", run.tree()));
    return tree;
  }

  private static Map<String, Object> of(TrainingPlanReport report, TrainingOption option) {
    Layout layout = option.plan().layout();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("layout", SolutionFile.layout(layout));
    tree.put("trainer", trainer(report, layout));
    tree.put("stepSeconds", option.stepSeconds());
    tree.put("tokensPerSecond", option.tokensPerSecond());
    tree.put("tokensPerSecondPerGpu", report.tokensPerSecondPerGpu(option));
    tree.put("modelFlopsUtilization", report.utilization(option, false));
    tree.put("causalModelFlopsUtilization", report.utilization(option, true));
    report
        .recipeUtilization(option)
        .ifPresent(share -> tree.put("recipeModelFlopsUtilization", share));
    tree.put("memoryBytes", option.memoryBytes());
    ConfidenceText.put(tree, option.memory());
    tree.put("bubbleFraction", option.bubbleFraction());
    tree.put("confidence", ConfidenceText.tree(option.confidence()));
    tree.put("shares", option.shares());
    return tree;
  }

  // Degrees as trainers count them.
  private static Map<String, Object> trainer(TrainingPlanReport report, Layout layout) {
    Training training = layout.training(report.problem().workload()).orElseThrow();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("tp", layout.attentionTensorParallel());
    tree.put("cp", layout.prefillContextParallel());
    tree.put("pp", layout.pipelineStages());
    tree.put("vpp", training.virtualStages());
    tree.put("ep", layout.expertParallel());
    tree.put("etp", layout.expertTensorParallel());
    tree.put("dp", layout.replicas() * layout.attentionRanks());
    tree.put("microBatch", TrainingPlanReport.microBatch(layout));
    tree.put("microBatches", layout.microBatches());
    tree.put("schedule", training.schedule().word());
    tree.put("recompute", training.recompute().name().toLowerCase(Locale.ROOT));
    tree.put("recomputedLayers", training.recomputedLayers());
    tree.put("zeroStage", training.sharding().stage());
    tree.put("shardRanks", training.sharding().groupOf(layout.dataParallelRanks()));
    tree.put("hostOptimizer", training.runtime().hostOptimizer());
    return tree;
  }
}
